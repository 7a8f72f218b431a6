"""What UnionPay keeps: orders brought by browsers, payments, and money on its way back."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from ..faults import Fault
from ..people import Person
from ..world import World
from . import numbers
from .unionpay_wire import Refused

LONG_SECONDS = 3 * 86400
ARRIVAL_SECONDS = 5
# The day of clearing ends at 23:00 Beijing time.
CUT_SECONDS = 3600
STAMP = "%Y%m%d%H%M%S"
# Kinds of faults for the endpoint "refund/unionpay": "processing" (seconds; three days unless
# told), "closed" (it fails in the end) and "lost" (taken, and nothing comes of it).
REFUND_FAULTS = ("processing", "closed", "lost")
# Where the real behaviour is not known; the control API changes them.
OPTIONS: dict[str, Any] = {"first_retry_seconds": 60}


class Order(TypedDict):
    """One order of a merchant; moments are Unix time, sums are fen."""

    orderId: str
    txnTime: str
    fen: int
    name: str
    front: str
    back: str
    expires: float
    queryId: str
    trace: str
    created: float
    session: str
    buyer: NotRequired[str]
    paid: NotRequired[float]


class Repaid(TypedDict):
    """Money going back, under an orderId of its own."""

    orderId: str
    txnTime: str
    of: str
    fen: int
    reserved: str
    back: str
    queryId: str
    trace: str
    created: float
    arrives: float
    failed: bool


def orders(world: World) -> dict[str, Order]:
    """Return all orders by orderId; hold the lock."""
    found: dict[str, Order] = world.part("unionpay").setdefault("orders", {})
    return found


def refunds(world: World) -> dict[str, Repaid]:
    """Return all refunds by their own orderId; hold the lock."""
    found: dict[str, Repaid] = world.part("unionpay").setdefault("refunds", {})
    return found


def listed(world: World) -> dict[str, dict[str, Any]]:
    """Return all orders with their refunds, named as the other wallets name them; hold the lock."""
    return {
        number: order | {"out_trade_no": number, "refunds": refunds_of(world, order["queryId"])}
        for number, order in orders(world).items()
    }


def refunds_of(world: World, query_id: str) -> dict[str, dict[str, Any]]:
    """Return what goes back of one payment, and how it ends; hold the lock."""
    return {
        number: {"fen": one["fen"], "fate": "CLOSED" if one["failed"] else "SUCCESS"}
        for number, one in refunds(world).items()
        if one["of"] == query_id
    }


def keep(world: World, kind: str, number: str) -> None:
    """Write an order or a refund to disk now."""
    world.changed("unionpay", kind, number)
    world.save()


def option(world: World, name: str) -> Any:
    """Return how the world behaves where UnionPay's behaviour is not known."""
    with world.lock:
        return world.part("unionpay").setdefault("options", {}).get(name, OPTIONS[name])


def unix(stamp: str) -> float:
    """Read a moment of Beijing; Refused when it is none."""
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=numbers.BEIJING).timestamp()
    except ValueError:
        raise Refused("10", "txnTime") from None


def begin(world: World, told: dict[str, str]) -> Order:
    """Take the order a browser brings; the same once more is the same, another is refused."""
    made = made_of(world, told)
    with world.lock:
        known = orders(world).get(made["orderId"])
        order = known or made
        same = [(one["txnTime"], one["fen"]) for one in (order, made)]
        if same[0] != same[1] or "paid" in order:
            raise Refused("12")
        orders(world)[order["orderId"]] = order
    keep(world, "orders", order["orderId"])
    return order


def made_of(world: World, told: dict[str, str]) -> Order:
    """Return the order that a form asks for."""
    number = told["txnTime"] + numbers.digits(7)
    now = world.clock.seconds()
    until = told.get("payTimeout")
    return Order(
        orderId=told["orderId"],
        txnTime=told["txnTime"],
        fen=int(told["txnAmt"]),
        name=told.get("riskRateInfo", "").removeprefix("{commodityName=").removesuffix("}"),
        front=told["frontUrl"],
        back=told["backUrl"],
        expires=unix(until) if until else now + 86400,
        queryId=number,
        trace=numbers.digits(6),
        created=now,
        session=numbers.digits(24),
    )


def of_session(world: World, session: str) -> Order | None:
    """Return the order that a payment page was opened for."""
    with world.lock:
        kept = orders(world).values()
        return next((one for one in kept if one["session"] == session), None)


def find(world: World, number: str) -> Order:
    """Return an order; Refused ("34") when there is none."""
    with world.lock:
        order = orders(world).get(number)
    if order is None:
        raise Refused("34")
    return order


def pay(world: World, order: Order, person: Person) -> None:
    """Take the money; Refused when it was taken before or it is too late."""
    with world.lock:
        if "paid" in order:
            raise Refused("12")
        if world.clock.seconds() > order["expires"]:
            raise Refused("35")
        order["buyer"] = person.id
        settle(world, order)


def settle(world: World, order: Order) -> None:
    """Book an order as paid now, whatever it was before; hold the lock."""
    order["paid"] = world.clock.seconds()
    keep(world, "orders", order["orderId"])


def refund(world: World, told: dict[str, str]) -> Repaid | None:
    """Take a refund; a number used before is refused ("12"). None when a fault loses it."""
    with world.lock:
        number = told["orderId"]
        paid = [one for one in orders(world).values() if one["queryId"] == told["origQryId"]]
        if number in refunds(world) or number in orders(world):
            raise Refused("12")
        if not paid or "paid" not in paid[0]:
            raise Refused("35")
        gone = [one for one in refunds(world).values() if one["of"] == told["origQryId"]]
        before = sum(one["fen"] for one in gone if not one["failed"])
        if before + int(told["txnAmt"]) > paid[0]["fen"]:
            raise Refused("33")
        fault = world.faults.take("refund/unionpay", *REFUND_FAULTS)
        if fault is not None and fault.kind == "lost":
            return None
        made = refunds(world)[number] = repaid_of(world, told, fault)
    keep(world, "refunds", number)
    return made


def repaid_of(world: World, told: dict[str, str], fault: Fault | None) -> Repaid:
    """Write down a refund with the end that is in store for it."""
    now, kind = world.clock.seconds(), fault.kind if fault else ""
    slow = float(fault.values.get("seconds", LONG_SECONDS)) if fault else 0.0
    return Repaid(
        orderId=told["orderId"],
        txnTime=told["txnTime"],
        of=told["origQryId"],
        fen=int(told["txnAmt"]),
        reserved=told.get("reqReserved", ""),
        back=told["backUrl"],
        queryId=told["txnTime"] + numbers.digits(7),
        trace=numbers.digits(6),
        created=now,
        arrives=now + (slow if kind == "processing" else ARRIVAL_SECONDS),
        failed=kind == "closed",
    )


def settle_day(seconds: float) -> datetime:
    """Return the day on which a moment's money is cleared."""
    return numbers.beijing(seconds + CUT_SECONDS)
