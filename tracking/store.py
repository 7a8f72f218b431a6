"""Where cases, messages and message credits are kept: the rows, the guarded writes, the indexes.

Shard keys on a cluster: `_id` (hashed) for every collection here. Uniqueness rests on `_id` alone:
a case is its number, a submission is the digest of resident and key, a message is its key.
"""

from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import clock, outbox
from base.store import Database, Index
from base.submissions import Book
from catalogue.shapes import Limit

BOOK: Final = Book("submissions", "cases")


# The functional form, because `from` is a word of Python's.
Step = TypedDict(
    "Step",
    {
        "at": datetime,
        "move": str,
        "by": str,
        "from": str | None,
        "to": str,
        "note": NotRequired[str],
        "due": NotRequired[str],
        "amount": NotRequired[int],
    },
)
"""One line of a case's history; `note` is sealed, `due` the day promised, `amount` what is owed."""


class FirmRow(TypedDict):
    """A company that a case is for, as it was called then; `standing` C1 or C2 of who filed it."""

    uscc: str
    name: str
    standing: str


class CaseRow(TypedDict):
    """A case; `answers`, notes and defects are sealed, `applicant` is a masked name."""

    _id: str
    submission: str
    resident: str
    company: FirmRow | None
    applicant: str | None
    service: dict[str, Any]
    agency: str
    agency_name: str
    state: str
    version: int
    answers: str
    materials: dict[str, list[str]]
    material_names: dict[str, str]
    quote: dict[str, Any]
    payment: dict[str, Any]
    limit: Limit
    deadline: dict[str, Any] | None
    supplement: dict[str, Any] | None
    history: list[Step]
    created: datetime
    changed: datetime
    outbox: dict[str, outbox.Promise]


class MessageLine(TypedDict):
    """One line of a message's story: what was tried by which channel, and what came of it.

    `credit` stands on a line that opens a send: the consent it goes by, "once" (used up by it),
    "lasting" or "none" (none is needed).
    """

    at: datetime
    outcome: str
    channel: str | None
    reason: str | None
    by: NotRequired[str]
    credit: NotRequired[str]


class WayRow(TypedDict):
    """A channel a message may go by, and the id of its template there, if it has one."""

    channel: str
    template: str | None


class TemplateRow(TypedDict):
    """The template a message was written for: `version` is a digest of its title and keywords.

    `group` is the one its channels are switched off by; `ways` are in the order they are tried.
    """

    version: str
    group: str
    ways: list[WayRow]


class MessageRow(TypedDict):
    """A message to a resident; `words` is sealed JSON, `msgid` is the platform's.

    `about` is the number of the case, ticket or talk it tells about. `about` and `template` are not
    there on what was written before they were kept.
    `turn` sorts a resident's messages; `open` is there while it keeps later ones waiting, and
    `awaited` is the one to ring then. `address` is the digest of whom the present try went to,
    `client` the idempotency id of that try, `opened` when it was first opened and `again` when the
    unknown outcome of it is no longer waited for. `passed` are the channels given up.
    """

    _id: str
    kind: str
    about: NotRequired[str | None]
    resident: str
    words: str
    template: NotRequired[TemplateRow]
    state: str
    urgent: bool
    turn: str
    open: NotRequired[bool]
    awaited: NotRequired[str]
    channel: str | None
    address: str | None
    client: str | None
    msgid: str | None
    reason: str | None
    opened: datetime | None
    again: datetime | None
    repeated: bool
    passed: list[str]
    tries: int
    round: int
    read: bool
    history: list[MessageLine]
    created: datetime
    changed: datetime
    due: NotRequired[datetime]
    stuck: NotRequired[bool]
    outbox: dict[str, outbox.Promise]


class CreditRow(TypedDict):
    """How many one-time messages a WeChat account still allows for one template.

    `told` is when the platform last told of a choice, `refused` when of a refusal, in its seconds;
    for `lead` and `led` see subscriptions.
    """

    _id: str
    account: str
    credits: int
    lead: int
    led: NotRequired[datetime]
    reports: list[str]
    held: list[str]
    told: NotRequired[int]
    refused: NotRequired[int]
    changed: datetime


OWING: Final = Index("cases", [("payment.state", 1)], serves="the cases that owe a fee")
INDEXES: tuple[Index, ...] = (
    OWING,
    Index(
        "cases",
        [("agency", 1), ("state", 1), ("deadline.due_day", 1)],
        serves="an agency's desk: one state, soonest due first",
    ),
    Index(
        "cases",
        [("state", 1), ("deadline.due_day", 1)],
        serves="a supervisor's desk; what is overdue",
    ),
    Index(
        "cases",
        [("agency", 1), ("state", 1), ("changed", -1)],
        serves="an agency's finished cases, latest first",
    ),
    Index("cases", [("state", 1), ("changed", -1)], serves="all finished cases, latest first"),
    Index("cases", [("resident", 1), ("created", -1)], serves="a resident's own cases"),
    *outbox.indexes("cases"),
    *BOOK.indexes,
    Index(
        "messages",
        [("resident", 1), ("created", -1)],
        serves="a resident's inbox, how much of it she has not read, what it says about a case",
    ),
    Index(
        "messages",
        [("resident", 1), ("open", 1), ("turn", 1)],
        serves="which message of a resident goes out before another",
    ),
    Index(
        "messages",
        [("state", 1), ("created", 1)],
        serves="messages that reached nobody; the messages of a day",
    ),
    Index("messages", [("msgid", 1)], serves="which message a platform's report is about"),
    Index(
        "messages",
        [("address", 1), ("opened", 1)],
        serves="which message a report without an id is about",
    ),
    *outbox.indexes("messages"),
    Index("credits", [("account", 1)], serves="forgetting an account that has left"),
)


def cases(db: Database) -> Collection[CaseRow]:
    """The collection of cases."""
    return cast("Collection[CaseRow]", db["cases"])


def messages(db: Database) -> Collection[MessageRow]:
    """The ledger of messages."""
    return cast("Collection[MessageRow]", db["messages"])


def allowances(db: Database) -> Collection[CreditRow]:
    """The collection of message credits."""
    return cast("Collection[CreditRow]", db["credits"])


def change(db: Database, row: CaseRow, update: dict[str, Any]) -> bool:
    """The one guarded write of a case: only from the state and version that were read."""
    guard = {"_id": row["_id"], "state": row["state"], "version": row["version"]}
    update["$set"] = update.get("$set", {}) | {"changed": clock.now()}
    update["$inc"] = {"version": 1}
    return bool(cases(db).update_one(guard, update).modified_count)
