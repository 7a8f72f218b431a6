"""Money that WeChat Pay gives back: accepted at once, arrived, stuck or closed later."""

import re
from typing import Any

from ..faults import Fault
from ..world import World
from . import numbers
from .wechat_orders import (
    Order,
    Refund,
    check_fields,
    find,
    find_transaction,
    keep,
    option,
    orders,
    text,
    whole,
)
from .wechat_wire import Refused

REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
REFUND_SECONDS = 5
LONG_SECONDS = 3 * 86400
# Kinds of faults for the endpoint "refund/wechat": "processing" (seconds; three days unless told),
# and the ends other than success, which come after five seconds.
FATES = {"processing": "SUCCESS", "abnormal": "ABNORMAL", "closed": "CLOSED"}

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
        refuse_refund(world, order, fen, told["amount"]["total"])
        made = made_of(world, told)
        order["refunds"][number] = made
    keep(world, order)
    return order, made, True


def made_of(world: World, told: dict[str, Any]) -> Refund:
    """Write down a new refund, with the end an ordered fault has in store for it."""
    now, fault = world.clock.seconds(), world.faults.take("refund/wechat", *FATES)
    return Refund(
        out_refund_no=told["out_refund_no"],
        refund_id=f"503000{numbers.beijing(now):%Y%m%d}{numbers.digits(15)}",
        fen=told["amount"]["refund"],
        reason=told.get("reason", ""),
        notify_url=told.get("notify_url", ""),
        created=now,
        arrives=now + seconds(fault),
        fate=FATES[fault.kind] if fault else "SUCCESS",
    )


def seconds(fault: Fault | None) -> float:
    """How long a refund takes."""
    if fault is None or fault.kind != "processing":
        return REFUND_SECONDS
    return float(fault.values.get("seconds", LONG_SECONDS))


def end(world: World, number: str, fate: str) -> tuple[Order, Refund]:
    """Bring a refund to an end now, as when the merchant handles it at the console."""
    order, made = find_refund(world, number)
    with world.lock:
        made["fate"], made["arrives"] = fate, world.clock.seconds()
    keep(world, order)
    return order, made


def refunded_order(world: World, told: dict[str, Any]) -> Order:
    """Return the order a refund request names; Refused when it names none or an unknown one."""
    if "transaction_id" in told:
        return find_transaction(world, told["transaction_id"])
    if "out_trade_no" not in told:
        raise Refused("PARAM_ERROR", "absent", "/out_trade_no")
    return find(world, told["out_trade_no"])


def refuse_refund(world: World, order: Order, fen: int, total: int) -> None:
    """Refuse a refund of an unpaid order, of another total, of too much, too soon, too often."""
    if order["state"] != "SUCCESS":
        raise Refused("INVALID_REQUEST", "unpaid")
    if total != order["fen"]:
        raise Refused("PARAM_ERROR", "bad", "/amount/total", total)
    now, before = world.clock.seconds(), order["refunds"].values()
    going = sum(one["fen"] for one in before if fate(one, now) != "CLOSED")
    if fen + going > order["fen"]:
        raise Refused("NOT_ENOUGH")
    if len(before) >= option(world, "refunds_per_order"):
        raise Refused("INVALID_REQUEST", "refund_often")
    if any(now < one["created"] + option(world, "refund_apart_seconds") for one in before):
        raise Refused("FREQUENCY_LIMITED")


def fate(made: Refund, now: float) -> str:
    """Return the status of a refund at a moment."""
    return made["fate"] if now >= made["arrives"] else "PROCESSING"


def find_refund(world: World, number: str) -> tuple[Order, Refund]:
    """Return a refund by out_refund_no with its order; Refused when there is none."""
    with world.lock:
        for order in orders(world).values():
            if number in order["refunds"]:
                return order, order["refunds"][number]
    raise Refused("RESOURCE_NOT_EXISTS")


def refund_shown(world: World, order: Order, made: Refund) -> dict[str, Any]:
    """Return a refund as the query answers it: PROCESSING for five seconds, then its end."""
    status = fate(made, world.clock.seconds())
    answer: dict[str, Any] = {
        "refund_id": made["refund_id"],
        "out_refund_no": made["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": numbers.rfc3339(made["created"]),
        "status": status,
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
    if status == "SUCCESS":
        answer["success_time"] = numbers.rfc3339(made["arrives"])
    return answer
