"""The hours in which nobody is disturbed."""

from datetime import datetime

import pytest

from app import quiet


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("21:00-08:00", "2026-11-21T22:30+08:00", "2026-11-22T08:00+08:00"),
        ("21:00-08:00", "2026-11-22T07:59+08:00", "2026-11-22T08:00+08:00"),
        ("21:00-08:00", "2026-11-22T08:00+08:00", None),
        ("21:00-08:00", "2026-11-22T20:59+08:00", None),
        ("12:00-14:00", "2026-11-22T12:00+08:00", "2026-11-22T14:00+08:00"),
        ("12:00-14:00", "2026-11-22T14:00+08:00", None),
        ("off", "2026-11-22T03:00+08:00", None),
    ],
)
def test_the_night_ends_in_the_morning(hours, at, until):
    wanted = datetime.fromisoformat(until) if until else None
    assert quiet.until(hours, datetime.fromisoformat(at)) == wanted
