"""The one place where money becomes fact: notices, queries and return pages all end here."""

from collections.abc import Callable
from dataclasses import replace

from base import clock, outbox
from base.outbox import Promise
from base.store import Database, Document

from . import bank, ledger, order_numbers, refunds, returns, store
from .moves import ASKED, ATTEMPT_MOVES, BILL_MOVES, correcting
from .outcomes import Outcome, audited, doubt, fact, fact_id, paid, park, payer_digest, received
from .records import BANK, Attempt, Bill, HistoryDoc
from .store import TRIES, Change, Contended
from .wallets import Notice
from .wallets.wallet import CURRENCY

# Why a payment lies in the quarantine of which its wallet has given something back.
REFUNDED = "refund"
Decide = Callable[[Database, Notice, Bill, Attempt], Outcome | None]


def settle(db: Database, notice: Notice) -> Outcome:
    """Book a payment or a refund once, if everything in it agrees with what we asked for.

    Whatever does not fit lies in the quarantine before this returns. Raises Contended.
    """
    decide = DECIDERS.get(notice.kind)
    if decide is None:
        return park(db, notice.kind, notice, order_numbers.bill_of(notice.attempt) or "")
    number = order_numbers.bill_of(notice.attempt)
    for _ in range(TRIES):
        bill = store.find(db, number) if number else None
        attempt = _order(bill, notice) if bill else None
        if bill is None or attempt is None or attempt.wallet != notice.provider:
            return park(db, "order", notice)
        outcome = decide(db, notice, bill, attempt)
        if outcome is not None:
            return outcome
    raise Contended


def _order(bill: Bill, notice: Notice) -> Attempt | None:
    """The order that a notice is about."""
    known = bill.attempts.get(notice.attempt)
    return bank.order(bill, notice) if notice.provider == BANK else known


def _pay(db: Database, notice: Notice, bill: Bill, attempt: Attempt) -> Outcome | None:
    """Book a payment: it settles its bill, or nobody owed it and it goes back by itself."""
    doubted = _doubt(attempt, notice)
    if doubted:
        return park(db, doubted, notice, bill.number)
    if attempt.transaction == notice.transaction:
        audited(db, notice, bill, bill.history)
        return Outcome("already")
    wanted = bill.state in BILL_MOVES["pay"].starts and attempt.amount == bill.total
    change = _paid(notice, bill, attempt) if wanted else _surplus(notice, bill, attempt)
    booked = store.book(db, fact(notice, bill, surplus=not wanted), bill, change)
    if booked == "known":
        return _known(db, notice)
    if booked == "lost":
        return None
    audited(db, notice, bill, change.lines)
    return Outcome("settled" if wanted else "returning")


def _doubt(attempt: Attempt, notice: Notice) -> str:
    """The first thing in which a payment differs from what was ordered."""
    payers = {payer_digest(each) for each in (notice.payer, notice.alias)}
    return doubt(
        {
            "amount": (attempt.amount, notice.amount),
            "currency": (CURRENCY, notice.currency),
            "merchant": (attempt.merchant, notice.merchant),
            "app": (attempt.app, notice.app),
            "payer": (True, not attempt.payer or attempt.payer in payers),
        }
    )


def _known(db: Database, notice: Notice) -> Outcome:
    """The transaction is booked; for another order that would be a contradiction."""
    booked = store.fact(db, fact_id(notice))
    if booked is None or booked["attempt"] != notice.attempt:
        return park(db, "transaction", notice)
    return Outcome("already")


def _paid(notice: Notice, bill: Bill, attempt: Attempt) -> Change:
    move = correcting(ATTEMPT_MOVES, attempt.state, "paid", "paid_corrected")
    values = _shifted(notice, attempt, move)
    values["state"] = BILL_MOVES["pay"].to
    values["paid"] = paid(notice)
    return Change(
        values=values,
        lines=(_line(notice, move),),
        promises=_promises(notice, bill),
        postings=ledger.post("paid", notice.amount, notice.transaction),
        received=received(notice),
        refundable=notice.amount,
    )


def _surplus(notice: Notice, bill: Bill, attempt: Attempt) -> Change:
    """Money that nobody owed is booked with the refund that gives it back, in one write."""
    move = correcting(ATTEMPT_MOVES, attempt.state, "surplus", "surplus_corrected")
    extra = received(notice, surplus=True)
    asked = refunds.asking(bill, refunds.automatic(extra, "surplus"))
    return Change(
        values=_shifted(notice, attempt, move) | asked.values,
        lines=(_line(notice, move), *asked.lines),
        promises=asked.promises,
        postings=ledger.post("surplus", notice.amount, notice.transaction),
        received=extra,
        refundable=0,
    )


def _shifted(notice: Notice, attempt: Attempt, move: str) -> Document:
    """What becomes of the attempt; a second payment of one attempt leaves the first alone."""
    if attempt.state not in ATTEMPT_MOVES[move].starts:
        return {}
    state = ATTEMPT_MOVES[move].to
    return replace(attempt, state=state, transaction=notice.transaction).kept()


def _line(notice: Notice, move: str) -> HistoryDoc:
    return HistoryDoc(
        at=clock.now(), move=move, by="system", attempt=notice.attempt, amount=notice.amount
    )


def _promises(notice: Notice, bill: Bill) -> tuple[Promise, ...]:
    """Tell the case; and have every other order that could still be paid closed at its wallet."""
    told = outbox.promise(
        "bill.paid",
        bill=bill.number,
        case=bill.case,
        resident=bill.resident,
        amount=notice.amount,
    )
    others = tuple(
        outbox.promise("attempt.ask", bill=bill.number, attempt=each.number)
        for each in bill.attempts.values()
        if each.number != notice.attempt and each.state in ASKED
    )
    return (told, *others)


def _close(db: Database, notice: Notice, bill: Bill, attempt: Attempt) -> Outcome | None:
    """The wallet says that an order can no longer be paid; a paid one stays paid."""
    doubted = _doubt(attempt, notice)
    if doubted:
        return park(db, doubted, notice, bill.number)
    move = ATTEMPT_MOVES["closed"]
    if attempt.state not in move.starts:
        return Outcome("noted")
    line = HistoryDoc(at=clock.now(), move="closed", by="system", attempt=attempt.number)
    values = {f"attempts.{attempt.number}.state": move.to}
    return Outcome("noted") if store.change(db, bill, Change(values, (line,))) else None


DECIDERS: dict[str, Decide] = {"payment": _pay, "closing": _close, "refund": returns.book}
