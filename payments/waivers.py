"""Reductions and waivers: what of an open bill need not be paid, by which law, granted by two.

One officer asks, another grants, before anything is paid. What is granted becomes a line of the
bill, below zero; when nothing is left to pay, the bill is waived. Orders for the sum as it was are
closed at their wallets, and money that still comes for them is surplus and goes back.
"""

import hashlib
from dataclasses import asdict, dataclass, replace

from base import clock, outbox, texts
from base.errors import Conflict, Forbidden, Invalid, Missing
from base.store import Database

from . import attention, inquiries, ledger, notes, store
from .moves import BILL_MOVES, REDUCTION_MOVES
from .records import Bill, HistoryDoc, LineDoc, Reduction
from .store import TRIES, Change, Contended

LONGEST_BASIS = 100
_SIGNS = 16


class NoSuchReduction(Missing):
    """The bill has no reduction of this id."""

    code = "no_such_reduction"


class BadReduction(Invalid):
    """A reduction needs a sum, the law it rests on and a reason in words."""

    code = "bad_reduction"


class ReductionTooLarge(Conflict):
    """More is to be granted than the bill, or the line, still asks for."""

    code = "reduction_too_large"


class ReductionDiffers(Invalid):
    """The same form was sent before with other words or another sum, or by somebody else."""

    code = "reduction_differs"


class NotReducible(Conflict):
    """Only an open bill can be reduced, and a reduction is decided once."""

    code = "not_reducible"


class SameGranter(Forbidden):
    """Whoever asked for a reduction does not grant it."""

    code = "same_granter"


@dataclass(frozen=True)
class Wish:
    """What an officer asks for: fen of a line (or of the whole bill), the law, why, per `key`."""

    amount: int
    line: str
    basis: str
    note: str
    by: str
    key: str


def ask(db: Database, bill: str, wish: Wish) -> Reduction:
    """Ask for a reduction; another officer must grant it. The same key again is the same one.

    Raises NoSuchBill, BadReduction, ReductionDiffers, NotReducible, ReductionTooLarge, Contended.
    """
    wanted = _wanted(bill, wish)
    for _ in range(TRIES):
        current = store.get(db, bill)
        known = current.reductions.get(wanted.id)
        if known is not None:
            return _same(known, wish)
        if current.state != "open":
            raise NotReducible
        _fits(current, wanted)
        line = HistoryDoc(
            at=wanted.created,
            move="reduction_requested",
            by=wish.by,
            amount=wanted.amount,
            reduction=wanted.id,
            note=wanted.note,
        )
        if store.change(db, current, _written(current, wanted, line)):
            return wanted
    raise Contended


def grant(db: Database, bill: str, id: str, *, by: str) -> Reduction:
    """Agree to a reduction that another officer asked for; the resident is told.

    Raises NoSuchBill, NoSuchReduction, SameGranter, NotReducible, ReductionTooLarge, Contended.
    """
    for _ in range(TRIES):
        current = store.get(db, bill)
        granted = _decided(current, id, by, "reduction_granted")
        _fits(current, granted)
        line = HistoryDoc(
            at=clock.now(), move="reduction_granted", by=by, amount=granted.amount, reduction=id
        )
        if store.change(db, current, _granting(current, granted, line)):
            return granted
    raise Contended


def refuse(db: Database, bill: str, id: str, *, by: str, note: str) -> Reduction:
    """Decide against a reduction; raises as `grant`, and BadReduction without a reason."""
    written = notes.sealed(note, BadReduction)
    for _ in range(TRIES):
        current = store.get(db, bill)
        refused = _decided(current, id, by, "reduction_refused")
        line = HistoryDoc(
            at=clock.now(),
            move="reduction_refused",
            by=by,
            amount=refused.amount,
            reduction=id,
            note=written,
        )
        if store.change(db, current, _written(current, refused, line)):
            return refused
    raise Contended


def waiting(
    db: Database, limit: int = 50, agency: str | None = None
) -> list[tuple[Bill, Reduction]]:
    """Reductions of open bills that wait for a second officer, as `refunds.waiting`."""
    return [
        (bill, each)
        for bill in store.waiting(db, "reduction", limit, agency)
        for each in bill.reductions.values()
        if bill.state == "open" and each.state == "requested"
    ]


def _wanted(bill: str, wish: Wish) -> Reduction:
    basis = wish.basis.strip()
    if wish.amount <= 0 or not wish.key or not 0 < len(basis) <= LONGEST_BASIS:
        raise BadReduction
    return Reduction(
        id=hashlib.sha256(f"{bill}/{wish.key}".encode()).hexdigest()[:_SIGNS],
        amount=wish.amount,
        line=wish.line,
        basis=basis,
        note=notes.sealed(wish.note, BadReduction),
        state="requested",
        requested_by=wish.by,
        created=clock.now(),
    )


def _same(known: Reduction, wish: Wish) -> Reduction:
    """The reduction this key stands for; raises ReductionDiffers where it asks for another."""
    told = (known.amount, known.line, known.basis, known.requested_by, notes.said(known.note))
    if told != (wish.amount, wish.line, wish.basis.strip(), wish.by, wish.note.strip()):
        raise ReductionDiffers
    return known


def _fits(bill: Bill, wanted: Reduction) -> None:
    """Raise unless the bill, and the line if one is named, still ask for so much."""
    asked = sum(each["total"] for each in bill.lines if each["code"] == wanted.line)
    granted = sum(
        each.amount
        for each in bill.reductions.values()
        if each.state == "granted" and each.line == wanted.line
    )
    most = asked - granted if wanted.line else bill.total
    if wanted.amount > min(most, bill.total):
        raise ReductionTooLarge


def _decided(bill: Bill, id: str, by: str, move: str) -> Reduction:
    """A reduction after an officer's decision, if she may make it."""
    found, edge = bill.reductions.get(id), REDUCTION_MOVES[move]
    if found is None:
        raise NoSuchReduction
    if found.requested_by == by:
        raise SameGranter
    if bill.state != "open" or found.state not in edge.starts:
        raise NotReducible
    return replace(found, state=edge.to, decided_by=by)


def _written(bill: Bill, changed: Reduction, line: HistoryDoc) -> Change:
    kept = asdict(changed)
    del kept["id"]
    marks = attention.of(bill, reductions={changed.id: changed})
    return Change({f"reductions.{changed.id}": kept, "attention": marks}, (line,))


def _granting(bill: Bill, granted: Reduction, line: HistoryDoc) -> Change:
    """The one write that makes a reduction count: line, sum, state, ledger and promises."""
    written, left = _written(bill, granted, line), bill.total - granted.amount
    values = written.values | {"lines": [*bill.lines, _line(bill, granted)], "total": left}
    if left == 0:
        values["state"] = BILL_MOVES["waive"].to
    told = outbox.promise(
        "bill.reduced",
        bill=bill.number,
        case=bill.case,
        amount=left,
        off=granted.amount,
        reduction=granted.id,
    )
    return replace(
        written,
        values=values,
        promises=(told, *inquiries.closing(bill)),
        postings=ledger.post("waived", granted.amount, granted.id),
    )


def _line(bill: Bill, granted: Reduction) -> LineDoc:
    names = (each["name"] for each in bill.lines if each["code"] == granted.line)
    return LineDoc(
        code=granted.id,
        name=texts.say("payments.reduction.line", name=next(names, bill.title)),
        amount=-granted.amount,
        unit=texts.say("payments.reduction.unit"),
        quantity=1,
        total=-granted.amount,
        basis=granted.basis,
        granted=granted.decided_by,
    )
