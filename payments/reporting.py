"""The daily word on money that must go back and waits for an officer, or is stuck on its way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from base import alarms, clock, money
from base.store import Database

from . import counter, refunds, store
from .moves import FOR_HUMANS, ON_THE_WAY
from .records import Bill, ReceivedDoc
from .repaying import agreed

OWED: Final = "refunds_owed"
# Cards take up to three working days, and there are long holidays.
STUCK: Final = timedelta(days=10)
# However many: those that have waited longest come last.
_ALL: Final = 0


def report(db: Database) -> None:
    """Sound the alarm OWED with count and sum; end it when nothing waits."""
    found = list(_waiting(db))
    if found:
        alarms.sound(db, OWED, count=len(found), yuan=money.yuan(sum(found)))
    else:
        alarms.clear(db, OWED)


def owing(
    db: Database, limit: int = 50, agency: str | None = None
) -> list[tuple[Bill, ReceivedDoc, int]]:
    """Payments nobody owed, with the fen of each that nobody is giving back; as `refunds.waiting`.

    A refund of it was not agreed to, or given up: it is owed all the same.
    """
    return [
        (bill, payment, fen)
        for bill in store.waiting(db, "owing", limit, agency)
        for payment, fen in bill.owing
    ]


def _waiting(db: Database) -> Iterator[int]:
    """The fen of everything that is to go back and does not go by itself."""
    for state in FOR_HUMANS:
        yield from (each.amount for _, each in refunds.waiting(db, state, _ALL))
    yield from (each.amount for _, each in counter.payouts(db, _ALL))
    yield from (fen for *_, fen in owing(db, _ALL))
    yield from _stuck(db)


def _stuck(db: Database) -> Iterator[int]:
    """What was agreed to long ago, and no wallet has brought to an end."""
    since = clock.now() - STUCK
    for state in ON_THE_WAY:
        for bill, each in refunds.waiting(db, state, _ALL):
            if not each.by_hand and agreed(bill, each) < since:
                yield each.amount
