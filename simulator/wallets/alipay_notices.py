"""The notices and return parameters of Alipay, signed, and the twists a test may order."""

import json
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from ..world import World
from . import numbers, rsa
from .alipay_trades import (
    Trade,
    buyer_shown,
    find,
    option,
    repaid,
    seller,
    status,
    user_id,
)
from .alipay_wire import signed
from .courier import Letter, Parcel, Post, Receipt

LATER_WAITS = (600, 600, 3600, 7200, 21600, 54000)
STALE_SECONDS = 2 * 86400
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def write(world: World, parcel: Parcel, twist: str) -> Letter:
    """Write a notice: what the trade is now, twisted or not, and signed."""
    trade = find(world, {"out_trade_no": parcel["number"]})
    with world.lock:
        fact = content(world, trade, parcel)
    fact |= twisted(world, trade, twist)
    if twist == "stale":
        fact |= {key: numbers.plain(parcel["at"] - STALE_SECONDS) for key in fact if moment(key)}
    kept = {key: value for key, value in fact.items() if value}
    body = urlencode(signed(world, kept, rsa.stranger() if twist in ("forged", "probe") else ""))
    return Letter(trade["ask"]["notify_url"], {"Content-Type": FORM}, body.encode())


def moment(key: str) -> bool:
    """Whether a field holds a moment."""
    return key == "notify_time" or key.startswith("gmt_")


def content(world: World, trade: Trade, parcel: Parcel) -> dict[str, str]:
    """Return the fields of a notice; an unpaid trade is told as paid. Hold the lock."""
    paid = "0.00" if parcel["event"] == "closed" else numbers.yuan(trade["ask"]["fen"])
    now = status(world, trade)
    if parcel["event"] == "payment":
        now = "TRADE_SUCCESS"
    fields = common(world, parcel) | {
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["ask"]["out_trade_no"],
        "buyer_logon_id": "138******00",
        "trade_status": now,
        "total_amount": numbers.yuan(trade["ask"]["fen"]),
        "receipt_amount": paid,
        "invoice_amount": paid,
        "buyer_pay_amount": paid,
        "point_amount": "0.00",
        "subject": trade["ask"]["subject"],
        "body": trade["ask"]["body"],
        "passback_params": trade["ask"]["passback_params"],
        "gmt_create": numbers.plain(trade["created"]),
    }
    if parcel["event"] != "closed":
        fields["gmt_payment"] = numbers.plain(trade.get("paid", parcel["at"]))
        fields["fund_bill_list"] = funds(paid)
    return fields | buyer_shown(world, trade["buyer"]) | ending(trade, parcel["event"])


def funds(paid: str) -> str:
    """Return the list of funds as the JSON text it is."""
    return json.dumps([{"amount": paid, "fundChannel": "ALIPAYACCOUNT"}], separators=(",", ":"))


def common(world: World, parcel: Parcel) -> dict[str, str]:
    """Return the fields every notice has; its id and time stay the same over retries."""
    setup = world.config["alipay"]
    return {
        "notify_time": numbers.plain(parcel["at"]),
        "notify_type": "trade_status_sync",
        "notify_id": parcel["id"],
        "app_id": setup["app_id"],
        "auth_app_id": setup["app_id"],
        "charset": "utf-8",
        "version": "1.0",
        "seller_id": seller(world),
    }


def ending(trade: Trade, event: str) -> dict[str, str]:
    """Return what a refund or a closing adds."""
    added: dict[str, str] = {}
    if event.startswith("refund:"):
        total = numbers.yuan(repaid(trade))
        added |= {"refund_fee": total, "send_back_fee": total}
        added["out_biz_no"] = event.removeprefix("refund:")
        added["gmt_refund"] = numbers.plain(trade["refunded"])
    if event != "payment" and "closed" in trade:
        added["gmt_close"] = numbers.plain(trade["closed"])
    return added


def twisted(world: World, trade: Trade, twist: str) -> dict[str, str]:
    """Return the fields that make the content untrue in one respect; the signature stays good."""
    if twist == "short":
        less = numbers.yuan(trade["ask"]["fen"] - 1)
        sums = ("total_amount", "receipt_amount", "invoice_amount", "buyer_pay_amount")
        return dict.fromkeys(sums, less)
    if twist == "other_payer":
        return buyer_shown(world, "p_stranger")
    return {
        "other_merchant": {"seller_id": user_id("other seller")},
        "other_order": {"out_trade_no": "X" + numbers.digits(20)},
    }.get(twist, {})


def accepted(receipt: Receipt) -> bool:
    """Whether the service took the notice: status 200 and a body of exactly `success`."""
    return receipt.status == 200 and receipt.body == "success"


def waits(world: World) -> Sequence[float]:
    """Return the seconds between tries."""
    return (float(option(world, "first_retry_seconds")), *LATER_WAITS)


def return_url(world: World, trade: Trade, url: str) -> str:
    """Return the merchant's return_url with signed parameters; display only, proves nothing."""
    setup = world.config["alipay"]
    told = {
        "charset": "utf-8",
        "out_trade_no": trade["ask"]["out_trade_no"],
        "method": "alipay.trade.wap.pay.return",
        "total_amount": numbers.yuan(trade["ask"]["fen"]),
        "trade_no": trade["trade_no"],
        "auth_app_id": setup["app_id"],
        "version": "1.0",
        "app_id": setup["app_id"],
        "seller_id": seller(world),
        "timestamp": numbers.plain(world.clock.seconds()),
    }
    return url + ("&" if urlsplit(url).query else "?") + urlencode(signed(world, told))


POST = Post("alipay", write, accepted, waits)
