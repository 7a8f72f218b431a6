"""The tree of administrative divisions, with the codes of both systems."""

from dataclasses import dataclass
from typing import Any

from base.errors import Missing
from base.store import Database
from base.texts import say

from . import store

OUTSIDE = "outside"
COUNTY, TOWN, VILLAGE = "4", "5", "6"


class NoSuchRegion(Missing):
    """No region bears this code."""

    code = "no_such_region"


@dataclass(frozen=True)
class Region:
    """A division: `code` is statistical (12 digits), `civil_code` civil affairs' or None."""

    code: str
    civil_code: str | None
    name: str
    short_name: str
    level: str
    parent: str | None
    kind: str


@dataclass(frozen=True)
class Branch:
    """A region and what lies within it."""

    region: Region
    within: tuple["Branch", ...]


def get(db: Database, code: str) -> Region:
    """One region by its statistical code; raises NoSuchRegion."""
    row = store.one(db, "regions", code)
    if row is None:
        raise NoSuchRegion()
    return _region(row)


def within(db: Database, code: str) -> list[Region]:
    """The regions right below one, by code."""
    return sorted(map(_region, store.within(db, code)), key=lambda region: region.code)


def tree(db: Database) -> list[Branch]:
    """The counties with their towns and villages."""
    rows = [_region(row) for row in store.of_levels(db, "regions", [COUNTY, TOWN, VILLAGE])]
    below: dict[str | None, list[Region]] = {}
    for region in sorted(rows, key=lambda region: region.code):
        below.setdefault(region.parent, []).append(region)
    return [_branch(each, below) for each in rows if each.level == COUNTY]


def choices(db: Database, levels: int = 5) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a region question offers: (town, [(code, name), …]) groups, then "not in this county".

    `levels` is the depth a question asks for: 5 reaches villages, 4 towns, 3 the county.
    """
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for county in tree(db):
        name = county.region.name
        groups += [(name, [(county.region.code, name)])] if levels <= 3 else []
        groups += [(town.region.name, _offered(town, levels)) for town in county.within]
    outside = say("catalogue.region.outside")
    shown = groups[:1] if levels <= 3 else groups
    return [*shown, (outside, [(OUTSIDE, outside)])]


def path(db: Database, code: str) -> str:
    """The spoken name from the county down (郎溪县建平镇南丰社区); "" for an unknown code."""
    names: list[str] = []
    row = store.one(db, "regions", code)
    while row is not None and row["level"] >= COUNTY:
        names.insert(0, row["short_name"] if row["level"] == VILLAGE else row["name"])
        row = store.one(db, "regions", row["parent"]) if row["parent"] else None
    return "".join(names)


def _offered(town: Branch, levels: int) -> list[tuple[str, str]]:
    whole = [(town.region.code, town.region.name)]
    if levels == 4:
        return whole
    return whole + [(each.region.code, each.region.short_name) for each in town.within]


def _branch(region: Region, below: dict[str | None, list[Region]]) -> Branch:
    return Branch(region, tuple(_branch(each, below) for each in below.get(region.code, [])))


def _region(row: dict[str, Any]) -> Region:
    return Region(
        code=row["_id"], civil_code=row["civil_code"], name=row["name"],
        short_name=row["short_name"], level=row["level"], parent=row["parent"], kind=row["kind"],
    )  # fmt: skip
