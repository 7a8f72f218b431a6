"""Where people are kept: the rows, the collections and the indexes that serve them.

Shard keys on a cluster: `_id` (hashed) for every collection here. A resident is found by id, an
account by `kind:openid`, a claim (a WeChat union, an identity number) by its keyed digest, so that
whoever comes first owns the document and nobody needs a lock.
"""

from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import outbox
from base.store import Database, Index


class Step(TypedDict):
    """One line of a history."""

    at: datetime
    move: str
    by: str


class Consent(TypedDict):
    """What somebody agreed to: purpose, wording by version, when, and when it was taken back."""

    purpose: str
    version: str
    at: datetime
    withdrawn: datetime | None


class ResidentRow(TypedDict):
    """A resident; name, id_number and phone are sealed, `identity` is a digest of the number.

    `absorbed` are the records that were merged into this one. `found_by` are digests of name and
    phone, by which an operator finds her; `muted` are the channels switched off, by group.
    """

    _id: str
    level: int
    name: str | None
    id_number: str | None
    identity: str | None
    phone: str | None
    agreement: str | None
    consents: list[Consent]
    checks: dict[str, Any]
    merged_into: str | None
    absorbed: NotRequired[list[str]]
    found_by: NotRequired[list[str]]
    muted: NotRequired[dict[str, list[str]]]
    version: int
    created: datetime
    history: list[Step]
    outbox: dict[str, outbox.Promise]


class AccountRow(TypedDict):
    """A WeChat account of a resident; `union` is a digest of its unionid, once that is known.

    `followed` is the platform's own moment of the last time it began to follow us, `looked` when
    the platform was last asked whether it does.
    """

    _id: str
    kind: str
    appid: str
    openid: str
    resident: str
    union: str | None
    following: bool
    scene: str | None
    since: datetime
    followed: NotRequired[datetime]
    looked: NotRequired[datetime]
    conflict: NotRequired[str]


class DepartureRow(TypedDict):
    """When an account left, by the platform's clock, under a digest of its key, for a while."""

    _id: str
    at: datetime
    gone: datetime


class ClaimRow(TypedDict):
    """Which resident a digest belongs to; the first insert wins."""

    _id: str
    resident: str
    at: datetime


class AgentRow(TypedDict):
    """Somebody who may act for a company up to and including a day (ISO date)."""

    until: str
    since: datetime
    by: str


class CompanyRow(TypedDict):
    """A company by its unified social credit code; `people` are all who may act for it."""

    _id: str
    name: str
    representative: str
    agents: dict[str, AgentRow]
    people: list[str]
    version: int
    created: datetime
    history: list[Step]


class OperatorRow(TypedDict):
    """An operator by username; `name` is sealed, `secret` is an argon2 hash."""

    _id: str
    name: str
    secret: str
    roles: list[str]
    agency: str | None
    region: str | None
    active: bool
    version: int
    created: datetime


class SceneRow(TypedDict):
    """A printed code by its scene string; `url` is what to draw once the platform has made it."""

    _id: str
    kind: str
    target: str
    name: str
    url: str | None
    created: datetime
    outbox: dict[str, outbox.Promise]


class ArrivalRow(TypedDict):
    """By which code a resident came, by her id; `known` once her real name was proven after it."""

    _id: str
    scene: str
    at: datetime
    known: bool


class TryRow(TypedDict):
    """Failed sign-ins for one username (as a digest), known or not, until they are forgotten."""

    _id: str
    failures: int
    until: datetime


INDEXES: tuple[Index, ...] = (
    Index("accounts", [("resident", 1)], serves="the accounts of one resident"),
    Index("departures", [("gone", 1)], expire_seconds=0, serves="forgetting who has left"),
    Index("residents", [("found_by", 1)], serves="who has this phone or this name"),
    Index("companies", [("people", 1)], serves="the companies one resident may act for"),
    Index("operators", [("active", 1), ("_id", 1)], serves="who works here"),
    Index("sign_ins", [("until", 1)], expire_seconds=86400, serves="forgetting old failures"),
    *outbox.indexes("residents"),
    Index("scenes", [("kind", 1), ("_id", 1)], serves="the codes of a kind"),
    *outbox.indexes("scenes"),
    Index("arrivals", [("scene", 1), ("known", 1)], serves="whom a code brought"),
)


def residents(db: Database) -> Collection[ResidentRow]:
    """Residents by id."""
    return cast("Collection[ResidentRow]", db["residents"])


def accounts(db: Database) -> Collection[AccountRow]:
    """WeChat accounts by `kind:openid`."""
    return cast("Collection[AccountRow]", db["accounts"])


def departures(db: Database) -> Collection[DepartureRow]:
    """Accounts that have left, by digest."""
    return cast("Collection[DepartureRow]", db["departures"])


def unions(db: Database) -> Collection[ClaimRow]:
    """Which resident a unionid belongs to."""
    return cast("Collection[ClaimRow]", db["unions"])


def identities(db: Database) -> Collection[ClaimRow]:
    """Which resident an identity number belongs to."""
    return cast("Collection[ClaimRow]", db["identities"])


def companies(db: Database) -> Collection[CompanyRow]:
    """Companies by unified social credit code."""
    return cast("Collection[CompanyRow]", db["companies"])


def operators(db: Database) -> Collection[OperatorRow]:
    """Operators by username."""
    return cast("Collection[OperatorRow]", db["operators"])


def sign_ins(db: Database) -> Collection[TryRow]:
    """Failed sign-ins by digest of the username."""
    return cast("Collection[TryRow]", db["sign_ins"])


def scenes(db: Database) -> Collection[SceneRow]:
    """Printed codes by scene string."""
    return cast("Collection[SceneRow]", db["scenes"])


def arrivals(db: Database) -> Collection[ArrivalRow]:
    """By which code residents came, by resident."""
    return cast("Collection[ArrivalRow]", db["arrivals"])
