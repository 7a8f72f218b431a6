"""A day's money at one wallet as its statement lists it, with the faults a test has seeded."""

import secrets
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from ..world import World
from . import numbers

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "statements.toml").read_text()
)
READY_HOUR = 9
# Of rows: "missing", "extra" (nobody of ours ordered it), "amount" (differs by `fen`), "duplicate"
# and "shifted" (listed on the day after). Of the file: "hash" (announced for other bytes; elsewhere
# the archive is broken), "summary" (its own count does not fit), "creating" and "absent".
# Of WeChat's fund-flow bill alone: "funds" (the account gained `fen` less than the trades say),
# "funds_summary" (its own count does not fit), and, no fault at all, "withdrawn" (`fen` left for
# the bank).
ROW_KINDS = ("missing", "extra", "amount", "duplicate", "shifted")
FILE_KINDS = ("hash", "summary", "creating", "absent", "funds", "funds_summary", "withdrawn")
EXTRA_FEN = 100
# What a wallet keeps of a payment, and brings back with a refund: so many of ten thousand.
FEE_RATE = 60


class Row(TypedDict):
    """One payment or refund; `at` is Unix time, `refund` and `refund_id` are empty for payments."""

    kind: str
    number: str
    transaction: str
    refund: str
    refund_id: str
    fen: int
    at: float
    name: str
    payer: str
    app: str
    done: bool


class Seeded(TypedDict):
    """One fault of one day's statement: of `count` rows of a kind, or of those with a number."""

    wallet: str
    day: str
    kind: str
    of: str
    number: str
    count: int
    fen: int
    invented: list[str]


Happened = Callable[[World, date], list[Row]]


class NotReady(Exception):
    """There is no statement: "creating" for now, "absent" for good."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def day_of(seconds: float) -> date:
    """Return the day of Beijing in which a moment lies."""
    return numbers.beijing(seconds).date()


def payment(number: str, transaction: str, fen: int, at: float, **more: Any) -> Row:
    """Return the row of a payment."""
    return Row(
        kind="payment",
        number=number,
        transaction=transaction,
        refund="",
        refund_id="",
        fen=fen,
        at=at,
        name=more.get("name", ""),
        payer=more.get("payer", ""),
        app=more.get("app", ""),
        done=True,
    )


def fee(row: Row) -> int:
    """Return what the wallet keeps of a row's money; below zero is what a refund brings back."""
    fen = (row["fen"] * FEE_RATE + 5000) // 10000
    return -fen if row["kind"] == "refund" else fen


def repayment(paid: Row, refund: str, id: str, fen: int, at: float, *, done: bool = True) -> Row:
    """Return the row of a refund of this payment."""
    row = payment(paid["number"], paid["transaction"], fen, at, name=paid["name"], app=paid["app"])
    row["payer"] = paid["payer"]
    return {**row, "kind": "refund", "refund": refund, "refund_id": id, "done": done}


def seed(world: World, wallet: str, told: dict[str, Any]) -> tuple[str, Seeded]:
    """Order a fault of a day's statement; the same one strikes whenever that day is asked for."""
    count = int(told.get("count", 1))
    made = Seeded(
        wallet=wallet,
        day=told.get("day") or f"{day_of(world.clock.seconds()):%Y-%m-%d}",
        kind=told["kind"],
        of=told.get("of", "payment"),
        number=told.get("number", ""),
        count=count,
        fen=int(told.get("fen", EXTRA_FEN)),
        invented=[numbers.digits(24) for _ in range(count)] if told["kind"] == "extra" else [],
    )
    id = secrets.token_hex(8)
    with world.lock:
        seeds(world)[id] = made
    world.changed("statement_faults", id)
    return id, made


def seeds(world: World) -> dict[str, Seeded]:
    """Return all ordered faults by id; hold the lock."""
    found: dict[str, Seeded] = world.part("statement_faults")
    return found


def faults(world: World, wallet: str, day: date, *kinds: str) -> list[Seeded]:
    """Return the faults of one day's statement of these kinds."""
    with world.lock:
        return [
            one
            for one in seeds(world).values()
            if (one["wallet"], one["day"]) == (wallet, day.isoformat()) and one["kind"] in kinds
        ]


def rows(world: World, wallet: str, day: date, happened: Happened) -> list[Row]:
    """Return what a day's statement lists, oldest first; NotReady when there is none."""
    refuse(world, wallet, day)
    listed = happened(world, day)
    for fault in faults(world, wallet, day, *ROW_KINDS):
        listed = struck(listed, fault)
    before = day - timedelta(days=1)
    for fault in faults(world, wallet, before, "shifted"):
        listed += touched(happened(world, before), fault)
    if not listed:
        raise NotReady("absent")
    return sorted(listed, key=lambda row: row["at"])


def refuse(world: World, wallet: str, day: date) -> None:
    """Raise NotReady before nine in the morning after, and when a fault says so."""
    ready = datetime(day.year, day.month, day.day, READY_HOUR, tzinfo=numbers.BEIJING)
    if world.clock.seconds() < (ready + timedelta(days=1)).timestamp():
        raise NotReady("creating")
    for fault in faults(world, wallet, day, "creating", "absent"):
        raise NotReady(fault["kind"])


def struck(listed: list[Row], fault: Seeded) -> list[Row]:
    """Return the rows with one fault in them."""
    if fault["kind"] == "extra":
        return listed + [invented(listed, fault, id) for id in fault["invented"]]
    hit = touched(listed, fault)
    if fault["kind"] == "duplicate":
        return listed + [row.copy() for row in hit]
    if fault["kind"] == "amount":
        return [{**row, "fen": row["fen"] + fault["fen"]} if row in hit else row for row in listed]
    return [row for row in listed if row not in hit]


def touched(listed: list[Row], fault: Seeded) -> list[Row]:
    """Return the rows a fault is about: those of its number, or the first of its kind."""
    found = [
        row
        for row in listed
        if row["kind"] == fault["of"]
        and fault["number"] in ("", row["refund"] or row["number"], row["number"])
    ]
    return found[: fault["count"]]


def invented(listed: list[Row], fault: Seeded, id: str) -> Row:
    """Return a row of money that nobody of ours asked for, at noon of the day.

    With a `number` the row names that order of ours: a second payment, or a refund made by hand.
    """
    noon = datetime.fromisoformat(f"{fault['day']}T12:00:00").replace(tzinfo=numbers.BEIJING)
    number = fault["number"] or f"X{id[:15]}"
    ours = next((row for row in listed if row["number"] == number), None)
    row = payment(number, f"42{id}", fault["fen"], noon.timestamp(), name="?")
    if fault["of"] == "refund":
        row["transaction"] = ours["transaction"] if ours else row["transaction"]
        return repayment(row, f"XR{id[:12]}", f"50{id}", fault["fen"], row["at"])
    return row
