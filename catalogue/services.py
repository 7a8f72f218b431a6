"""Services on the shelf, and any version a case was filed under."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from base.errors import Missing
from base.store import Database

from . import store
from .conditions import holds
from .rules import PERSON
from .shapes import Agency, Material, Service


class NoSuchService(Missing):
    """No published service bears this key."""

    code = "no_such_service"


class NoSuchVersion(Missing):
    """The service never had this version."""

    code = "no_such_version"


def get(db: Database, key: str) -> Service:
    """The published version of a service; raises NoSuchService."""
    row = store.published(db, key)
    if row is None:
        raise NoSuchService()
    return read(row)


def at(db: Database, key: str, version: int) -> Service:
    """The version a case keeps, published or not; raises NoSuchVersion."""
    row = store.version(db, key, version)
    if row is None:
        raise NoSuchVersion()
    return read(row)


def browse(db: Database, theme: str | None = None) -> list[Service]:
    """Every published service, or those of a theme, in the order of their keys."""
    return [read(row) for row in sorted(store.shelf(db, theme), key=lambda row: str(row["_id"]))]


def themes(db: Database) -> list[tuple[str, int]]:
    """(theme, how many services), the fullest first."""
    count = Counter(theme for row in store.shelf(db) for theme in row["themes"])
    return sorted(count.items(), key=lambda each: (-each[1], each[0]))


def serves_companies(service: Service) -> bool:
    """Whether a company (or any other organisation) may apply."""
    return any(each != PERSON for each in service.service_objects)


def serves_people(service: Service) -> bool:
    """Whether somebody may apply in her own name."""
    return PERSON in service.service_objects


def materials(service: Service, answers: Mapping[str, Any]) -> list[Material]:
    """The papers this application needs, those under a condition only where it is met."""
    return [each for each in service.materials if holds(each["when"], answers)]


def uploads(service: Service, answers: Mapping[str, Any]) -> list[Material]:
    """The papers whose picture must come with this application: no licence stands in for them."""
    wanted = materials(service, answers)
    return [m for m in wanted if m["upload"] and m["required"] and not m["waivable_by_e_licence"]]


def read(row: Mapping[str, Any]) -> Service:
    """A stored row as a Service."""
    content = dict(row["content"])
    sure = {each["path"]: each["as"] for each in content.pop("unconfirmed")}
    agency = Agency(**content.pop("agency"))
    return Service(version=row["version"], agency=agency, provenance=sure, **content)
