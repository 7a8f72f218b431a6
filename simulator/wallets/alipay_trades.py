"""The trades of Alipay: made when the payer confirms, asked for, closed, refunded."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from ..people import Person
from ..world import World
from . import numbers
from .alipay_wire import Refused

NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
EXPRESS = re.compile(r"([1-9][0-9]{0,4})([mhd])|1c")
UNITS = {"m": 60, "h": 3600, "d": 86400}
LONGEST_SECONDS = 15 * 86400
REFUND_WINDOW_SECONDS = 365 * 86400
FORBIDDEN = frozenset("/=&")
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")
# Where the real behaviour depends on the app or is not known; the control API changes them.
OPTIONS: dict[str, Any] = {
    "buyer": "buyer_id",  # or buyer_open_id, or both
    "refund_apart_seconds": 3,
    "first_retry_seconds": 240,  # or 120
}


class Ask(TypedDict):
    """What a merchant asked to be paid, with where to tell and where to send the browser back."""

    out_trade_no: str
    subject: str
    body: str
    fen: int
    expires: float
    passback_params: str
    notify_url: str
    return_url: str
    quit_url: str
    method: str


class Repaid(TypedDict):
    """Money going back: taken at `created`, there at `arrives` (Unix time)."""

    fen: int
    created: float
    arrives: float


class Trade(TypedDict):
    """One trade. `status` is WAIT_BUYER_PAY, TRADE_SUCCESS or TRADE_CLOSED; times are Unix time.

    `refunds` is by out_request_no; TRADE_FINISHED follows from `paid` a year later.
    """

    trade_no: str
    ask: Ask
    buyer: str
    status: str
    created: float
    refunds: dict[str, Repaid]
    paid: NotRequired[float]
    refunded: NotRequired[float]
    closed: NotRequired[float]


def trades(world: World) -> dict[str, Trade]:
    """Return all trades by out_trade_no; hold the lock."""
    found: dict[str, Trade] = world.part("alipay").setdefault("trades", {})
    return found


def repaid(trade: Trade) -> int:
    """Return how many fen of a trade went back or are on their way."""
    return sum(one["fen"] for one in trade["refunds"].values())


def keep(world: World, trade: Trade) -> None:
    """Write a trade to disk now."""
    world.changed("alipay", "trades", trade["ask"]["out_trade_no"])
    world.save()


def option(world: World, name: str) -> Any:
    """Return how the world behaves where Alipay's behaviour differs or is uncertain."""
    with world.lock:
        return world.part("alipay").setdefault("options", {}).get(name, OPTIONS[name])


def user_id(person_id: str) -> str:
    """Return the 16-digit Alipay number (2088…) of a person."""
    return "2088" + str(int(hashlib.sha256(person_id.encode()).hexdigest(), 16))[:12]


def open_id(person_id: str) -> str:
    """Return the person's open_id at our app, which newer apps get instead of the number."""
    return "074a" + hashlib.sha256(b"open_id" + person_id.encode()).hexdigest()[:32]


def buyer_shown(world: World, person_id: str, number: str = "buyer_id") -> dict[str, str]:
    """Return the buyer under the names this app gets: the number, the open_id or both.

    `number` is what the number is called: buyer_user_id in answers to queries.
    """
    names = {"buyer_id": {number: user_id(person_id)}}
    names["buyer_open_id"] = {"buyer_open_id": open_id(person_id)}
    names["both"] = names["buyer_id"] | names["buyer_open_id"]
    return names[option(world, "buyer")]


def by_alipay_id(world: World, id: object) -> Person | None:
    """Return the person with this user_id or open_id, or None."""
    with world.lock:
        everyone = list(world.people.values())
    return next((one for one in everyone if id in (user_id(one.id), open_id(one.id))), None)


def read(world: World, told: dict[str, Any], params: dict[str, str]) -> Ask:
    """Read and check the order in biz_content; Refused names the field."""
    for key, passes in FIELDS.items():
        if key not in told and key in ("out_trade_no", "total_amount", "subject"):
            raise Refused("isv.missing-parameter", "40001", key)
        if key in told and not passes(told[key]):
            raise Refused("ACQ.INVALID_PARAMETER", about=key)
    if told.get("seller_id", seller(world)) != seller(world):
        raise Refused("ACQ.INVALID_PARAMETER", about="seller_id")
    notify_url = params.get("notify_url", "")
    if notify_url and not numbers.reachable(notify_url, 256):
        raise Refused("ACQ.INVALID_PARAMETER", about="notify_url")
    return Ask(
        out_trade_no=told["out_trade_no"],
        subject=told["subject"],
        body=told.get("body", ""),
        fen=numbers.fen(told["total_amount"]) or 0,
        expires=expiry(world.clock.seconds(), told),
        passback_params=told.get("passback_params", ""),
        notify_url=notify_url,
        return_url=params.get("return_url", ""),
        quit_url=told.get("quit_url", ""),
        method=params["method"],
    )


def seller(world: World) -> str:
    """Return the merchant's 2088 number."""
    id: str = world.config["alipay"]["seller_id"]
    return id


def text(most: int, least: int = 0) -> Callable[[object], bool]:
    """Return a check for a text of so many characters."""
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def subject(value: object) -> bool:
    """Whether a value may be a subject: up to 256 characters, none of / = &."""
    return isinstance(value, str) and 1 <= len(value) <= 256 and not FORBIDDEN & set(value)


def moment(value: object) -> datetime | None:
    """Read Beijing time, yyyy-MM-dd HH:mm with or without seconds; None for anything else."""
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(str(value), shape).replace(tzinfo=numbers.BEIJING)
        except ValueError:
            continue
    return None


FIELDS: dict[str, Callable[[object], object]] = {
    "out_trade_no": lambda value: isinstance(value, str) and NUMBER.fullmatch(value),
    "total_amount": numbers.fen,
    "subject": subject,
    "body": text(128),
    "passback_params": text(512),
    "time_expire": moment,
    "timeout_express": lambda value: isinstance(value, str) and EXPRESS.fullmatch(value),
    "quit_url": text(400),
    "product_code": text(64, 1),
}


def expiry(now: float, told: dict[str, Any]) -> float:
    """Return the last moment to pay: time_expire, else timeout_express, else fifteen days."""
    fixed = moment(told.get("time_expire"))
    if fixed is not None:
        return fixed.timestamp()
    found = EXPRESS.fullmatch(told.get("timeout_express", ""))
    if found is None:
        return now + LONGEST_SECONDS
    if found[1] is None:
        tomorrow = numbers.beijing(now + 86400)
        return tomorrow.replace(hour=0, minute=0, second=0).timestamp()
    return now + min(int(found[1]) * UNITS[found[2]], LONGEST_SECONDS)


def status(world: World, trade: Trade) -> str:
    """Return the trade_status now: unpaid trades close when they expire, paid ones finish."""
    now = world.clock.seconds()
    if trade["status"] == "WAIT_BUYER_PAY" and now > trade["ask"]["expires"]:
        trade["status"], trade["closed"] = "TRADE_CLOSED", trade["ask"]["expires"]
    if trade["status"] == "TRADE_SUCCESS" and now > trade["paid"] + REFUND_WINDOW_SECONDS:
        return "TRADE_FINISHED"
    return trade["status"]


def begin(world: World, ask: Ask, person: Person) -> Trade:
    """Make the trade for this buyer, or return the one that waits; Refused when it cannot be."""
    with world.lock:
        trade = trades(world).get(ask["out_trade_no"])
        if trade is None:
            trade = made(world, ask, person)
        refuse_beginning(world, trade, ask, person)
        trades(world)[ask["out_trade_no"]] = trade
    keep(world, trade)
    return trade


def made(world: World, ask: Ask, person: Person) -> Trade:
    """Write down a new trade."""
    now = world.clock.seconds()
    number = f"{numbers.beijing(now):%Y%m%d}22001{numbers.digits(15)}"
    return Trade(
        trade_no=number,
        ask=ask,
        buyer=person.id,
        status="WAIT_BUYER_PAY",
        created=now,
        refunds={},
    )


def refuse_beginning(world: World, trade: Trade, ask: Ask, person: Person) -> None:
    """Refuse a trade that is paid, closed, expired, someone else's, or another than before."""
    now = status(world, trade)
    if now in PAID or trade["refunds"]:
        raise Refused("ACQ.TRADE_HAS_SUCCESS")
    if ask["expires"] < world.clock.seconds():
        raise Refused("ACQ.TRADE_EXPIRED")
    if now == "TRADE_CLOSED":
        raise Refused("ACQ.TRADE_HAS_CLOSE")
    same = [json.dumps([one["fen"], one["subject"]]) for one in (trade["ask"], ask)]
    if same[0] != same[1]:
        raise Refused("ACQ.CONTEXT_INCONSISTENT")
    if trade["buyer"] != person.id:
        raise Refused("ACQ.CONTEXT_INCONSISTENT", about="buyer")


def settle(world: World, trade: Trade) -> None:
    """Book a trade as paid now, whatever it was before; hold the lock."""
    trade["status"] = "TRADE_SUCCESS"
    trade["paid"] = world.clock.seconds()
    trade.pop("closed", None)
    keep(world, trade)


def find(world: World, told: dict[str, Any]) -> Trade:
    """Return the trade named by trade_no or else out_trade_no; Refused when there is none."""
    with world.lock:
        if told.get("trade_no"):
            everything = trades(world).values()
            found = [one for one in everything if one["trade_no"] == told["trade_no"]]
        else:
            if not told.get("out_trade_no"):
                raise Refused("ACQ.INVALID_PARAMETER", about="out_trade_no")
            one = trades(world).get(str(told["out_trade_no"]))
            found = [one] if one else []
    if not found:
        raise Refused("ACQ.TRADE_NOT_EXIST")
    return found[0]
