"""The one place where money becomes fact: notices, queries and return pages all end here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from base import clock, outbox, privacy
from base.errors import Conflict
from base.outbox import Promise
from base.store import Database, Document

from . import order_numbers, quarantine, store
from .moves import ASKED, ATTEMPT_MOVES, BILL_MOVES
from .store import Attempt, Bill, HistoryDoc
from .wallets import Notice
from .wallets.wallet import CURRENCY

TRIES = 20
_PAYER = "payments.payer"
_MISMATCHES = frozenset({"amount", "currency", "merchant", "app", "payer"})


class Contended(Conflict):
    """Too many writers wanted the same bill at once; asking again helps."""

    code = "bill_contended"


@dataclass(frozen=True)
class Outcome:
    """What settling came to; `reason` names what did not fit when it is "quarantined".

    "noted" is for notices that move no money.
    """

    result: Literal["settled", "already", "quarantined", "noted"]
    reason: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether the wallet may be told that all is well: never when its word does not fit."""
        return self.reason not in _MISMATCHES


def settle(db: Database, notice: Notice) -> Outcome:
    """Book a payment once, if order, amount, currency, merchant, application and payer agree.

    Whatever does not fit lies in the quarantine before this returns. Raises Contended.
    """
    if notice.kind == "closing":
        return _closed(db, notice)
    if notice.kind != "payment":
        return _park(db, notice.kind, notice, order_numbers.bill_of(notice.attempt) or "")
    return _until_done(db, notice, _book)


def payer_digest(openid: str) -> str:
    """The fingerprint under which a payer is kept and compared."""
    return privacy.digest(openid, _PAYER) if openid else ""


def _until_done(
    db: Database,
    notice: Notice,
    decide: Callable[[Database, Notice, Bill, Attempt], Outcome | None],
) -> Outcome:
    """Read the bill and decide; as often as somebody else changed it in between."""
    number = order_numbers.bill_of(notice.attempt)
    for _ in range(TRIES):
        bill = store.find(db, number) if number else None
        attempt = bill.attempts.get(notice.attempt) if bill else None
        if bill is None or attempt is None or attempt.wallet != notice.provider:
            return _park(db, "order", notice)
        doubt = _doubt(attempt, notice)
        if doubt:
            return _park(db, doubt, notice, bill.number)
        outcome = decide(db, notice, bill, attempt)
        if outcome is not None:
            return outcome
    raise Contended


def _book(db: Database, notice: Notice, bill: Bill, attempt: Attempt) -> Outcome | None:
    if attempt.transaction == notice.transaction:
        return Outcome("already")
    move = "paid" if bill.state in BILL_MOVES["pay"].starts else "surplus"
    if move == "surplus":
        _park(db, move, notice, bill.number)
    booked = store.book(
        db,
        _fact(notice, bill, move),
        bill,
        _values(notice, attempt, move),
        _line(notice, move),
        *(_promises(notice, bill) if move == "paid" else ()),
    )
    if booked == "known":
        return _known(db, notice)
    if booked == "lost":
        return None
    return Outcome("settled") if move == "paid" else Outcome("quarantined", "surplus")


def _doubt(attempt: Attempt, notice: Notice) -> str:
    """The first thing in which the notice differs from what was ordered; empty when it agrees."""
    pairs = {
        "amount": (attempt.amount, notice.amount),
        "currency": (CURRENCY, notice.currency),
        "merchant": (attempt.merchant, notice.merchant),
        "app": (attempt.app, notice.app),
        "payer": (attempt.payer, payer_digest(notice.payer) if attempt.payer else ""),
    }
    return next((name for name, (ours, theirs) in pairs.items() if ours != theirs), "")


def _known(db: Database, notice: Notice) -> Outcome:
    """The transaction is booked; for another order that would be a contradiction."""
    booked = store.fact(db, _fact_id(notice))
    if booked is None or booked["attempt"] != notice.attempt:
        return _park(db, "transaction", notice)
    return Outcome("already")


def _park(db: Database, reason: str, notice: Notice, bill: str = "") -> Outcome:
    quarantine.put(db, reason, notice, bill)
    return Outcome("quarantined", reason)


def _fact_id(notice: Notice) -> str:
    return f"{notice.provider}:{notice.kind}:{notice.transaction}"


def _fact(notice: Notice, bill: Bill, move: str) -> Document:
    kept = ("provider", "kind", "transaction", "attempt", "amount", "currency", "merchant", "app")
    return {name: getattr(notice, name) for name in (*kept, "paid_at", "source", "proof")} | {
        "_id": _fact_id(notice),
        "bill": bill.number,
        "payer": payer_digest(notice.payer),
        "surplus": move == "surplus",
        "at": clock.now(),
    }


def _values(notice: Notice, attempt: Attempt, move: str) -> Document:
    """What the bill's document becomes; a second payment of one attempt leaves the first alone."""
    where, values = f"attempts.{attempt.number}", Document()
    if attempt.state in ATTEMPT_MOVES[move].starts:
        values[f"{where}.state"] = ATTEMPT_MOVES[move].to
        values[f"{where}.transaction"] = notice.transaction
    if move == "paid":
        values["state"] = BILL_MOVES["pay"].to
        values["paid"] = {
            "attempt": notice.attempt,
            "wallet": notice.provider,
            "transaction": notice.transaction,
            "amount": notice.amount,
            "at": notice.paid_at,
        }
    return values


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


def _closed(db: Database, notice: Notice) -> Outcome:
    """The wallet says that an order can no longer be paid; a paid one stays paid."""
    return _until_done(db, notice, _close)


def _close(db: Database, _: Notice, bill: Bill, attempt: Attempt) -> Outcome | None:
    move = ATTEMPT_MOVES["closed"]
    if attempt.state not in move.starts:
        return Outcome("noted")
    line = HistoryDoc(at=clock.now(), move="closed", by="system", attempt=attempt.number)
    done = store.change(db, bill, {f"attempts.{attempt.number}.state": move.to}, line)
    return Outcome("noted") if done else None
