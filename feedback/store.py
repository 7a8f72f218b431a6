"""Where tickets and ratings are kept: rows, collections and the indexes that serve them.

Shard keys on a cluster: `_id` (hashed). A ticket's number is claimed by the digest of resident and
idempotency key, so that a double tap needs no unique index beyond `_id`.
"""

from datetime import datetime
from typing import Final, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import outbox
from base.store import Database, Index
from base.submissions import Book

BOOK: Final = Book("ticket_claims", "tickets")

# "from" is a keyword of the language.
Step = TypedDict(
    "Step",
    {
        "at": datetime,
        "move": str,
        "by": str,
        "from": str | None,
        "to": str,
        "note": NotRequired[str],
        "agency": NotRequired[str | None],
    },
)


class RuleRow(TypedDict):
    """The rule a ticket was filed under."""

    key: str
    version: str
    days: int


class AnswerRow(TypedDict):
    """An answer, its text sealed."""

    text: str
    by: str
    at: datetime


class MarkRow(TypedDict):
    """A rating of an answer, its words sealed."""

    grade: str
    tags: list[str]
    words: str | None
    at: datetime


class TicketRow(TypedDict):
    """A consultation or complaint; text and place are sealed, `due_day` is an ISO date."""

    _id: str
    submission: str
    kind: str
    category: str
    route: str
    urgent: bool
    alarms: list[str]
    state: str
    version: int
    resident: str
    agency: str | None
    service: str | None
    case: str | None
    channel: str
    text: str
    place: str | None
    files: list[str]
    enclosed: NotRequired[dict[str, str]]
    rule: RuleRow
    due_day: str
    provisional: bool
    answer: AnswerRow | None
    rating: MarkRow | None
    created: datetime
    changed: datetime
    history: list[Step]
    outbox: dict[str, outbox.Promise]


class RatingRow(TypedDict):
    """The rating of a case, by its number; words are sealed."""

    _id: str
    resident: str
    service: str
    agency: str
    grade: str
    bad: bool
    tags: list[str]
    words: str | None
    at: datetime
    outbox: dict[str, outbox.Promise]


INDEXES: tuple[Index, ...] = (
    Index("tickets", [("resident", 1), ("created", -1)], serves="a resident's own tickets"),
    Index(
        "tickets",
        [("route", 1), ("state", 1), ("agency", 1), ("due_day", 1)],
        serves="the desk of one agency by deadline",
    ),
    Index(
        "tickets",
        [("route", 1), ("state", 1), ("due_day", 1)],
        serves="the desk of the whole county by deadline",
    ),
    *outbox.indexes("tickets"),
    *BOOK.indexes,
    Index("ratings", [("resident", 1), ("at", -1)], serves="a resident's own ratings"),
    Index("ratings", [("bad", 1), ("at", -1)], serves="bad ratings of the county"),
    Index("ratings", [("agency", 1), ("bad", 1), ("at", -1)], serves="bad ratings of an agency"),
    *outbox.indexes("ratings"),
)


def tickets(db: Database) -> Collection[TicketRow]:
    """Tickets by number."""
    return cast("Collection[TicketRow]", db["tickets"])


def ratings(db: Database) -> Collection[RatingRow]:
    """Ratings of cases by case number."""
    return cast("Collection[RatingRow]", db["ratings"])
