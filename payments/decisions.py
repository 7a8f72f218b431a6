"""What officers decide about refunds: never the one who asked, and each by one guarded write."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from base import clock
from base.errors import Conflict, Forbidden
from base.store import Database

from . import ledger, repaying, store
from .moves import NOT_RETURNED, REFUND_MOVES
from .records import TRANSFER, Bill, HistoryDoc, Refund
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

    Where its wallet gives back no more it is to be paid by transfer. Raises NoSuchBill,
    NoSuchRefund, SameOfficer, NotDecidable, PaymentDisputed, Contended.
    """
    way = find(store.get(db, bill), number).way
    move = "transfer_approved" if way else "refund_approved"
    return _decide(db, bill, number, _Decision(move, by))


def reject(db: Database, bill: str, number: str, *, by: str, note: str) -> Refund:
    """Decide against a refund; its sum is refundable again. Raises as `approve`, and BadRefund."""
    return _decide(db, bill, number, _Decision("refund_rejected", by, note))


def again(db: Database, bill: str, number: str, *, by: str) -> Refund:
    """Send a refund its wallet refused once more, under the same number; raises as `approve`."""
    return _decide(db, bill, number, _Decision("refund_again", by))


def transfer(
    db: Database, wallets: Wallets, bill: str, number: str, *, by: str, note: str
) -> Refund:
    """Agree to pay by bank transfer what its wallet cannot give back, which is told no more.

    The wallet is asked first. Raises as `drop`, and StillReturning.
    """
    refund = find(store.get(db, bill), number)
    if refund.state not in REFUND_MOVES["refund_transfer"].starts:
        raise NotDecidable
    _arrived(refund)
    repaying.gave_up(db, wallets, bill, refund)
    return _decide(db, bill, number, _Decision("refund_transfer", by, note, refund.called))


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
    _arrived(refund)
    return refund.called is not None


def _arrived(refund: Refund) -> None:
    """Raise ToldJustNow while its wallet may not know a refund yet, or may still be at it."""
    takes = TAKEN if refund.state == "sent" else ARRIVED
    if refund.called and clock.now() < refund.called + takes:
        raise ToldJustNow


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
        if edge.to in ("approved", TRANSFER):
            undisputed(db, current, refund.transaction)
        way = TRANSFER if edge.to == TRANSFER else refund.way
        decided = replace(refund, state=edge.to, decided_by=made.by, asks=0, way=way)
        line = HistoryDoc(
            at=clock.now(), move=made.move, by=made.by, amount=refund.amount, refund=refund.number
        )
        if written is not None:
            line["note"] = written
        if store.change(db, current, _decided(current, decided, line)):
            return decided
    raise Contended


def _still(db: Database, bill: Bill, refund: Refund, made: _Decision) -> bool:
    """Whether what is given up, or paid in another way, is as it was when its wallet was asked."""
    if made.move not in ("refund_dropped", "payout_dropped", "refund_transfer"):
        return True
    untold = made.move == "payout_dropped"
    return refund.called == made.called and stuck(db, bill, refund) == untold


def _decided(bill: Bill, decided: Refund, line: HistoryDoc) -> Change:
    free = decided.state in NOT_RETURNED
    kept = free and not decided.surplus
    return Change(
        values=values(bill, decided),
        lines=(line,),
        promises=sending(bill.number, decided),
        postings=ledger.post("kept", decided.amount, decided.number) if kept else (),
        refundable=decided.amount if free else 0,
    )
