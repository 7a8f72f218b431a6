"""Money that Alipay gives back: at once, later, or never, as the world and its faults have it."""

from ..faults import Fault
from ..world import World
from . import numbers
from .alipay_trades import (
    PAID,
    Repaid,
    Trade,
    buyer_shown,
    find,
    keep,
    option,
    repaid,
    status,
)
from .alipay_wire import SUCCESS, Inner, Refused

LONG_SECONDS = 3600
# Kinds of faults for the endpoint "refund/alipay": "processing" (seconds; an hour unless told: no
# funds change, and the query knows no status before) and "lost" (nothing comes of it).
FAULTS = ("processing", "lost")


def refund(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Refund; the same out_request_no with the same sum changes no funds a second time."""
    trade = find(world, told)
    fen = numbers.fen(told.get("refund_amount"))
    if not fen:
        raise Refused("ACQ.INVALID_PARAMETER", about="refund_amount")
    with world.lock:
        number = str(told.get("out_request_no") or trade["ask"]["out_trade_no"])
        made = trade["refunds"].get(number)
        fault = None if made else world.faults.take("refund/alipay", *FAULTS)
        if made is None:
            refuse_refund(world, trade, fen, "out_request_no" in told)
            give_back(world, trade, number, fen, fault)
        elif made["fen"] != fen:
            raise Refused("ACQ.DISCORDANT_REPEAT_REQUEST")
    keep(world, trade)
    moved = made is None and fault is None
    return refunded(world, trade) | {"fund_change": "Y" if moved else "N"}


def give_back(world: World, trade: Trade, number: str, fen: int, fault: Fault | None) -> None:
    """Note a refund, unless an ordered fault loses it; hold the lock."""
    now = world.clock.seconds()
    if fault is not None and fault.kind == "lost":
        return
    wait = float(fault.values.get("seconds", LONG_SECONDS)) if fault else 0.0
    trade["refunds"][number] = Repaid(fen=fen, created=now, arrives=now + wait)
    trade["refunded"] = now
    if repaid(trade) == trade["ask"]["fen"]:
        trade["status"], trade["closed"] = "TRADE_CLOSED", now


def refuse_refund(world: World, trade: Trade, fen: int, numbered: bool) -> None:
    """Refuse a refund of a trade not paid or finished, of too much, or in part and nameless."""
    now = status(world, trade)
    if now == "TRADE_FINISHED":
        raise Refused("ACQ.TRADE_HAS_FINISHED")
    if now not in PAID:
        raise Refused("ACQ.TRADE_STATUS_ERROR")
    apart, now_seconds = option(world, "refund_apart_seconds"), world.clock.seconds()
    if trade["refunds"] and now_seconds < trade["refunded"] + apart:
        raise Refused("isv.app-call-limited", "40005")
    if fen > trade["ask"]["fen"] - repaid(trade):
        raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    if fen < trade["ask"]["fen"] and not numbered:
        raise Refused("ACQ.INVALID_PARAMETER", about="out_request_no")


def refunded(world: World, trade: Trade) -> Inner:
    """Return what both an accepted and a repeated refund tell; refund_fee is the total so far."""
    total = numbers.yuan(repaid(trade))
    answer = SUCCESS | {
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["ask"]["out_trade_no"],
        "buyer_logon_id": "138******00",
        "refund_fee": total,
        "send_back_fee": total,
        "gmt_refund_pay": numbers.plain(trade.get("refunded", world.clock.seconds())),
    }
    return answer | buyer_shown(world, trade["buyer"], "buyer_user_id")


def query_refund(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Tell a refund; one that never came, or is under way, has no refund_status."""
    trade = find(world, told)
    if not told.get("out_request_no"):
        raise Refused("ACQ.INVALID_PARAMETER", about="out_request_no")
    made = trade["refunds"].get(str(told["out_request_no"]))
    if made is None or world.clock.seconds() < made["arrives"]:
        return dict(SUCCESS)
    return SUCCESS | {
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["ask"]["out_trade_no"],
        "out_request_no": told["out_request_no"],
        "total_amount": numbers.yuan(trade["ask"]["fen"]),
        "refund_amount": numbers.yuan(made["fen"]),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": numbers.plain(made["arrives"]),
    }
