"""Service points: which is nearest, which handles a service, which is open now."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from base import calendar, clock
from base.errors import Missing
from base.store import Database

from . import services, store

LEVELS = ["4", "5", "6"]
_EARTH_METRES = 6_371_000
_SATURDAY = 5
_AHEAD_DAYS = 15


class NoSuchPlace(Missing):
    """No service point bears this id."""

    code = "no_such_place"


@dataclass(frozen=True)
class Place:
    """A service point; in the sample county only its name is real (`unconfirmed` says so)."""

    id: str
    name: str
    kind: str
    level: str
    region: str
    address: str
    latitude: float
    longitude: float
    phone: str
    hours: dict[str, list[list[str]]]
    unconfirmed: dict[str, str]


def get(db: Database, id: str) -> Place:
    """One service point; raises NoSuchPlace."""
    row = store.one(db, "places", id)
    if row is None:
        raise NoSuchPlace()
    return _place(row)


def handling(db: Database, service_key: str | None = None) -> list[Place]:
    """The points that handle a service, by its accept levels (or all): the hall first."""
    levels = services.get(db, service_key).accept_levels if service_key else LEVELS
    return sorted(map(_place, store.of_levels(db, "places", levels)), key=lambda p: (p.level, p.id))


def nearest(
    db: Database, latitude: float, longitude: float, service_key: str | None = None, limit: int = 3
) -> list[tuple[Place, int]]:
    """The nearest points that handle a service (or any), each with its distance in metres."""
    here = (latitude, longitude)
    spots = [
        (each, metres(here, (each.latitude, each.longitude))) for each in handling(db, service_key)
    ]
    return sorted(spots, key=lambda spot: spot[1])[:limit]


def metres(here: tuple[float, float], there: tuple[float, float]) -> int:
    """The great-circle distance between two (latitude, longitude), by the haversine formula."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*here, *there))
    rise, run = math.sin((lat2 - lat1) / 2) ** 2, math.sin((lon2 - lon1) / 2) ** 2
    return round(
        2 * _EARTH_METRES * math.asin(math.sqrt(rise + math.cos(lat1) * math.cos(lat2) * run))
    )


def is_open(place: Place, at: datetime | None = None) -> bool:
    """Whether somebody is at the counter at a moment (default now), by the working-day calendar."""
    moment = (at or clock.now()).astimezone(clock.SHANGHAI)
    return any(start <= moment.time() < end for start, end in _spans(place, moment.date()))


def opens(place: Place, at: datetime | None = None) -> datetime | None:
    """When somebody comes to the counter next; None when nobody does within a fortnight."""
    moment = (at or clock.now()).astimezone(clock.SHANGHAI)
    for day in (moment.date() + timedelta(days=n) for n in range(_AHEAD_DAYS)):
        for start, _ in sorted(_spans(place, day)):
            found = datetime.combine(day, start, clock.SHANGHAI)
            if found > moment:
                return found.astimezone(UTC)
    return None


def _spans(place: Place, day: date) -> list[tuple[time, time]]:
    """From when to when a place is open on a day."""
    spans: list[list[str]] = []
    if calendar.is_working_day(day):
        spans = place.hours["working_days"]
    elif day.weekday() == _SATURDAY:
        spans = place.hours.get("saturday", [])
    return [(_time(start), _time(end)) for start, end in spans]


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _place(row: dict[str, Any]) -> Place:
    kept = {name: value for name, value in row.items() if name not in ("_id", "former_names")}
    return Place(id=row["_id"], **kept)
