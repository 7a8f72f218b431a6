"""The daily word on money that must go back and waits for an officer, or is stuck on its way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from base import alarms, clock, money
from base.store import Database

from . import counter, refunds
from .moves import FOR_HUMANS, ON_THE_WAY
from .records import Refund
from .repaying import agreed

OWED: Final = "refunds_owed"
# Cards take up to three working days, and there are long holidays.
STUCK: Final = timedelta(days=10)
# However many: those that have waited longest come last.
_ALL: Final = 0


def report(db: Database) -> None:
    """Sound the alarm OWED with count and sum; end it when nothing waits."""
    decided = (each for state in FOR_HUMANS for _, each in refunds.waiting(db, state, _ALL))
    found = [*decided, *(each for _, each in counter.payouts(db, _ALL)), *_stuck(db)]
    if found:
        fen = sum(each.amount for each in found)
        alarms.sound(db, OWED, count=len(found), yuan=money.yuan(fen))
    else:
        alarms.clear(db, OWED)


def _stuck(db: Database) -> Iterator[Refund]:
    """What was agreed to long ago, and no wallet has brought to an end."""
    since = clock.now() - STUCK
    for state in ON_THE_WAY:
        for bill, each in refunds.waiting(db, state, _ALL):
            if not each.by_hand and agreed(bill, each) < since:
                yield each
