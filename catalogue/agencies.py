"""The county's agencies: who answers for a service, and how to reach them."""

from dataclasses import dataclass
from typing import Any

from base.errors import Missing
from base.store import Database

from . import store

LEVELS = ["3", "4", "5"]


class NoSuchAgency(Missing):
    """No agency bears this id."""

    code = "no_such_agency"


@dataclass(frozen=True)
class Office:
    """An agency with its telephones; `unconfirmed` names what the sample county has invented."""

    id: str
    name: str
    level: str
    region: str
    parent: str | None
    phone: str
    complaint_phone: str
    unconfirmed: dict[str, str]


def get(db: Database, id: str) -> Office:
    """One agency; raises NoSuchAgency."""
    row = store.one(db, "agencies", id)
    if row is None:
        raise NoSuchAgency()
    return _office(row)


def browse(db: Database) -> list[Office]:
    """Every agency, the county's before the towns'."""
    rows = store.of_levels(db, "agencies", LEVELS)
    return [_office(row) for row in sorted(rows, key=lambda row: (row["level"], row["_id"]))]


def _office(row: dict[str, Any]) -> Office:
    return Office(
        id=row["_id"], name=row["name"], level=row["level"], region=row["region"],
        parent=row["parent"], phone=row["phone"], complaint_phone=row["complaint_phone"],
        unconfirmed=row["unconfirmed"],
    )  # fmt: skip
