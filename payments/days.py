"""Which day of a wallet's statement a moment belongs to: config/reconciliation.toml."""

import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from base import clock

FILE: Final = Path(__file__).parent.parent / "config" / "reconciliation.toml"
_DAY: Final = timedelta(days=1)


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """What config/reconciliation.toml says."""
    return tomllib.loads(FILE.read_text("utf-8"))


def of(provider: str, at: datetime) -> date:
    """The day whose statement tells of what happened at this moment."""
    return (at.astimezone(clock.SHANGHAI) + _head_start(provider)).date()


def span(provider: str, day: date) -> tuple[datetime, datetime]:
    """The first moment of a statement's day, and the first that is no longer in it; UTC."""
    begun = datetime.combine(day, time(), clock.SHANGHAI) - _head_start(provider)
    return begun.astimezone(UTC), (begun + _DAY).astimezone(UTC)


def neighbour(provider: str, at: datetime) -> date | None:
    """The day into whose statement this moment may have fallen instead, if it is near a cut."""
    day = of(provider, at)
    begun, over = span(provider, day)
    if over - at <= buffer():
        return day + _DAY
    return day - _DAY if at - begun <= buffer() else None


def buffer() -> timedelta:
    """How far from the cut two clocks may disagree about the day."""
    return timedelta(minutes=table()["daily"]["buffer_minutes"])


def due() -> list[date]:
    """The days whose statements are to be had by now, the latest first."""
    rules, now = table()["daily"], clock.now().astimezone(clock.SHANGHAI)
    latest = now.date() - _DAY * (1 if now.hour >= rules["from_hour"] else 2)
    return [latest - _DAY * n for n in range(rules["days_back"])]


def owed(known: Callable[[date], bool]) -> list[date]:
    """The days that are due, and those before them since the last that is known, if one is.

    Oldest first: whoever is interrupted finds again what is left, behind the last that is known.
    """
    last = due()
    before = [last[-1] - _DAY * n for n in range(1, table()["daily"]["most_back"] + 1)]
    missed = list(takewhile(lambda day: not known(day), before))
    return sorted(last + missed if len(missed) < len(before) else last)


def is_late(day: date) -> bool:
    """Whether a statement of this day should have been there for long."""
    return clock.now() >= clock_of(day + _DAY, table()["daily"]["alarm_hour"])


def clock_of(day: date, hour: int) -> datetime:
    """An hour of a Shanghai day."""
    return datetime.combine(day, time(hour), clock.SHANGHAI).astimezone(UTC)


@lru_cache(maxsize=16)
def _head_start(provider: str) -> timedelta:
    """How long before midnight a wallet's day ends; nothing for wallets without a statement."""
    ends = time.fromisoformat(table()["wallets"].get(provider, {}).get("ends", "00:00"))
    gone = timedelta(hours=ends.hour, minutes=ends.minute)
    return _DAY - gone if gone else timedelta()
