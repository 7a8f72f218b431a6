"""Money at WeChat Pay: the payer's sheet and the payment."""

from typing import Any

from ..people import Person
from ..world import World
from . import numbers, rsa
from .wechat_orders import PREPAY_SECONDS, Order, keep, orders
from .wechat_wire import WORDS, merchant_key

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
