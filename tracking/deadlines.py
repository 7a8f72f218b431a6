"""Until when whom a case waits for: the law's limits and the service's own promise.

Limits of 行政许可法: receipt within 5 working days (art. 32), decision within 20 unless the service
promises less (art. 42), delivery within 10 of the decision (art. 44). A day count begins on the
next day (民法典 201) and does not end on a day off (民法典 203). The 15 working days a resident has
to supplement are local practice, not law.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from base import calendar
from base.errors import Conflict
from catalogue.shapes import Limit, Limits

from .moves import DeadlineKind

RECEIPT_DAYS: Final = 5
SUPPLEMENT_DAYS: Final = 15
DECISION_DAYS: Final = 20
DELIVERY_DAYS: Final = 10
_FIXED_DAYS: Final = {
    "receipt": RECEIPT_DAYS,
    "supplement": SUPPLEMENT_DAYS,
    "delivery": DELIVERY_DAYS,
}


class SupplementNotOver(Conflict):
    """The resident still has time to supplement, so the case cannot be declined for that."""

    code = "supplement_not_over"


@dataclass(frozen=True)
class Deadline:
    """What is awaited (`kind`) by which Shanghai day; provisional while a year has no calendar."""

    kind: DeadlineKind
    due_day: str
    provisional: bool


def limit_of(limits: Limits) -> Limit:
    """The limit a case is measured by: promised, else statutory, else the law's twenty days."""
    for limit in (limits["promised"], limits["statutory"]):
        if limit["value"] is not None:
            return limit
    return {"value": DECISION_DAYS, "unit": "working_day", "text": ""}


def reckon(kind: DeadlineKind, start: datetime, limit: Limit) -> Deadline:
    """The deadline of one kind that starts now; `limit` matters for a decision only."""
    if kind in _FIXED_DAYS:
        due = calendar.due(start, _FIXED_DAYS[kind])
    elif limit["unit"] == "calendar_day":
        due = _calendar_days(start, limit["value"] or 0)
    else:
        due = _working_days(start, limit["value"] or 0)
    return Deadline(kind, due.day.isoformat(), due.provisional)


def _working_days(start: datetime, days: int) -> calendar.Due:
    """Zero days means the same day, or the next working day when offices are closed."""
    due = calendar.due(start, days)
    return due if calendar.is_working_day(due.day) else calendar.due(start, 1)


def _calendar_days(start: datetime, days: int) -> calendar.Due:
    day = calendar.due_in_calendar_days(start, days).day
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return calendar.Due(day, calendar.is_provisional(day))
