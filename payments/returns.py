"""What a wallet says about a refund, booked: money that went back is a fact like any other."""

from dataclasses import replace

from base import clock, outbox
from base.store import Database

from . import ledger, limits, store, telling
from .moves import NOT_RETURNED, ON_THE_WAY, OPEN_THERE, REFUND_MOVES, correcting
from .outcomes import Outcome, audited, doubt, fact, fact_id, park
from .records import Attempt, Bill, HistoryDoc, Refund
from .refunds import values
from .store import Change
from .wallets import Notice
from .wallets.wallet import CURRENCY


def book(db: Database, notice: Notice, bill: Bill, attempt: Attempt) -> Outcome | None:
    """Follow a wallet's word about a refund of ours; None when the bill changed meanwhile.

    Refunds we know nothing of were made at the wallet's console: they lie in the quarantine, and
    the wallet is asked about them.
    """
    refund = bill.refunds.get(notice.refund)
    if refund is None or refund.attempt != attempt.number:
        asked = outbox.promise("quarantine.ask", after=limits.wallets()[notice.provider].ask_after)
        return park(db, "refund", notice, bill.number, asked)
    if notice.fate == "processing":
        return _look(db, bill, refund)
    doubted = _doubt(attempt, refund, notice)
    if doubted:
        return park(db, doubted, notice, bill.number)
    if notice.fate == "succeeded":
        return _succeeded(db, notice, bill, refund)
    return _failed(db, notice, bill, refund)


def moved(bill: Bill, refund: Refund, move: str, **fields: object) -> Change:
    """A move of REFUND_MOVES made by the system, with what the resident is told of it.

    That it is on its way she was told when it was agreed to.
    """
    changed = replace(refund, state=REFUND_MOVES[move].to, **fields)  # type: ignore[arg-type]
    line = HistoryDoc(
        at=clock.now(),
        move=move,
        by="system",
        attempt=refund.attempt,
        amount=refund.amount,
        refund=refund.number,
    )
    told = () if changed.state in ON_THE_WAY else telling.promised(bill.number, changed)
    return Change(values=values(bill, changed), lines=(line,), promises=told)


def _look(db: Database, bill: Bill, refund: Refund) -> Outcome | None:
    """A notice that proves no outcome is a reason to ask (Alipay's refunds have no other)."""
    if refund.state not in OPEN_THERE:
        return Outcome("noted")
    asked = outbox.promise("refund.go", bill=bill.number, refund=refund.number)
    return Outcome("noted") if store.change(db, bill, Change(promises=(asked,))) else None


def _doubt(attempt: Attempt, refund: Refund, notice: Notice) -> str:
    return doubt(
        {
            "amount": (refund.amount, notice.amount),
            "currency": (CURRENCY, notice.currency),
            "merchant": (attempt.merchant, notice.merchant),
            "app": (attempt.app, notice.app or attempt.app),
            "of": (refund.transaction, notice.of),
        }
    )


def _succeeded(db: Database, notice: Notice, bill: Bill, refund: Refund) -> Outcome | None:
    """Money is back: booked once; a second transaction for one refund is a contradiction."""
    if refund.state == "succeeded" and refund.id == notice.transaction:
        return _already(db, notice, bill)
    move = correcting(REFUND_MOVES, refund.state, "refund_succeeded", "refund_corrected")
    if refund.state not in REFUND_MOVES[move].starts:
        return park(db, "refund", notice, bill.number)
    if refund.state in NOT_RETURNED and refund.amount > bill.left(refund.transaction):
        return _overdrawn(db, notice, bill, refund)
    change = _back(notice, bill, refund, move)
    booked = store.book(db, fact(notice, bill, surplus=refund.surplus), bill, change)
    if booked == "known":
        return _known(db, notice, bill)
    if booked == "lost":
        return None
    audited(db, notice, bill, change.lines)
    return Outcome("settled")


def _back(notice: Notice, bill: Bill, refund: Refund, move: str) -> Change:
    """What money that is back changes; of a dropped refund it is promised in the same write.

    Its wallet has paid it, whatever officers were about to do.
    """
    told = moved(bill, refund, move, id=notice.transaction, done=notice.paid_at, way="")
    anew = refund.state in NOT_RETURNED
    promised = ledger.post("promised", refund.amount, refund.number)
    return replace(
        told,
        postings=(
            *(promised if anew and not refund.surplus else ()),
            *ledger.post("returned", refund.amount, refund.number),
        ),
        refundable=-refund.amount if anew else 0,
    )


def _known(db: Database, notice: Notice, bill: Bill) -> Outcome:
    known = store.fact(db, fact_id(notice)) or {}
    if known.get("refund") == notice.refund:
        return _already(db, notice, store.get(db, bill.number))
    return park(db, "transaction", notice, bill.number)


def _overdrawn(db: Database, notice: Notice, bill: Bill, refund: Refund) -> Outcome | None:
    """What went back under a dropped refund is promised to another by now: a human must see to it.

    Its transaction, noted there, keeps the rest of the payment (refunds.denied).
    """
    noted = replace(refund, id=notice.transaction)
    if refund != noted and not store.change(db, bill, Change(values=values(bill, noted))):
        return None
    return park(db, "refund", notice, bill.number)


def _already(db: Database, notice: Notice, bill: Bill) -> Outcome:
    audited(db, notice, bill, bill.history)
    return Outcome("already")


def _failed(db: Database, notice: Notice, bill: Bill, refund: Refund) -> Outcome | None:
    move = f"refund_{notice.fate}"
    if refund.state not in REFUND_MOVES[move].starts:
        return Outcome("noted")
    return Outcome("noted") if store.change(db, bill, moved(bill, refund, move)) else None
