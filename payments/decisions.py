"""What officers decide about refunds: never the one who asked, and each by one guarded write."""

from dataclasses import replace

from base import clock, outbox
from base.errors import Conflict, Forbidden
from base.outbox import Promise
from base.store import Database

from . import ledger, repaying, returns, store
from .moves import NOT_RETURNED, REFUND_MOVES
from .records import Bill, HistoryDoc, Refund
from .refunds import find, sealed, sending, undisputed, values
from .store import TRIES, Change, Contended
from .wallets import Wallets


class SameOfficer(Forbidden):
    """Whoever asked for a refund does not approve it."""

    code = "same_officer"


class NotDecidable(Conflict):
    """The refund is past this decision."""

    code = "refund_not_decidable"


def approve(db: Database, bill: str, number: str, *, by: str) -> Refund:
    """Agree to a refund that another officer asked for; it is sent to its wallet.

    Raises NoSuchBill, NoSuchRefund, SameOfficer, NotDecidable, PaymentDisputed, Contended.
    """
    return _decide(db, bill, number, "refund_approved", by)


def reject(db: Database, bill: str, number: str, *, by: str, note: str) -> Refund:
    """Decide against a refund; its sum is refundable again. Raises as `approve`, and BadRefund."""
    return _decide(db, bill, number, "refund_rejected", by, note)


def again(db: Database, bill: str, number: str, *, by: str) -> Refund:
    """Send a refund its wallet refused once more, under the same number; raises as `approve`."""
    return _decide(db, bill, number, "refund_again", by)


def drop(db: Database, wallets: Wallets, bill: str, number: str, *, by: str, note: str) -> Refund:
    """Give up a refund that its wallet refused or closed; its sum is refundable again.

    The wallet is asked first: NotDecidable when it knows of the refund after all. What waits to be
    handed out is given up at once, and so is what no wallet was told of because its payment is
    overdrawn. Raises as `approve`, and BadRefund; Unreachable when it is silent.
    """
    current = store.get(db, bill)
    refund, edge = find(current, number), REFUND_MOVES["refund_dropped"]
    if refund.by_hand or (current.overdrawn(refund.transaction) and refund.called is None):
        return _decide(db, bill, number, "payout_dropped", by, note)
    if refund.state in edge.starts and not repaying.came_to_nothing(db, wallets, bill, number):
        raise NotDecidable
    return _decide(db, bill, number, "refund_dropped", by, note)


def _decide(
    db: Database, bill: str, number: str, move: str, by: str, note: str | None = None
) -> Refund:
    """Make an officer's move of REFUND_MOVES on a refund that somebody else asked for."""
    written = None if note is None else sealed(note)
    edge = REFUND_MOVES[move]
    for _ in range(TRIES):
        current = store.get(db, bill)
        refund = find(current, number)
        if refund.requested_by == by:
            raise SameOfficer
        if refund.state not in edge.starts:
            raise NotDecidable
        if edge.to == "approved":
            undisputed(db, current, refund.transaction)
        decided = replace(refund, state=edge.to, decided_by=by, asks=0)
        line = HistoryDoc(
            at=clock.now(), move=move, by=by, amount=refund.amount, refund=refund.number
        )
        if written is not None:
            line["note"] = written
        if store.change(db, current, _decided(current, decided, line)):
            return decided
    raise Contended


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
