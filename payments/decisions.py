"""What officers decide about refunds: never the one who asked, and each by one guarded write."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from base import clock, outbox
from base.errors import Conflict, Forbidden
from base.outbox import Promise
from base.store import Database

from . import ledger, repaying, returns, store
from .moves import NOT_RETURNED, REFUND_MOVES
from .records import Bill, HistoryDoc, Refund
from .refunds import find, sealed, sending, stuck, undisputed, values
from .store import TRIES, Change, Contended
from .wallets import Wallets

# How long a wallet may take to know a refund that it was told of: our time-outs, and its own; and
# to have done with one that it has taken: to cards it takes three working days, and there are
# holidays.
ARRIVED = timedelta(minutes=5)
TAKEN = timedelta(days=10)


@dataclass(frozen=True)
class _Decision:
    """A move of REFUND_MOVES by an officer, in her words; what is given up was last told when."""

    move: str
    by: str
    note: str | None = None
    called: datetime | None = None


class SameOfficer(Forbidden):
    """Whoever asked for a refund does not approve it."""

    code = "same_officer"


class ToldJustNow(Conflict):
    """The refund's wallet was told of it, and may not know yet, or may still be at it."""

    code = "refund_told_just_now"


class NotDecidable(Conflict):
    """The refund is past this decision."""

    code = "refund_not_decidable"


def approve(db: Database, bill: str, number: str, *, by: str) -> Refund:
    """Agree to a refund that another officer asked for; it is sent to its wallet.

    Raises NoSuchBill, NoSuchRefund, SameOfficer, NotDecidable, PaymentDisputed, Contended.
    """
    return _decide(db, bill, number, _Decision("refund_approved", by))


def reject(db: Database, bill: str, number: str, *, by: str, note: str) -> Refund:
    """Decide against a refund; its sum is refundable again. Raises as `approve`, and BadRefund."""
    return _decide(db, bill, number, _Decision("refund_rejected", by, note))


def again(db: Database, bill: str, number: str, *, by: str) -> Refund:
    """Send a refund its wallet refused once more, under the same number; raises as `approve`."""
    return _decide(db, bill, number, _Decision("refund_again", by))


def drop(db: Database, wallets: Wallets, bill: str, number: str, *, by: str, note: str) -> Refund:
    """Give up a refund that its wallet refused or closed; its sum is refundable again.

    What is under way is given up only while it waits to be handed out, or its payment is denied.
    A wallet that was told of it is asked first: NotDecidable when it knows of the refund after all,
    or is told again meanwhile. Raises as `approve`, BadRefund, ToldJustNow; Unreachable when the
    wallet is silent.
    """
    current = store.get(db, bill)
    refund = find(current, number)
    if _told(db, current, refund) and not repaying.came_to_nothing(db, wallets, bill, number):
        raise NotDecidable
    current = store.get(db, bill)
    move = "payout_dropped" if stuck(db, current, find(current, number)) else "refund_dropped"
    return _decide(db, bill, number, _Decision(move, by, note, refund.called))


def _told(db: Database, bill: Bill, refund: Refund) -> bool:
    """Whether the wallet of what could be given up was told of it; raises ToldJustNow.

    What was refused or closed has had its wallet's word since.
    """
    if not stuck(db, bill, refund):
        return refund.state in REFUND_MOVES["refund_dropped"].starts
    if refund.called and clock.now() < refund.called + (
        TAKEN if refund.state == "sent" else ARRIVED
    ):
        raise ToldJustNow
    return refund.called is not None


def _decide(db: Database, bill: str, number: str, made: _Decision) -> Refund:
    """Make an officer's move of REFUND_MOVES on a refund that somebody else asked for."""
    written = None if made.note is None else sealed(made.note)
    edge = REFUND_MOVES[made.move]
    for _ in range(TRIES):
        current = store.get(db, bill)
        refund = find(current, number)
        if refund.requested_by == made.by:
            raise SameOfficer
        if refund.state not in edge.starts or not _still(db, current, refund, made):
            raise NotDecidable
        if edge.to == "approved":
            undisputed(db, current, refund.transaction)
        decided = replace(refund, state=edge.to, decided_by=made.by, asks=0)
        line = HistoryDoc(
            at=clock.now(), move=made.move, by=made.by, amount=refund.amount, refund=refund.number
        )
        if written is not None:
            line["note"] = written
        if store.change(db, current, _decided(current, decided, line)):
            return decided
    raise Contended


def _still(db: Database, bill: Bill, refund: Refund, made: _Decision) -> bool:
    """Whether what is given up is as it was when its wallet was asked."""
    if REFUND_MOVES[made.move].to != "dropped":
        return True
    untold = made.move == "payout_dropped"
    return refund.called == made.called and stuck(db, bill, refund) == untold


def _decided(bill: Bill, decided: Refund, line: HistoryDoc) -> Change:
    free = decided.state in NOT_RETURNED
    kept = free and not decided.surplus
    return Change(
        values=values(bill, decided),
        lines=(line,),
        promises=_promises(bill, decided),
        postings=ledger.post("kept", decided.amount, decided.number) if kept else (),
        refundable=decided.amount if free else 0,
    )


def _promises(bill: Bill, decided: Refund) -> tuple[Promise, ...]:
    """To send what was approved; to end the alarm of what was given up, or to call it off.

    What is not given back after all may be owed by rule (app.effects.tell_refund).
    """
    if decided.state not in NOT_RETURNED:
        return sending(bill.number, decided)
    number, kind = decided.number, returns.kind_of(decided) or "refund_failed"
    return (outbox.promise("refund.told", bill=bill.number, refund=number, kind=kind),)
