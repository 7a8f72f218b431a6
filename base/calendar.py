"""Working-day arithmetic with the State Council's holiday table and a county's own overrides."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import chinese_calendar

from . import clock

_OVERRIDES = Path(__file__).parent.parent / "config" / "calendar.toml"
_LONGEST_DAYS = 2000


@dataclass(frozen=True)
class Due:
    """The last day something may be done on; provisional where no holiday notice is out yet."""

    day: date
    provisional: bool


@lru_cache(maxsize=1)
def _overrides() -> dict[date, bool]:
    """Days of config/calendar.toml: True works, False is off."""
    table = tomllib.loads(_OVERRIDES.read_text("utf-8"))
    working = dict.fromkeys(table.get("working", []), True)
    return working | dict.fromkeys(table.get("off", []), False)


def is_provisional(day: date) -> bool:
    """Whether the arrangement of this day's year has not been published in our tables."""
    return day not in _overrides() and day.year > _last_published_year()


@lru_cache(maxsize=1)
def _last_published_year() -> int:
    return max(int(day.year) for day in chinese_calendar.constants.holidays)


def is_working_day(day: date) -> bool:
    """Whether offices work on this day; past the last published year, every weekday we know of."""
    if day in _overrides():
        return _overrides()[day]
    if is_provisional(day):
        return day.weekday() < 5
    return bool(chinese_calendar.is_workday(day))


def due(start: datetime, working_days: int) -> Due:
    """The n-th working day after the day of `start` in Shanghai.

    The first day itself is not counted (民法典, 期间). 2027 and later rest on config/calendar.toml
    and are provisional until the State Council's notice is in the tables.
    """
    day = start.astimezone(clock.SHANGHAI).date()
    provisional = False
    left = working_days
    for _ in range(_LONGEST_DAYS):
        if left == 0:
            break
        day += timedelta(days=1)
        provisional = provisional or is_provisional(day)
        left -= is_working_day(day)
    return Due(day, provisional)


def due_in_calendar_days(start: datetime, days: int) -> Due:
    """The n-th calendar day after the day of `start` in Shanghai."""
    return Due(start.astimezone(clock.SHANGHAI).date() + timedelta(days=days), provisional=False)


def end_of(day: date) -> datetime:
    """The last second of a Shanghai day, in UTC."""
    return datetime.combine(day, time(23, 59, 59), clock.SHANGHAI).astimezone(UTC)


def working_days_left(last: date) -> int:
    """Working days from tomorrow to `last` inclusive; negative when it has passed."""
    today = clock.today()
    low, high = min(today, last), max(today, last)
    span = (low + timedelta(days=n) for n in range(1, (high - low).days + 1))
    count = sum(is_working_day(day) for day in span)
    return count if last >= today else -count
