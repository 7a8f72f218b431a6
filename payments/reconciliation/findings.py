"""Where one-sided money may be after all, before it counts as a difference."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from base.store import Database, Document

from .. import days, order_numbers
from ..moves import UNDER_WAY as RETURNING
from ..statements import PAYMENT, UNDER_WAY, Line
from . import books, differences, store
from .books import Books
from .matching import Entry, Pair
from .store import Difference, booked


@dataclass(frozen=True)
class Day:
    """The statement that is being held against our books."""

    id: str
    provider: str
    date: date
    file: str


@dataclass(frozen=True)
class Found:
    """A difference: what is behind it, and what either side says; `theirs` without a line is told.

    (A line that lies in another day's statement is not at hand, its sum is.)
    """

    cause: str
    line: Line | None
    entry: Entry | None
    bill: str = ""
    agency: str = ""
    theirs: int | None = None


def among(
    db: Database, day: Day, met: Iterable[Pair], ours: Books, lines: Sequence[Line]
) -> Iterator[Found]:
    """Every difference of a day: of what two sides say, then of what bills alone still tell of.

    Both come from one walk; `lines` are in order.
    """
    for pair in met:
        if pair.cause or (pair.entry and pair.entry.fault):
            yield from of(db, day, pair)
    for claim in ours.claims():
        if not _listed(lines, claim):
            yield _found(claim.fault, None, claim)


def _listed(lines: Sequence[Line], claim: Entry) -> bool:
    """Whether a statement tells of what a bill claims: then its line is the difference."""
    wanted = (claim.kind, claim.number, claim.transaction)
    place = bisect_left(lines, wanted, key=itemgetter(0, 1, 2))
    return place < len(lines) and lines[place][:3] == wanted


def of(db: Database, day: Day, pair: Pair) -> Iterator[Found]:
    """What of a pair is a difference: nothing, one, or one more for what its bill denies."""
    entry = pair.entry
    if pair.cause == "theirs" and pair.line:
        yield from _theirs(db, day, pair.line)
    elif pair.cause == "ours" and entry:
        yield from _ours(db, day, entry)
    elif pair.cause:
        yield _found(pair.cause, pair.line, entry)
    if entry and entry.fault:
        yield _found(entry.fault, pair.line, entry)


def _theirs(db: Database, day: Day, line: Line) -> Iterator[Found]:
    """A line without an entry on this day: booked on another, under way, or not known to us."""
    fact = booked.fact(db, f"{day.provider}:{line.kind}:{line.transaction}")
    if fact is not None:
        yield from _elsewhere(db, day, line, fact)
        return
    bill = bill_of(db, day.provider, line.order, line.of)
    if bill is None:
        yield Found("stranger" if line.kind == PAYMENT else "refund_stranger", line, None)
    elif line.kind == PAYMENT:
        known = line.order in bill["attempts"]
        yield _unbooked("unbooked" if known else "stranger", line, bill)
    else:
        yield from _refund(db, day, line, bill)


def _refund(db: Database, day: Day, line: Line, bill: Document) -> Iterator[Found]:
    """A refund nobody booked: ours and still on its way, ours and done, or made at the wallet.

    It is noted in any case, for once it is booked its day may be a later one. A line that was
    under way proves nothing about what officers pay by transfer.
    """
    _cross(db, day, line)
    ours = bill["refunds"].get(line.number)
    if ours is None:
        yield _unbooked("refund_console", line, bill)
    elif line.state != UNDER_WAY or not (ours["state"] in RETURNING or ours.get("way")):
        yield _unbooked("refund_unbooked", line, bill)


def _elsewhere(db: Database, day: Day, line: Line, fact: Document) -> Iterator[Found]:
    """A line whose money is booked on another day: noted, so that nobody misses it there."""
    entry = books.entry(db, fact)
    if (fact["number"], fact["amount"]) != (line.number, line.amount):
        cause = "amount" if fact["number"] == line.number else "identity"
        refund = cause == "amount" and line.kind != PAYMENT
        yield _found("refund_amount" if refund else cause, line, entry)
        return
    _cross(db, day, line)
    differences.matched_elsewhere(db, day.provider, fact)


def _cross(db: Database, day: Day, line: Line) -> None:
    row: Document = {"_id": f"{day.provider}:{line.kind}:{line.transaction}", "statement": day.id}
    row |= {"day": day.date.isoformat(), "amount": line.amount, "number": line.number}
    store.cross(db, row | {"offset": line.offset})


def _ours(db: Database, day: Day, entry: Entry) -> Iterator[Found]:
    """An entry without a line: in another day's statement, perhaps in the next, or nowhere."""
    crossed = store.crossing(db, f"{day.provider}:{entry.kind}:{entry.transaction}")
    if crossed is not None and crossed["amount"] == entry.amount:
        return
    payment = entry.kind == PAYMENT
    if crossed is not None:
        cause = "amount" if payment else "refund_amount"
        yield _found(cause, None, entry, theirs=crossed["amount"])
    elif doubtful(db, day.provider, entry.at):
        yield _found("day_cut", None, entry)
    else:
        yield _found("unlisted" if payment else "refund_unlisted", None, entry)


def doubtful(db: Database, provider: str, at: datetime) -> bool:
    """Whether another day's statement, not yet matched, may still tell of this moment's money."""
    other = days.neighbour(provider, at)
    if other is None:
        return False
    found = store.find(db, store.name(provider, other))
    return found is None or found.state not in ("matched", "empty")


def bill_of(db: Database, provider: str, order: str, of: str) -> Document | None:
    """The bill that an order was placed for, or the payment that a refund gives back from."""
    number = order_numbers.bill_of(order)
    if not number and of:
        number = (booked.fact(db, f"{provider}:{PAYMENT}:{of}") or {}).get("bill")
    return booked.bill(db, number) if number else None


def _unbooked(cause: str, line: Line, bill: Mapping[str, Any]) -> Found:
    return Found(cause, line, None, bill["_id"], bill.get("agency", ""))


def _found(cause: str, line: Line | None, entry: Entry | None, theirs: int | None = None) -> Found:
    whose = (entry.bill, entry.agency) if entry else ("", "")
    return Found(cause, line, entry, *whose, theirs=theirs)


def row(day: Day, found: Found) -> Document:
    """A difference as it is kept."""
    line, entry = found.line, found.entry
    told = line or entry
    assert told is not None
    provider, dated = day.provider, day.date.isoformat()
    key = (provider, dated, found.cause, told.kind, told.number, told.transaction)
    return {
        "_id": differences.id_of(*key),
        "statement": day.id,
        "provider": provider,
        "day": dated,
        "cause": found.cause,
        "kind": told.kind,
        "number": told.number,
        "transaction": told.transaction,
        "order": line.order if line else "",
        "of": line.of if line else "",
        "theirs": line.amount if line else found.theirs,
        "ours": entry.amount if entry else None,
        "bill": found.bill,
        "agency": found.agency,
        "file": day.file,
        "offset": line.offset if line else -1,
        "happened": told.at,
    }


def lift_doubts(db: Database, provider: str, day: date) -> None:
    """Doubts about the cut end when the neighbour tells of the money, or is there and does not."""
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        id = store.name(provider, near)
        if sum(_lifted(db, doubt) for doubt in store.differences(db, id, "waiting")):
            differences.tell(db, id)


def _lifted(db: Database, doubt: Difference) -> bool:
    if store.crossing(db, f"{doubt.provider}:{doubt.kind}:{doubt.transaction}") is not None:
        return differences.mended(db, doubt, "crossed")
    if doubtful(db, doubt.provider, doubt.happened):
        return False
    differences.escalate(db, doubt)
    return True
