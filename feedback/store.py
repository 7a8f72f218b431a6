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
TALKS_KEPT_SECONDS: Final = 180 * 86400

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


class CheckRow(TypedDict):
    """The platform's verdict on words or a photograph; `why` is a code where there was none."""

    verdict: str
    label: int
    why: str
    at: datetime


class PublicRow(TypedDict):
    """An answer made public, or on its way there; `service` is "" for none, texts are sealed."""

    state: str
    service: str
    question: str
    answer: str
    photos: list[str]
    by: str
    decided_by: str | None
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
    may_publish: NotRequired[bool]
    checks: NotRequired[dict[str, CheckRow]]
    traces: NotRequired[dict[str, str]]
    traced: NotRequired[list[str]]
    public: NotRequired[PublicRow]
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


class LineRow(TypedDict):
    """One line of a talk, its words sealed; `n` is its place in the order.

    `sent` is "" for the resident's own; ours are waiting, then sent, unknown where the platform's
    word was lost twice, or held where it refused them (`reason` is its code) and they lie in the
    inbox.
    """

    n: int
    at: datetime
    by: str
    text: str
    sent: str
    reason: NotRequired[str]
    file: NotRequired[str]


class TalkRow(TypedDict):
    """The talk of one WeChat account, opened again and again; `lines` by their id.

    `key` is the digest of the message that opened it last, `told` what came before it, sealed;
    `until` is when it ends for want of a word, `closed` when it ended.
    """

    _id: str
    number: str
    key: str
    kind: str
    openid: str
    resident: str
    state: str
    owner: str | None
    version: int
    opened: datetime
    heard: datetime
    until: datetime
    told: str
    lines: dict[str, LineRow]
    ended_by: str | None
    closed: NotRequired[datetime]
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
    Index("tickets", [("traced", 1)], serves="the ticket of a content check"),
    Index(
        "tickets",
        [("public.state", 1), ("public.service", 1), ("public.at", -1)],
        serves="public answers about a service",
    ),
    Index("tickets", [("public.state", 1), ("public.at", -1)], serves="the latest public answers"),
    *outbox.indexes("tickets"),
    *BOOK.indexes,
    Index("ratings", [("resident", 1), ("at", -1)], serves="a resident's own ratings"),
    Index("ratings", [("bad", 1), ("at", -1)], serves="bad ratings of the county"),
    Index("ratings", [("agency", 1), ("bad", 1), ("at", -1)], serves="bad ratings of an agency"),
    *outbox.indexes("ratings"),
    Index("talks", [("state", 1), ("opened", 1)], serves="who waits longest for a human"),
    Index("talks", [("state", 1), ("until", 1)], serves="talks in which nobody says anything"),
    Index("talks", [("resident", 1)], serves="a merged resident's talks"),
    Index(
        "talks",
        [("closed", 1)],
        expire_seconds=TALKS_KEPT_SECONDS,
        serves="forgetting old talks, and the latest of them",
    ),
    *outbox.indexes("talks"),
)


def tickets(db: Database) -> Collection[TicketRow]:
    """Tickets by number."""
    return cast("Collection[TicketRow]", db["tickets"])


def ratings(db: Database) -> Collection[RatingRow]:
    """Ratings of cases by case number."""
    return cast("Collection[RatingRow]", db["ratings"])


def talks(db: Database) -> Collection[TalkRow]:
    """Talks by the digest of the account they are held with."""
    return cast("Collection[TalkRow]", db["talks"])
