"""A statement held against our books: two ordered streams walked once, side by side."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from ..statements import REFUND, Line

# What is wrong, and which class of difference that is: see docs/money.md.
CLASSES: Final[Mapping[str, str]] = {
    "unbooked": "long",
    "stranger": "long",
    "unlisted": "short",
    "amount": "amount",
    "day_cut": "doubt",
    "repeated": "twice",
    "identity": "identity",
    "refund_console": "refund",
    "refund_stranger": "refund",
    "refund_unbooked": "refund",
    "refund_unlisted": "refund",
    "refund_amount": "refund",
    "unbacked": "short",
    "refund_unbacked": "refund",
    "bill_differs": "bill",
    "case_differs": "bill",
    "funds_differ": "funds",
}
_KEY: Final = itemgetter(0, 1)


class Entry(NamedTuple):
    """One booked payment or refund; entries sort as lines do. `fault` is what its bill denies."""

    kind: str
    number: str
    transaction: str
    amount: int
    at: datetime
    bill: str
    agency: str
    surplus: bool
    fault: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What the two sides say of one transaction; either may be silent, `cause` is empty if well."""

    cause: str
    line: Line | None
    entry: Entry | None


def pairs(theirs: Iterable[Line], ours: Iterable[Entry]) -> Iterator[Pair]:
    """Every line and every entry once, with the other side's; both streams must be in order.

    "theirs" and "ours" stand for what one side alone has: where else it may be is for others to
    find out.
    """
    for lines, entries in _together(theirs, ours):
        yield from _judged(lines, entries)


def _together(
    theirs: Iterable[Line], ours: Iterable[Entry]
) -> Iterator[tuple[list[Line], list[Entry]]]:
    """What both sides have under one kind and number, number by number."""
    left, right = groupby(theirs, _KEY), groupby(ours, _KEY)
    here, there = next(left, None), next(right, None)
    while here or there:
        if there is None or (here and here[0] < there[0]):
            assert here
            yield list(here[1]), []
            here = next(left, None)
        elif here is None or there[0] < here[0]:
            yield [], list(there[1])
            there = next(right, None)
        else:
            yield list(here[1]), list(there[1])
            here, there = next(left, None), next(right, None)


def _judged(lines: list[Line], entries: list[Entry]) -> Iterator[Pair]:
    """Pair by transaction; what is left on both sides under one number is one contradiction."""
    known = {each.transaction: each for each in entries}
    alone: list[Line] = []
    seen: set[str] = set()
    for line in lines:
        entry = known.pop(line.transaction, None)
        if line.transaction in seen:
            yield Pair("repeated", line, entry)
        elif entry is None:
            alone.append(line)
        else:
            yield Pair(_cause(line, entry), line, entry)
        seen.add(line.transaction)
    rest = list(known.values())
    while alone and rest:
        yield Pair("identity", alone.pop(0), rest.pop(0))
    yield from (Pair("theirs", line, None) for line in alone)
    yield from (Pair("ours", None, entry) for entry in rest)


def _cause(line: Line, entry: Entry) -> str:
    if line.amount == entry.amount:
        return ""
    return "refund_amount" if line.kind == REFUND else "amount"
