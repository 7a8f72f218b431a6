"""What operators look for in the ledger: who was not reached, and what became of one message."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from base import clock
from base.calendar import end_of
from base.store import Database

from . import cases, messages, store
from .ledger import ENDED
from .messages import Message

WINDOW: Final = timedelta(days=30)
MOST: Final = 100
_DAY: Final = timedelta(days=1)
STATES: Final = ("waiting", "sending", "sent", "arrived", *ENDED)


@dataclass(frozen=True)
class Asked:
    """What an operator asks for; a number, or residents, or a day with its filters.

    The number is of a case, or else of what the message is named after: a ticket, a talk, a bill.
    """

    number: str = ""
    residents: Sequence[str] = ()
    day: date | None = None
    kind: str = ""
    state: str = ""


def page(
    db: Database,
    states: Sequence[str] = ENDED,
    before: datetime | None = None,
    limit: int = MOST,
) -> list[Message]:
    """What reached nobody in the thirty days up to a moment, latest first; the list is complete.

    A message whose outcome is unknown is listed once it is no longer waited for. The next page
    begins `before` the last one's moment; of one moment all are given.
    """
    until = before or clock.now() + _DAY
    rows = [row for state in states for row in _of(db, state, until, limit)]
    rows.sort(key=lambda row: (row["created"], row["_id"]), reverse=True)
    return [messages.opened(row) for row in _whole(rows, limit)]


def _of(db: Database, state: str, until: datetime, limit: int) -> Iterator[store.MessageRow]:
    asked: dict[str, Any] = {"state": state, "created": {"$gte": until - WINDOW, "$lt": until}}
    asked |= {"again": {"$lte": clock.now()}} if state == "unknown" else {}
    yield from store.messages(db).find(asked).sort("created", -1).limit(limit * 2)


def _whole(rows: list[store.MessageRow], limit: int) -> list[store.MessageRow]:
    """The first rows, and those of the very moment of the last."""
    if len(rows) <= limit:
        return rows
    last = rows[limit - 1]["created"]
    return [row for row in rows if row["created"] >= last]


def count(db: Database, most: int) -> int:
    """How many messages an operator could do something about: failed or unknown, at most `most`."""
    return min(len(page(db, ("failed", "unknown"), limit=most)), most)


def search(db: Database, asked: Asked, limit: int = MOST) -> list[Message]:
    """The messages asked for, latest first."""
    rows = [row for row in _found(db, asked, limit) if _fits(row, asked)]
    rows.sort(key=lambda row: row["created"], reverse=True)
    return [messages.opened(row) for row in rows[:limit]]


def _found(db: Database, asked: Asked, limit: int) -> list[store.MessageRow]:
    table = store.messages(db)
    if asked.number:
        keys: dict[str, Any] = {"$gte": f"{asked.number}:", "$lt": f"{asked.number};"}
        rows = [*_about(db, asked.number, limit), *table.find({"_id": keys}).limit(limit)]
        return list({row["_id"]: row for row in rows}.values())
    if asked.residents:
        return [
            row
            for id in asked.residents[:20]
            for row in table.find({"resident": id}).sort("created", -1).limit(limit)
        ]
    day = asked.day or clock.today()
    until = end_of(day)
    query: dict[str, Any] = {"created": {"$gte": until - _DAY, "$lte": until}}
    query |= {"kind": asked.kind} if asked.kind else {}
    return [
        row
        for state in ([asked.state] if asked.state else STATES)
        for row in table.find(query | {"state": state}).sort("created", -1).limit(limit)
    ]


def _about(db: Database, case: str, limit: int) -> Iterator[store.MessageRow]:
    """What its resident was told about a case, whatever the keys; her inbox's index serves it."""
    with suppress(cases.NoSuchCase):
        asked: dict[str, Any] = {"resident": cases.get(db, case).resident, "about": case}
        yield from store.messages(db).find(asked).sort("created", -1).limit(limit)


def _fits(row: store.MessageRow, asked: Asked) -> bool:
    same_day = asked.day is None or row["created"].astimezone(clock.SHANGHAI).date() == asked.day
    return same_day and asked.kind in ("", row["kind"]) and asked.state in ("", row["state"])
