"""What lies on an agency's desk, counted and turned page by page, so that nobody fetches it all."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from base import calendar, clock
from base.store import Database

from . import records, store
from .moves import FINISHED
from .records import Case

MOST: Final = 100
_RECENT_DAYS: Final = 90
_DUE: Final = "deadline.due_day"


def count(
    db: Database,
    agency: str | None,
    state: str,
    *,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """How many cases `page` would find, at most MOST; cheap enough to ask every ten seconds."""
    return store.cases(db).count_documents(_asked(agency, state, since, until), limit=MOST)


def page(
    db: Database,
    agency: str | None,
    state: str,
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
) -> list[Case]:
    """Cases in one state at one agency (None: at all), soonest due first.

    `since` and `until` are the first and last Shanghai day they are due. Finished cases come latest
    first instead; the days are those of their end, ninety days of them unless `since` says more.
    """
    key, order = ("changed", -1) if state in FINISHED else (_DUE, 1)
    rows = store.cases(db).find(_asked(agency, state, since, until)).sort(key, order).limit(limit)
    return [records.case(row) for row in rows]


def _asked(
    agency: str | None, state: str, since: date | None, until: date | None
) -> dict[str, Any]:
    asked: dict[str, Any] = {"state": state} | ({"agency": agency} if agency else {})
    if state in FINISHED:
        last = until or clock.today()
        first = since or last - timedelta(days=_RECENT_DAYS)
        return asked | {"changed": {"$gte": _begin_of(first), "$lte": calendar.end_of(last)}}
    days = ({"$gte": since.isoformat()} if since else {}) | (
        {"$lte": until.isoformat()} if until else {}
    )
    return asked | ({_DUE: days} if days else {})


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)
