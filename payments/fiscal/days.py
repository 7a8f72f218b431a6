"""Finance's day against ours: every notice it has as paid, and every one we had confirmed.

Differences are shown to a human (alarm `finance_differs`); what a counter has taken of ours without
our knowing is followed, so that nobody is asked to pay it again.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final

from base import alarms, clock
from base.store import Database

from .. import days
from .. import store as bill_store
from ..reconciliation.store import booked
from ..records import BANK
from ..statements import PAYMENT
from ..wallets.nontax import Finance, Paid
from ..wallets.wallet import Refused
from . import answers, receipts, store
from .records import Record
from .steps import moved

DIFFERS: Final = "finance_differs"
UNLISTED: Final = "finance_unlisted"
_NAMED: Final = 5


@dataclass(frozen=True)
class Day:
    """A day compared: counts and fen on both sides, and the bills in which they differ.

    Receipts take up to a day: those that are tied to their money are the day before's.
    """

    ours: int
    ours_fen: int
    theirs: int
    theirs_fen: int
    receipts: int
    receipts_fen: int
    differing: list[str]


def compare_due(db: Database, finance: Finance) -> None:
    """Compare the last days that were not yet compared, or differed; raises Unreachable, Refused.

    They become due when the wallets' statements do, and days that were missed still are. Silence
    ends it for now; a day that is refused does not keep the later ones waiting, and is asked for as
    long as it is not older than `most_back` days. One that differs is compared again every day,
    for what the bureau mends late frees the case and the refunds of a bank's payment.
    """
    refusals: list[Refused] = []
    owed = days.owed(lambda each: store.compared(db, each) is not None)
    since = clock.today() - timedelta(days=days.table()["daily"]["most_back"])
    older = {*store.refused_days(db, since), *store.differing_days(db)}.difference(owed)
    for day in (*owed, *sorted(older)):
        kept = store.compared(db, day)
        if kept is None or kept["differing"]:
            try:
                compare(db, finance, day)
            except Refused as refused:
                _refused(db, day, refused.code)
                refusals.append(refused)
    if refusals:
        raise refusals[0]


def _refused(db: Database, day: date, code: str) -> None:
    """Keep that finance would not list a day; a human is told when that, or its code, is news."""
    if store.refusal(db, day) != code:
        alarms.sound(db, UNLISTED, day.isoformat(), day=day.isoformat(), code=code)
    store.refuse_day(db, day, code)


def compare(db: Database, finance: Finance, day: date) -> Day:
    """Hold finance's day against ours; again, it finds the same. Raises Unreachable, Refused."""
    ours, theirs = store.confirmed_on(db, day), finance.daily(day)
    banks = [each for each in booked.facts(db, BANK, day) if each["kind"] == PAYMENT]
    codes, by = {each.code for each in theirs}, {each.transaction for each in theirs}
    differing = {each.bill for each in theirs if not _agrees(db, ours, each)}
    differing |= {bill for code, (bill, _) in ours.items() if code not in codes}
    differing |= {each["bill"] for each in banks if each["transaction"] not in by}
    tied = receipts.of(db, day - timedelta(days=1))
    differing |= tied.lacking
    sums = [fen for _, fen in ours.values()] + [each["amount"] for each in banks]
    found = Day(
        ours=len(sums),
        ours_fen=sum(sums),
        theirs=len(theirs),
        theirs_fen=sum(each.amount for each in theirs),
        receipts=tied.count,
        receipts_fen=tied.fen,
        differing=sorted(differing),
    )
    before = store.compared(db, day)
    if before is None or before["differing"] != found.differing:
        _tell(db, day, found)
    alarms.clear(db, UNLISTED, day.isoformat())
    store.keep_day(db, day, asdict(found))
    return found


def _agrees(db: Database, ours: dict[str, tuple[str, int]], told: Paid) -> bool:
    """Whether we know of a payment; one at a counter is followed now, if it is news to us."""
    if told.code in ours:
        return ours[told.code] == (told.bill, told.amount)
    record = store.find(db, told.bill)
    if record is None or record.code != told.code:
        return False
    fact = bill_store.fact(db, f"{BANK}:{PAYMENT}:{told.transaction}")
    if fact is not None:
        return (fact["bill"], fact["amount"]) == (told.bill, told.amount)
    if record.state in ("unpaid", "disputed"):
        return _news(db, record, told)
    return record.state == "elsewhere" and _is_ours_paid(db, record.bill)


def _is_ours_paid(db: Database, bill: str) -> bool:
    """Whether a wallet or the counter has settled the bill: the bank's stays in finance's books."""
    paid = bill_store.get(db, bill).paid
    return paid is not None and paid["wallet"] != BANK


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
    """Tell a human of what differs, once; and have what no books have yet asked about again."""
    if not found.differing:
        alarms.clear(db, DIFFERS, day.isoformat())
        return
    for bill in found.differing:
        if store.find(db, bill) is not None:
            store.wake(db, bill)
    named = " ".join(found.differing[:_NAMED])
    facts = {"day": day.isoformat(), "count": len(found.differing), "bills": named}
    alarms.sound(db, DIFFERS, day.isoformat(), **facts)
