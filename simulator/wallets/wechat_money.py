"""Money at WeChat Pay: the payer's sheet, the payment, the refund."""

import re
from typing import Any

from ..people import Person
from ..world import World
from . import numbers, rsa
from .wechat_orders import (
    PREPAY_SECONDS,
    Order,
    Refund,
    check_fields,
    find,
    find_transaction,
    keep,
    orders,
    text,
    whole,
)
from .wechat_wire import WORDS, Refused, merchant_key

REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
REFUND_SECONDS = 5
SHEET_KEYS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")
PACKAGE = "prepay_id="


class NoPayment(Exception):
    """The sheet refuses; `reason` names a sentence of wechat_pay.toml under [sheet]."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def told(self) -> str:
        """Return the sentence the payer reads."""
        sentence: str = WORDS["sheet"][self.reason]
        return sentence


def sheet(world: World, person: Person, params: dict[str, Any]) -> dict[str, Any]:
    """Show what would be paid for the parameters a page handed to WeChat; NoPayment if refused."""
    prepay_id = checked_params(world, params)
    with world.lock:
        order = payable(world, prepay_id, person)
        if order["appid"] != params["appId"]:
            raise NoPayment("appid")
        return {
            "ok": True,
            "prepay_id": prepay_id,
            "out_trade_no": order["out_trade_no"],
            "description": order["description"],
            "amount": order["fen"],
            "mch": world.account("oa").name,
        }


def checked_params(world: World, params: dict[str, Any]) -> str:
    """Check the page's parameters, all of them texts, and the merchant's paySign over them."""
    if not all(isinstance(params.get(key), str) and params[key] for key in SHEET_KEYS):
        raise NoPayment("missing")
    if params["signType"] != "RSA":
        raise NoPayment("sign_type")
    signed = "".join(params[key] + "\n" for key in SHEET_KEYS[:4])
    if not rsa.verifies(signed, params["paySign"], merchant_key(world)):
        raise NoPayment("sign")
    package: str = params["package"]
    if not package.startswith(PACKAGE):
        raise NoPayment("missing")
    return package.removeprefix(PACKAGE)


def payable(world: World, prepay_id: str, person: Person) -> Order:
    """Return the order this person may pay now with this prepay_id; hold the lock."""
    order = next((one for one in orders(world).values() if prepay_id in one["prepaid"]), None)
    if order is None:
        raise NoPayment("unknown")
    now = world.clock.seconds()
    hindrances = {
        "paid": order["state"] == "SUCCESS",
        "closed": order["state"] == "CLOSED",
        "payer": not pays_for(world, order, person),
        "expired": now > order["expires"],
        "prepay_expired": now > order["prepaid"][prepay_id] + PREPAY_SECONDS,
    }
    for reason, true in hindrances.items():
        if true:
            raise NoPayment(reason)
    return order


def pays_for(world: World, order: Order, person: Person) -> bool:
    """Whether the order was opened for this person's openid at the order's app."""
    account = world.by_appid(order["appid"])
    return account is not None and person.openids[account.kind] == order["openid"]


def pay(world: World, prepay_id: str, person: Person) -> Order:
    """Take the person's money for an order; NoPayment when the sheet would refuse."""
    with world.lock:
        order = payable(world, prepay_id, person)
        settle(world, order)
    return order


def settle(world: World, order: Order) -> None:
    """Book an order as paid now, whatever it was before; hold the lock."""
    now = world.clock.seconds()
    order["state"] = "SUCCESS"
    order["paid"] = now
    order["transaction_id"] = f"4200002{numbers.beijing(now):%Y%m%d}{numbers.digits(13)}"
    keep(world, order)


REFUND_REQUIRED = {
    "out_refund_no": lambda value: isinstance(value, str) and bool(REFUND_NUMBER.fullmatch(value)),
    "amount.refund": whole,
    "amount.total": whole,
    "amount.currency": lambda value: value == "CNY",
}
REFUND_OPTIONAL = {
    "transaction_id": text(1, 32),
    "out_trade_no": text(6, 32),
    "reason": text(1, 80),
    "notify_url": numbers.reachable,
}


def refund(world: World, told: dict[str, Any]) -> tuple[Order, Refund, bool]:
    """Accept a refund; the same number with the same sum gives the first one back, not new."""
    check_fields(told, REFUND_REQUIRED, REFUND_OPTIONAL)
    with world.lock:
        order = refunded_order(world, told)
        number, fen = told["out_refund_no"], told["amount"]["refund"]
        before = order["refunds"].get(number)
        if before is not None:
            if before["fen"] != fen:
                raise Refused("INVALID_REQUEST", "refund_changed")
            return order, before, False
        refuse_refund(order, fen, told["amount"]["total"])
        now = world.clock.seconds()
        made = Refund(
            out_refund_no=number,
            refund_id=f"503000{numbers.beijing(now):%Y%m%d}{numbers.digits(15)}",
            fen=fen,
            reason=told.get("reason", ""),
            notify_url=told.get("notify_url", ""),
            created=now,
        )
        order["refunds"][number] = made
    keep(world, order)
    return order, made, True


def refunded_order(world: World, told: dict[str, Any]) -> Order:
    """Return the order a refund request names; Refused when it names none or an unknown one."""
    if "transaction_id" in told:
        return find_transaction(world, told["transaction_id"])
    if "out_trade_no" not in told:
        raise Refused("PARAM_ERROR", "absent", "/out_trade_no")
    return find(world, told["out_trade_no"])


def refuse_refund(order: Order, fen: int, total: int) -> None:
    """Refuse a refund of an unpaid order, of another total, or of more than is left."""
    if order["state"] != "SUCCESS":
        raise Refused("INVALID_REQUEST", "unpaid")
    if total != order["fen"]:
        raise Refused("PARAM_ERROR", "bad", "/amount/total", total)
    if fen + sum(one["fen"] for one in order["refunds"].values()) > order["fen"]:
        raise Refused("NOT_ENOUGH")


def find_refund(world: World, number: str) -> tuple[Order, Refund]:
    """Return a refund by out_refund_no with its order; Refused when there is none."""
    with world.lock:
        for order in orders(world).values():
            if number in order["refunds"]:
                return order, order["refunds"][number]
    raise Refused("RESOURCE_NOT_EXISTS")


def refund_shown(world: World, order: Order, made: Refund) -> dict[str, Any]:
    """Return a refund as the query answers it: PROCESSING for five seconds, then SUCCESS."""
    arrives = made["created"] + REFUND_SECONDS
    answer: dict[str, Any] = {
        "refund_id": made["refund_id"],
        "out_refund_no": made["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": numbers.rfc3339(made["created"]),
        "status": "PROCESSING",
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order["fen"],
            "refund": made["fen"],
            "payer_total": order["fen"],
            "payer_refund": made["fen"],
            "settlement_refund": made["fen"],
            "settlement_total": order["fen"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if world.clock.seconds() >= arrives:
        answer |= {"status": "SUCCESS", "success_time": numbers.rfc3339(arrives)}
    return answer
