"""Until when a bill is to be paid, the reminder before, and what happens after: config/bills.toml.

A bill that is overdue can still be paid. One that stays unpaid is cancelled in the end, and an
officer may issue it again.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from base import calendar, clock, outbox
from base.outbox import Promise
from base.store import Database

from . import store
from .records import Bill, HistoryDoc
from .store import TRIES, Change, Contended

FILE: Final = Path(__file__).parent.parent / "config" / "bills.toml"
MORNING: Final = time(9, 0)


@lru_cache(maxsize=1)
def _days() -> Mapping[str, int]:
    found: dict[str, int] = tomllib.loads(FILE.read_text("utf-8"))["terms"]
    return found


def last_day(issued: datetime) -> str:
    """The last day for paying a bill of this moment, as YYYY-MM-DD."""
    return calendar.due(issued, _days()["pay_within"]).day.isoformat()


def first(bill: str, issued: datetime) -> Promise:
    """The promise that starts the days of a new bill."""
    return _when("remind", bill, issued)


def telling(bill: Bill, kind: str, about: str = "", amount: int = 0) -> Promise:
    """The promise to tell a bill's resident; `about` tells one message of a kind from another."""
    return outbox.promise("bill.told", bill=bill.number, kind=kind, about=about, amount=amount)


def _reminded(issued: datetime) -> date:
    return calendar.due(issued, _days()["pay_within"] - _days()["remind_before"]).day


def _overdue(issued: datetime) -> date:
    return calendar.due(issued, _days()["pay_within"] + 1).day


def _lapsed(issued: datetime) -> date:
    return calendar.due(issued, _days()["pay_within"] + 1 + _days()["lapse_after"]).day


# stage: the day on which it comes, what the resident is told, the stage after it
STAGES: Final[Mapping[str, tuple[Callable[[datetime], date], str, str]]] = MappingProxyType(
    {
        "remind": (_reminded, "bill_reminder", "overdue"),
        "overdue": (_overdue, "bill_overdue", "lapse"),
        "lapse": (_lapsed, "bill_lapsed", ""),
    }
)


def _when(stage: str, bill: str, issued: datetime) -> Promise:
    day, _, _ = STAGES[stage]
    moment = datetime.combine(day(issued), MORNING, clock.SHANGHAI)
    return outbox.promise("bill.term", after=moment - clock.now(), bill=bill, stage=stage)


def reach(db: Database, number: str, stage: str) -> bool:
    """Note once that an open bill has come so far, tell its resident, and promise the next stage.

    Whether the bill is now to be cancelled, which is the caller's to do. Raises NoSuchBill,
    Contended.
    """
    _, kind, after = STAGES[stage]
    for _ in range(TRIES):
        bill = store.get(db, number)
        if bill.state != "open" or any(line["move"] == stage for line in bill.history):
            return bill.state == "open" and not after
        if not after:
            return True
        line = HistoryDoc(at=clock.now(), move=stage, by="system")
        owed = (telling(bill, kind), _when(after, number, bill.created))
        if store.change(db, bill, Change(lines=(line,), promises=owed)):
            return False
    raise Contended
