"""The methods of Alipay's gateway that a server calls: create, query, close; the rest apart."""

from collections.abc import Callable

from ..world import World
from . import alipay_bills, numbers
from .alipay_refunds import query_refund, refund
from .alipay_trades import begin, buyer_shown, by_alipay_id, find, keep, read, status
from .alipay_wire import SUCCESS, Inner, Refused


def create(world: World, told: Inner, params: dict[str, str]) -> Inner:
    """Make a trade for a buyer known beforehand (a mini-program); it waits for the payment."""
    ask = read(world, told, params)
    buyer = by_alipay_id(world, told.get("buyer_open_id") or told.get("buyer_id"))
    if buyer is None:
        raise Refused("ACQ.BUYER_NOT_EXIST")
    if told.get("product_code") == "JSAPI_PAY" and told.get("op_app_id") != params["app_id"]:
        raise Refused("ACQ.INVALID_PARAMETER", about="op_app_id")
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
        return answer | buyer_shown(world, trade["buyer"], "buyer_user_id")


def close(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Close a trade that waits for payment."""
    trade = find(world, told)
    with world.lock:
        if status(world, trade) != "WAIT_BUYER_PAY":
            raise Refused("ACQ.TRADE_STATUS_ERROR")
        trade["status"], trade["closed"] = "TRADE_CLOSED", world.clock.seconds()
    keep(world, trade)
    return SUCCESS | {"trade_no": trade["trade_no"], "out_trade_no": trade["ask"]["out_trade_no"]}


METHODS: dict[str, Callable[[World, Inner, dict[str, str]], Inner]] = {
    "alipay.trade.create": create,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": alipay_bills.announce,
}
