"""Days counted as the law counts them."""

from datetime import datetime

import pytest

from base import clock
from tracking import deadlines


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


def limit(value, unit="working_day"):
    return {"value": value, "unit": unit, "text": ""}


@pytest.mark.parametrize(
    ("kind", "start", "given", "day"),
    [
        ("receipt", "2026-02-12T10:00", limit(20), "2026-02-26"),
        ("decision", "2026-02-13T10:00", limit(1), "2026-02-14"),
        ("decision", "2026-09-20T23:59", limit(20), "2026-10-23"),
        ("decision", "2026-12-03T09:00", limit(20), "2026-12-31"),
        ("delivery", "2026-09-24T09:00", limit(5), "2026-10-15"),
        ("supplement", "2026-11-21T09:00", limit(5), "2026-12-11"),
        ("decision", "2026-09-01T09:00", limit(30, "calendar_day"), "2026-10-08"),
        ("decision", "2026-06-01T09:00", limit(15, "calendar_day"), "2026-06-16"),
        ("decision", "2026-11-20T09:00", limit(0), "2026-11-20"),
        ("decision", "2026-11-21T09:00", limit(0), "2026-11-23"),
    ],
)
def test_the_last_day_is_the_one_the_calendar_gives(kind, start, given, day):
    found = deadlines.reckon(kind, at(start), given)
    assert (found.kind, found.due_day, found.provisional) == (kind, day, False)


@pytest.mark.parametrize("unit", ["working_day", "calendar_day"])
def test_a_day_in_a_year_without_a_notice_is_provisional(unit):
    assert deadlines.reckon("decision", at("2026-12-04T09:00"), limit(30, unit)).provisional


@pytest.mark.parametrize(
    ("promised", "statutory", "value"),
    [(5, 20, 5), (0, 20, 0), (None, 30, 30), (None, None, 20)],
)
def test_a_case_is_measured_by_the_promise_then_the_law(promised, statutory, value):
    limits = {"promised": limit(promised), "statutory": limit(statutory)}
    assert deadlines.limit_of(limits)["value"] == value
