"""The orders of WeChat Pay: opened by the merchant, asked for, closed."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from ..world import World
from . import numbers
from .wechat_wire import WORDS, Refused

NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
PREPAY_SECONDS = 2 * 3600
SHORTEST_SECONDS = 60
LONGEST_SECONDS = 90 * 86400
USUAL_SECONDS = 7 * 86400
LARGEST_FEN = 1_000_000_000
# Where the real behaviour is not known for sure; the control API changes them.
OPTIONS: dict[str, Any] = {
    "paid_prepay": "OUT_TRADE_NO_USED",  # or ORDERPAID
    "changed_prepay": "INVALID_REQUEST",  # or OUT_TRADE_NO_USED
    "paid_close": "ORDERPAID",  # or TRADE_ERROR
    "closed_close": "ORDER_CLOSED",  # or "" for 204 again
    "refund_apart_seconds": 60,
    "refunds_per_order": 50,
    "signs": "",  # the serial of the platform certificate that signs, if not the public key
    "resign": True,  # whether a repeated notice bears a fresh timestamp
}


class Refund(TypedDict):
    """Money going back: PROCESSING until `arrives` (Unix time), then what `fate` says."""

    out_refund_no: str
    refund_id: str
    fen: int
    reason: str
    notify_url: str
    created: float
    arrives: float
    fate: str


class Order(TypedDict):
    """One order of the merchant. `state` is NOTPAY, SUCCESS or CLOSED; REFUND follows from refunds.

    `asked` is the request in canonical JSON, `prepaid` maps each prepay_id to its Unix time;
    `transaction_id` and `paid` (Unix time) come with the payment.
    """

    out_trade_no: str
    appid: str
    description: str
    attach: str
    fen: int
    openid: str
    notify_url: str
    expires: float
    asked: str
    prepaid: dict[str, float]
    state: str
    refunds: dict[str, Refund]
    transaction_id: NotRequired[str]
    paid: NotRequired[float]


def orders(world: World) -> dict[str, Order]:
    """Return all orders by out_trade_no; hold the lock."""
    found: dict[str, Order] = world.part("wechat_pay").setdefault("orders", {})
    return found


def keep(world: World, order: Order) -> None:
    """Write an order to disk now."""
    world.changed("wechat_pay", "orders", order["out_trade_no"])
    world.save()


def option(world: World, name: str) -> Any:
    """Return how the world behaves where the real platform's behaviour is uncertain."""
    with world.lock:
        return world.part("wechat_pay").setdefault("options", {}).get(name, OPTIONS[name])


def state(order: Order) -> str:
    """Return the trade_state: a payment of which anything went back is REFUND."""
    return "REFUND" if order["refunds"] else order["state"]


def prepay(world: World, told: dict[str, Any]) -> dict[str, Any]:
    """Open an order, or open the same one again; answers a fresh prepay_id that lasts two hours."""
    check(world, told)
    asked = json.dumps(told, sort_keys=True)
    with world.lock:
        order = orders(world).get(told["out_trade_no"])
        if order is None:
            order = opened(world, told, asked)
            orders(world)[order["out_trade_no"]] = order
        refuse_reopening(world, order, asked)
        now = world.clock.seconds()
        prepay_id = f"wx{numbers.beijing(now):%d%H%M%S}{numbers.digits(26)}"
        order["prepaid"][prepay_id] = now
    keep(world, order)
    return {"prepay_id": prepay_id}


def opened(world: World, told: dict[str, Any], asked: str) -> Order:
    """Write down a new order."""
    return Order(
        out_trade_no=told["out_trade_no"],
        appid=told["appid"],
        description=told["description"],
        attach=told.get("attach", ""),
        fen=told["amount"]["total"],
        openid=told["payer"]["openid"],
        notify_url=told["notify_url"],
        expires=expiry(world.clock.seconds(), told.get("time_expire")),
        asked=asked,
        prepaid={},
        state="NOTPAY",
        refunds={},
    )


def refuse_reopening(world: World, order: Order, asked: str) -> None:
    """Refuse to open an order that is paid, closed, expired, or was asked for differently."""
    if order["state"] != "NOTPAY":
        paid = order["state"] == "SUCCESS"
        raise Refused(option(world, "paid_prepay") if paid else "OUT_TRADE_NO_USED")
    if order["asked"] != asked:
        raise Refused(option(world, "changed_prepay"), "changed")
    if order["expires"] <= world.clock.seconds():
        raise Refused("INVALID_REQUEST", "expired")


def expiry(now: float, told: str | None) -> float:
    """Return the last moment to pay: at least a minute ahead, at most 90 days, usually seven."""
    if told is None:
        return now + USUAL_SECONDS
    wanted = datetime.fromisoformat(told).timestamp()
    return min(max(wanted, now + SHORTEST_SECONDS), now + LONGEST_SECONDS)


def text(least: int, most: int) -> Callable[[object], bool]:
    """Return a check for a text of so many characters."""
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def moment(value: object) -> bool:
    """Whether a value is an RFC 3339 moment with its offset."""
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None and "T" in str(value)
    except ValueError:
        return False


def whole(value: object) -> bool:
    """Whether a value is a JSON whole number of fen that can be paid."""
    return type(value) is int and 1 <= value <= LARGEST_FEN


REQUIRED: dict[str, Callable[[object], bool]] = {
    "appid": text(1, 32),
    "mchid": text(1, 32),
    "description": text(1, 127),
    "out_trade_no": lambda value: isinstance(value, str) and bool(NUMBER.fullmatch(value)),
    "notify_url": numbers.reachable,
    "amount.total": whole,
    "payer.openid": text(1, 128),
}
OPTIONAL: dict[str, Callable[[object], bool]] = {
    "time_expire": moment,
    "attach": text(0, 128),
    "amount.currency": lambda value: value == "CNY",
}


def check(world: World, told: dict[str, Any]) -> None:
    """Refuse a request with a missing or bad field, or with an app or payer that is not ours."""
    check_fields(told, REQUIRED, OPTIONAL)
    account = world.by_appid(told["appid"])
    if told["mchid"] != world.config["wechat_pay"]["mchid"]:
        raise Refused("MCH_NOT_EXISTS", "", "mchid", told["mchid"])
    if account is None:
        raise Refused("APPID_MCHID_NOT_MATCH", "", "appid", told["appid"])
    if world.by_openid(account.kind, told["payer"]["openid"]) is None:
        raise Refused("PARAM_ERROR", "openid", "/payer/openid", told["payer"]["openid"])


def check_fields(
    told: dict[str, Any],
    required: dict[str, Callable[[object], bool]],
    optional: dict[str, Callable[[object], bool]],
) -> None:
    """Refuse the first field, named with dots, that is absent or does not pass its check."""
    for path, passes in (required | optional).items():
        value = dig(told, path)
        pointer = "/" + path.replace(".", "/")
        if value is None and path in required:
            raise Refused("PARAM_ERROR", "absent", pointer)
        if value is not None and not passes(value):
            raise Refused("PARAM_ERROR", "bad", pointer, value)


def dig(told: object, path: str) -> object:
    """Return what lies at a dotted path, None when it is not there."""
    for key in path.split("."):
        told = told.get(key) if isinstance(told, dict) else None
    return told


def find(world: World, number: str) -> Order:
    """Return the order of this out_trade_no; Refused when there is none. Hold the lock."""
    if number not in orders(world):
        raise Refused("ORDER_NOT_EXIST")
    return orders(world)[number]


def find_transaction(world: World, id: str) -> Order:
    """Return the order paid by this transaction; Refused when there is none. Hold the lock."""
    for order in orders(world).values():
        if order.get("transaction_id") == id:
            return order
    raise Refused("ORDER_NOT_EXIST")


def close(world: World, number: str) -> None:
    """Close an unpaid order for good."""
    with world.lock:
        order = find(world, number)
        refusal = {
            "SUCCESS": option(world, "paid_close"),
            "CLOSED": option(world, "closed_close"),
        }.get(order["state"])
        if refusal:
            raise Refused(refusal)
        order["state"] = "CLOSED"
    keep(world, order)


def shown(world: World, order: Order) -> dict[str, Any]:
    """Return an order as the query answers it and as the notice tells it."""
    now = state(order)
    answer: dict[str, Any] = {
        "mchid": world.config["wechat_pay"]["mchid"],
        "appid": order["appid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": now,
        "trade_state_desc": WORDS["trade_states"][now],
        "amount": {"total": order["fen"], "currency": "CNY", "payer_currency": "CNY"},
        "promotion_detail": [],
    }
    if "paid" not in order:
        return answer
    answer["amount"]["payer_total"] = order["fen"]
    return answer | {
        "transaction_id": order["transaction_id"],
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "attach": order["attach"],
        "success_time": numbers.rfc3339(order["paid"]),
        "payer": {"openid": order["openid"]},
    }
