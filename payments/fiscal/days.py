"""Finance's day against ours: every notice it has as paid, and every one we had confirmed.

Differences are shown to a human (alarm `finance_differs`); what a counter has taken of ours without
our knowing is followed, so that nobody is asked to pay it again.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from base import alarms
from base.store import Database

from .. import days
from .. import store as bill_store
from ..wallets.nontax import Finance, Paid
from ..wallets.wallet import Refused
from . import answers, store
from .records import Record
from .steps import moved

DIFFERS: Final = "finance_differs"
_NAMED: Final = 5


@dataclass(frozen=True)
class Day:
    """A day compared: counts and fen on both sides, and the bills in which they differ."""

    ours: int
    ours_fen: int
    theirs: int
    theirs_fen: int
    differing: list[str]


def compare_due(db: Database, finance: Finance) -> None:
    """Compare the last days that were not yet compared, or differed; raises Unreachable, Refused.

    They become due when the wallets' statements do, and days that were missed still are. Silence
    ends it for now; a day that is refused does not keep the later ones waiting.
    """
    refusals: list[Refused] = []
    for day in days.owed(lambda each: store.compared(db, each) is not None):
        kept = store.compared(db, day)
        if kept is None or kept["differing"]:
            try:
                compare(db, finance, day)
            except Refused as refused:
                refusals.append(refused)
    if refusals:
        raise refusals[0]


def compare(db: Database, finance: Finance, day: date) -> Day:
    """Hold finance's day against ours; again, it finds the same. Raises Unreachable, Refused."""
    ours, theirs = store.confirmed_on(db, day), finance.daily(day)
    listed = {each.code for each in theirs}
    differing = [each.bill for each in theirs if not _agrees(db, ours, each)]
    differing += [bill for code, (bill, _) in ours.items() if code not in listed]
    found = Day(
        ours=len(ours),
        ours_fen=sum(fen for _, fen in ours.values()),
        theirs=len(theirs),
        theirs_fen=sum(each.amount for each in theirs),
        differing=sorted(differing),
    )
    before = store.compared(db, day)
    if before is None or before["differing"] != found.differing:
        _tell(db, day, found)
    store.keep_day(db, day, asdict(found))
    return found


def _agrees(db: Database, ours: dict[str, tuple[str, int]], told: Paid) -> bool:
    """Whether we know of a payment; one at a counter is followed now, if it is news to us."""
    if told.code in ours:
        return ours[told.code] == (told.bill, told.amount)
    record = store.find(db, told.bill)
    if record is None or record.code != told.code:
        return False
    heard = record.state in ("unpaid", "disputed") and _news(db, record, told)
    return record.state == "elsewhere" or heard


def _news(db: Database, record: Record, told: Paid) -> bool:
    """Whether finance's word fits what was paid here and is not yet confirmed, or not paid here.

    Who paid a bill that is paid is for the record's next step to ask.
    """
    paid = bill_store.get(db, record.bill).paid
    if paid is not None:
        store.wake(db, record.bill)
        return (paid["transaction"], paid["amount"]) == (told.transaction, told.amount)
    news = moved("elsewhere", told.proof, amount=told.amount, about=told.transaction)
    return answers.write(db, record, news)


def _tell(db: Database, day: date, found: Day) -> None:
    if not found.differing:
        alarms.clear(db, DIFFERS, day.isoformat())
        return
    named = " ".join(found.differing[:_NAMED])
    facts = {"day": day.isoformat(), "count": len(found.differing), "bills": named}
    alarms.sound(db, DIFFERS, day.isoformat(), **facts)
