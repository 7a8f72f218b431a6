"""What lies in the quarantine, judged again by what its wallet says now."""

from contextlib import suppress

import structlog

from base.errors import Unreachable
from base.store import Database

from . import foreign, inquiries, order_numbers, quarantine, settlement, store
from .outcomes import Outcome
from .records import Bill
from .wallets import Notice, Wallets
from .wallets.wallet import Refused, Repayment

_log = structlog.get_logger()


def ask(db: Database, wallets: Wallets, id: str) -> None:
    """Ask about a refund that nobody here asked for, and book it: the effect "quarantine.ask".

    What is booked is resolved; whatever the wallet does not prove waits for the statement or an
    officer. Raises NoSuchItem, Unreachable, Contended.
    """
    notice = quarantine.waiting(db, id)
    try:
        if notice is not None:
            _foreign(db, wallets, notice)
    except Refused as no:
        _log.warning("wallet tells nothing of a refund", code=no.code)


def reconsider(db: Database, wallets: Wallets, id: str, by: str) -> Outcome | None:
    """Judge a notice in the quarantine by the same rules again, e.g. after settings were mended.

    Its wallet is asked first, and what it proves now stands for what it said then; where it says
    nothing of that money, the notice is judged as it is. The officer named is written down for
    it, whatever comes of it. An item that is settled now is closed; None for one that proved
    nothing. A payment that lies there because its wallet gave some of it back waits until that is
    booked, or somebody closes it. Raises NoSuchItem, Contended.
    """
    notice = quarantine.notice_of(db, id, by)
    if notice is None:
        return None
    try:
        outcome = _asked(db, wallets, notice) or settlement.settle(db, notice)
    except (Unreachable, Refused) as trouble:
        _log.warning("wallet gave no answer", wallet=notice.provider, reason=str(trouble))
        outcome = settlement.settle(db, notice)
    if notice.kind == "payment" and id.startswith(f"{settlement.REFUNDED}:"):
        return Outcome("quarantined", settlement.REFUNDED)
    if outcome.result != "quarantined":
        with suppress(quarantine.AlreadyResolved):
            quarantine.resolve(db, id, by, outcome.result)
    return outcome


def _asked(db: Database, wallets: Wallets, notice: Notice) -> Outcome | None:
    if notice.kind == "refund":
        return _foreign(db, wallets, notice)
    bill = _bill(db, notice)
    entry = bill.attempts.get(notice.attempt) if bill else None
    if notice.kind != "payment" or bill is None or entry is None or entry.wallet not in wallets:
        return None
    standing = wallets[entry.wallet].query(entry.number, entry.created)
    found = standing.notice
    if found is None or found.transaction != notice.transaction:
        return None
    return inquiries.paid(db, bill, entry, standing, found)


def _foreign(db: Database, wallets: Wallets, notice: Notice) -> Outcome | None:
    """Book a refund made at the wallet's console if its answer proves it; None where it does not.

    Of one of ours nothing is asked here: "refund.go" does.
    """
    bill = _bill(db, notice)
    asked = _repayment(bill, notice) if bill else None
    if asked is None or notice.provider not in wallets:
        return None
    found = wallets[notice.provider].query_refund(asked).notice
    return foreign.book(db, found) if found and _is_told(notice, found) else None


def _repayment(bill: Bill, notice: Notice) -> Repayment | None:
    """What its wallet is asked about: a refund of a payment that is booked, and none of ours."""
    known = (each for each in bill.received if each["transaction"] == notice.of)
    payment = next(known, None)
    ours = bill.refunds.get(notice.refund)
    if payment is None or not notice.refund or (ours and ours.reason != foreign.REASON):
        return None
    return Repayment(
        number=notice.refund,
        attempt=payment["attempt"],
        transaction=notice.of,
        amount=notice.amount,
        total=payment["amount"],
        reason="",
        agreed=notice.paid_at,
    )


def _is_told(notice: Notice, found: Notice) -> bool:
    """Whether an answer is about the money of a notice; one without an outcome proves no sum."""
    same = notice.fate == "processing" or notice.amount == found.amount
    told = (notice.transaction, notice.attempt, notice.of, notice.merchant, notice.currency)
    said = (found.transaction, found.attempt, found.of, found.merchant, found.currency)
    return same and told == said


def _bill(db: Database, notice: Notice) -> Bill | None:
    number = order_numbers.bill_of(notice.attempt)
    return store.find(db, number) if number else None
