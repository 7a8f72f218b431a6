"""A day's money against its fiscal e-receipts, of which finance gives no list: our own books do.

Of what finance has confirmed there is a receipt for just what is held; what went back is reversed.
"""

from dataclasses import dataclass
from datetime import date

from base.store import Database

from .. import days
from .. import store as bill_store
from ..reconciliation.store import booked
from ..records import BANK, COUNTER
from ..statements import REFUND
from . import store
from .steps import due


@dataclass(frozen=True)
class Tied:
    """The receipts that stand for a day's payments, their fen, and the bills that lack theirs."""

    count: int
    fen: int
    lacking: set[str]


def of(db: Database, day: date) -> Tied:
    """Tie the payments of a day that finance has confirmed, and its refunds, to receipts."""
    held = store.held_of(db, day)
    lacking = {each.bill for each in held if each.receipted != each.amount}
    return Tied(
        count=sum(each.receipted > 0 for each in held),
        fen=sum(each.receipted for each in held),
        lacking=lacking | {bill for bill in _given_back(db, day) if _is_behind(db, bill)},
    )


def _given_back(db: Database, day: date) -> set[str]:
    """The bills of which something went back on a day, by the way in which we give it back."""
    facts = (booked.facts(db, by, day) for by in (*days.table()["wallets"], COUNTER, BANK))
    return {each["bill"] for some in facts for each in some if each["kind"] == REFUND}


def _is_behind(db: Database, bill: str) -> bool:
    """Whether finance has confirmed a bill's payment and does not know what has gone back of it."""
    record = store.find(db, bill)
    if record is None or record.state != "confirmed":
        return False
    return bool(due(bill_store.get(db, bill), record))
