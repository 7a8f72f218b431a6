"""The methods of Alipay's gateway that a server calls: create, query, close, refund."""

from collections.abc import Callable
from typing import Any

from ..world import World
from . import numbers
from .alipay_trades import (
    PAID,
    Trade,
    begin,
    by_alipay_id,
    find,
    keep,
    open_id,
    option,
    read,
    status,
    user_id,
)
from .alipay_wire import Refused

Inner = dict[str, Any]
SUCCESS: Inner = {"code": "10000", "msg": "Success"}


def create(world: World, told: Inner, params: dict[str, str]) -> Inner:
    """Make a trade for a buyer known beforehand (a mini-program); it waits for the payment."""
    ask = read(world, told, params)
    buyer = by_alipay_id(world, told.get("buyer_open_id") or told.get("buyer_id"))
    if buyer is None:
        raise Refused("ACQ.BUYER_NOT_EXIST")
    trade = begin(world, ask, buyer)
    return SUCCESS | {"out_trade_no": ask["out_trade_no"], "trade_no": trade["trade_no"]}


def query(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Tell a trade; sums of money are zero until it is paid."""
    trade = find(world, told)
    with world.lock:
        now = status(world, trade)
        total = numbers.yuan(trade["ask"]["fen"])
        received = total if "paid" in trade else "0.00"
        answer = SUCCESS | {
            "buyer_logon_id": "138******00",
            "buyer_pay_amount": received,
            "invoice_amount": received,
            "out_trade_no": trade["ask"]["out_trade_no"],
            "point_amount": "0.00",
            "receipt_amount": received,
            "total_amount": total,
            "trade_no": trade["trade_no"],
            "trade_status": now,
        }
        if "paid" in trade:
            answer["send_pay_date"] = numbers.plain(trade["paid"])
            answer["fund_bill_list"] = [{"amount": total, "fund_channel": "ALIPAYACCOUNT"}]
        return answer | queried_buyer(world, trade)


def queried_buyer(world: World, trade: Trade) -> dict[str, str]:
    """Return the buyer as the query names one: buyer_user_id or buyer_open_id."""
    if option(world, "buyer") == "buyer_open_id":
        return {"buyer_open_id": open_id(trade["buyer"])}
    return {"buyer_user_id": user_id(trade["buyer"])}


def close(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Close a trade that waits for payment."""
    trade = find(world, told)
    with world.lock:
        if status(world, trade) != "WAIT_BUYER_PAY":
            raise Refused("ACQ.TRADE_STATUS_ERROR")
        trade["status"], trade["closed"] = "TRADE_CLOSED", world.clock.seconds()
    keep(world, trade)
    return SUCCESS | {"trade_no": trade["trade_no"], "out_trade_no": trade["ask"]["out_trade_no"]}


def refund(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Refund; the same out_request_no with the same sum changes no funds a second time."""
    trade = find(world, told)
    fen = numbers.fen(told.get("refund_amount"))
    if not fen:
        raise Refused("ACQ.INVALID_PARAMETER", about="refund_amount")
    with world.lock:
        number = str(told.get("out_request_no") or trade["ask"]["out_trade_no"])
        fresh = number not in trade["refunds"]
        if fresh:
            refuse_refund(world, trade, fen, "out_request_no" in told)
            trade["refunds"][number] = fen
            trade["refunded"] = world.clock.seconds()
            if sum(trade["refunds"].values()) == trade["ask"]["fen"]:
                trade["status"], trade["closed"] = "TRADE_CLOSED", trade["refunded"]
        elif trade["refunds"][number] != fen:
            raise Refused("ACQ.DISCORDANT_REPEAT_REQUEST")
    keep(world, trade)
    return refunded(world, trade) | {"fund_change": "Y" if fresh else "N"}


def refuse_refund(world: World, trade: Trade, fen: int, numbered: bool) -> None:
    """Refuse a refund of a trade not paid or finished, of too much, or in part and nameless."""
    now = status(world, trade)
    if now == "TRADE_FINISHED":
        raise Refused("ACQ.TRADE_HAS_FINISHED")
    if now not in PAID:
        raise Refused("ACQ.TRADE_STATUS_ERROR")
    left = trade["ask"]["fen"] - sum(trade["refunds"].values())
    if fen > left:
        raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    if fen < trade["ask"]["fen"] and not numbered:
        raise Refused("ACQ.INVALID_PARAMETER", about="out_request_no")


def refunded(world: World, trade: Trade) -> Inner:
    """Return what both an accepted and a repeated refund tell; refund_fee is the total so far."""
    total = numbers.yuan(sum(trade["refunds"].values()))
    answer = SUCCESS | {
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["ask"]["out_trade_no"],
        "buyer_logon_id": "138******00",
        "refund_fee": total,
        "send_back_fee": total,
        "gmt_refund_pay": numbers.plain(trade["refunded"]),
    }
    return answer | queried_buyer(world, trade)


def query_refund(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Tell a refund; one that never came has no refund_status."""
    trade = find(world, told)
    if not told.get("out_request_no"):
        raise Refused("ACQ.INVALID_PARAMETER", about="out_request_no")
    fen = trade["refunds"].get(str(told["out_request_no"]))
    if fen is None:
        return dict(SUCCESS)
    return SUCCESS | {
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["ask"]["out_trade_no"],
        "out_request_no": told["out_request_no"],
        "total_amount": numbers.yuan(trade["ask"]["fen"]),
        "refund_amount": numbers.yuan(fen),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": numbers.plain(trade["refunded"]),
    }


METHODS: dict[str, Callable[[World, Inner, dict[str, str]], Inner]] = {
    "alipay.trade.create": create,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
}
