"""The slips of the counter: each signed by an officer who did not touch the money.

Singly, or all of a cashier's at the day's close, when the money counted is what they add up to.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from base import clock
from base.errors import Conflict, Forbidden, Invalid, Missing
from base.store import Database, Document

from . import attention, notes, store
from .moves import SLIP_MOVES
from .records import Bill, HistoryDoc, Slip
from .store import TRIES, Change, Contended

Mark = Literal["unsigned", "disputed"]


class NoSuchSlip(Missing):
    """The bill has no slip of this number."""

    code = "no_such_slip"


class SameCashier(Forbidden):
    """Whoever took or gave money does not countersign it."""

    code = "same_cashier"


class NotSignable(Conflict):
    """The slip is signed, or the money counted is not what its slips add up to."""

    code = "not_signable"


class SlipsChanged(Conflict):
    """What waits to be signed is not what the officer was shown and counted."""

    code = "slips_changed"


class BadSlipNote(Invalid):
    """Why a slip is disputed must be said, in few words."""

    code = "bad_slip_note"


def kept(slip: Slip) -> Document:
    """The field of a bill that carries a slip."""
    fields = asdict(slip)
    del fields["number"]
    return {f"slips.{slip.number}": fields}


def line(move: str, by: str, slip: Slip) -> HistoryDoc:
    """The line of a bill's history about a slip."""
    return HistoryDoc(at=clock.now(), move=move, by=by, amount=slip.amount, slip=slip.number)


def sign(db: Database, bill: str, number: str, *, by: str) -> Slip:
    """Countersign a slip of somebody else's.

    Raises NoSuchBill, NoSuchSlip, SameCashier, NotSignable, Contended.
    """
    return _seen(db, bill, number, _Look("slip_signed", by))


def dispute(db: Database, bill: str, number: str, *, by: str, note: str) -> Slip:
    """Refuse to countersign, saying why; the slip stays for the finance office to clear up.

    Raises as `sign`, and BadNote.
    """
    written = notes.sealed(note, BadSlipNote)
    return _seen(db, bill, number, _Look("slip_disputed", by, written))


@dataclass(frozen=True)
class _Look:
    """A move of SLIP_MOVES by an officer, in her words; from fewer states, if they are named."""

    move: str
    by: str
    note: str = ""
    starts: Collection[str] = ()


def _seen(db: Database, bill: str, number: str, look: _Look) -> Slip:
    edge = SLIP_MOVES[look.move]
    for _ in range(TRIES):
        current = store.get(db, bill)
        slip = current.slips.get(number)
        if slip is None:
            raise NoSuchSlip
        if slip.by == look.by:
            raise SameCashier
        if slip.state not in (look.starts or edge.starts):
            raise NotSignable
        seen = replace(slip, state=edge.to, seen_by=look.by)
        told = line(look.move, look.by, slip)
        if look.note:
            told["note"] = look.note
        marks = attention.of(current, slips={number: seen})
        if store.change(db, current, Change(kept(seen) | {"attention": marks}, (told,))):
            return seen
    raise Contended


def waiting(
    db: Database, mark: Mark = "unsigned", limit: int = 0, agency: str | None = None
) -> list[tuple[Bill, Slip]]:
    """The slips that nobody else has signed yet, as `refunds.waiting`.

    What is counted at the day's close is all of it, so that nothing limits it by itself.
    """
    return [
        (bill, each)
        for bill in store.waiting(db, mark, limit, agency)
        for each in bill.slips.values()
        if each.state == mark
    ]


def drawer(slips: Iterable[Slip]) -> int:
    """What must lie in the drawer, or on the terminal: in less out."""
    return sum(each.amount if each.way == "in" else -each.amount for each in slips)


def close(db: Database, slips: Iterable[tuple[str, Slip]], counted: int, *, by: str) -> int:
    """Sign slips (each with its bill) together, when the money counted is what they add up to.

    How many were signed: fewer than given when somebody else saw one meanwhile, and the rest is to
    be counted again. Raises SameCashier, NotSignable, NoSuchBill, NoSuchSlip,
    Contended.
    """
    given = list(slips)
    if any(slip.by == by for _, slip in given):
        raise SameCashier
    if not given or counted != drawer(slip for _, slip in given):
        raise NotSignable
    for signed, (bill, slip) in enumerate(given):
        try:
            _seen(db, bill, slip.number, _Look("slip_signed", by, starts=("unsigned",)))
        except NotSignable:
            return signed
    return len(given)
