"""Days as people say them."""

from datetime import date

from base import texts


def spoken_day(day: str) -> str:
    """The words for an ISO day such as "2026-12-11"."""
    found = date.fromisoformat(day)
    return texts.say("tracking.day", year=found.year, month=found.month, day=found.day)
