"""Refunds made at a wallet's own console: money that went back without our asking, booked once."""

import re
from typing import Final

from base import clock, outbox
from base.store import Database

from . import ledger, order_numbers, quarantine, refunds, store, turns
from .outcomes import Outcome, fact, park
from .records import Bill, HistoryDoc, ReceivedDoc, Refund
from .settlement import settle
from .store import TRIES, Change, Contended, shelf
from .wallets import Notice

REASON: Final = "console"
# What may be the name of a field in a bill; a wallet's console makes such numbers.
_NUMBER: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


def book(db: Database, notice: Notice) -> Outcome:
    """Book a refund nobody here asked for, if so much of its payment is left; raises Contended.

    `notice` must be proven, by the wallet's answer or by its own statement. One of ours is
    settled as usual, one that does not fit lies in the quarantine.
    """
    number = order_numbers.bill_of(notice.attempt)
    for _ in range(TRIES):
        bill = store.find(db, number) if number else None
        if bill is None:
            return park(db, "order", notice)
        if notice.refund in bill.refunds:
            return _again(db, notice, bill.refunds[notice.refund])
        payment = _payment(bill, notice)
        if payment is None:
            return park(db, "refund", notice, bill.number)
        booked = store.book(
            db, fact(notice, bill, surplus=payment["surplus"]), bill, _change(bill, payment, notice)
        )
        if booked != "lost":
            _lift(db, notice)
            return Outcome("settled" if booked == "booked" else "already")
    raise Contended


def _again(db: Database, notice: Notice, known: Refund) -> Outcome:
    """Settle what is in the bill; whoever booked it may have died before _lift."""
    outcome = settle(db, notice)
    if known.reason == REASON and outcome.result == "already":
        _lift(db, notice)
    return outcome


def _payment(bill: Bill, notice: Notice) -> ReceivedDoc | None:
    """The payment it gives back from, if that has so much left and the number can be kept."""
    known = (each for each in bill.received if each["transaction"] == notice.of)
    payment = next(known, None)
    fits = notice.fate == "succeeded" and notice.currency == "CNY"
    if payment is None or not fits or not _NUMBER.fullmatch(notice.refund):
        return None
    enough = 0 < notice.amount <= min(bill.left(notice.of), bill.refundable)
    return payment if enough and payment["attempt"] == notice.attempt else None


def _change(bill: Bill, payment: ReceivedDoc, notice: Notice) -> Change:
    """The refund as if it had been asked for and done in one."""
    moment = clock.now()
    made = Refund(
        number=notice.refund,
        attempt=notice.attempt,
        wallet=notice.provider,
        transaction=notice.of,
        amount=notice.amount,
        of=payment["amount"],
        surplus=payment["surplus"],
        reason=REASON,
        state="succeeded",
        requested_by=turns.SYSTEM,
        created=moment,
        decided_by=turns.SYSTEM,
        id=notice.transaction,
        done=notice.paid_at,
    )
    line = HistoryDoc(
        at=moment,
        move="refund_console",
        by=turns.SYSTEM,
        attempt=notice.attempt,
        amount=notice.amount,
        refund=made.number,
    )
    told = outbox.promise("refund.told", bill=bill.number, refund=made.number, kind="refund_done")
    promised = () if made.surplus else ledger.post("promised", made.amount, made.number)
    return Change(
        values=refunds.values(bill, made),
        lines=(line,),
        promises=(told,),
        postings=(*promised, *ledger.post("returned", made.amount, made.number)),
        refundable=-made.amount,
    )


def _lift(db: Database, notice: Notice) -> None:
    """What the quarantine kept about this refund has been seen to."""
    names = (f"refund:{notice.transaction}", f"payment:{notice.of}")
    for name in names:
        try:
            id = f"refund:{notice.provider}:{name}"
            quarantine.resolve(db, id, turns.SYSTEM, REASON)
        except (shelf.NoSuchItem, quarantine.AlreadyResolved):
            continue
