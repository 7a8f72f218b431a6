"""The daily word on money that must go back and waits for an officer."""

from typing import Final

from base import alarms, money
from base.store import Database

from . import counter, refunds
from .moves import FOR_HUMANS

OWED: Final = "refunds_owed"
_ALL: Final = 1000


def report(db: Database) -> None:
    """Sound the alarm OWED with count and sum; end it when nothing waits."""
    decided = (each for state in FOR_HUMANS for _, each in refunds.waiting(db, state, _ALL))
    found = [*decided, *(each for _, each in counter.payouts(db, _ALL))]
    if found:
        fen = sum(each.amount for each in found)
        alarms.sound(db, OWED, count=len(found), yuan=money.yuan(fen))
    else:
        alarms.clear(db, OWED)
