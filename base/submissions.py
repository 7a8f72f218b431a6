"""A submission becomes one document under one number, however often and at once it is tried.

Its id is a digest of who submitted and of her key. It claims a number first, then the document is
inserted under it; each step may be repeated, so that a double tap and a crash halfway both end in
one document. Uniqueness rests on `_id` alone, as a sharded cluster wants it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import clock, numbers
from .errors import Conflict
from .store import Database, Index, add

_PATIENCE = 8
_CLAIMED_SECONDS = 90 * 86400


class NoNumber(Conflict):
    """No free number was found at several tries, which only happens when the day is full."""

    code = "no_number"


@dataclass(frozen=True)
class Book:
    """The collections of one kind of submission: claimed numbers, and documents under them.

    A document names its submission under `submission`.
    """

    claims: str
    documents: str

    @property
    def indexes(self) -> tuple[Index, ...]:
        """What every book needs."""
        forgetting = "forgetting keys nobody repeats any more"
        holding = "whether what a file was attached to has come about"
        return (
            Index(self.claims, [("at", 1)], expire_seconds=_CLAIMED_SECONDS, serves=forgetting),
            Index(self.documents, [("submission", 1)], serves=holding),
        )


def find(db: Database, book: Book, id: str) -> Any | None:
    """The document a recent submission has become, if it has."""
    claim = db[book.claims].find_one({"_id": id})
    row = claim and db[book.documents].find_one({"_id": claim["number"]})
    return row if row and row["submission"] == id else None


def enter(db: Database, book: Book, id: str, row: Callable[[str], Any]) -> Any:
    """The document of a submission: `row(number)`, or what a twin has made of it.

    A number that is another document's already is exchanged. Raises NoNumber.
    """
    for _ in range(_PATIENCE):
        number = _claim(db, book, id)
        add(db[book.documents], row(number))
        entered = find(db, book, id)
        if entered is not None:
            return entered
        guard, fresh = {"_id": id, "number": number}, {"number": numbers.new()}
        db[book.claims].update_one(guard, {"$set": fresh})
    raise NoNumber


def _claim(db: Database, book: Book, id: str) -> str:
    """The number of a submission, which the first to ask has drawn."""
    number = numbers.new()
    add(db[book.claims], {"_id": id, "number": number, "at": clock.now()})
    held = db[book.claims].find_one({"_id": id})
    return str(held["number"]) if held else number


def holder(db: Database, book: Book, id: str) -> Any | None:
    """The document of a submission of any age, for whoever has no hurry."""
    for row in db[book.documents].find({"submission": id}).limit(1):
        return row
    return None
