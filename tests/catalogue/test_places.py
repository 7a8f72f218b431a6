"""The nearest service point, the points that handle a service, and opening hours."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.clock import SHANGHAI
from base.store import Database
from catalogue import places, regions

DEGREES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_the_nearest_points_come_first_with_their_metres(shipped: Database) -> None:
    found = places.nearest(shipped, 31.0520, 119.1660)

    assert (found[0][0].name, found[0][1]) == ("十字镇便民服务中心", 0)
    assert [far for _, far in found] == sorted(far for _, far in found)
    assert len(found) == 3


def test_only_points_that_handle_the_service_are_offered(shipped: Database) -> None:
    market = places.nearest(shipped, 31.05, 119.16, "food_business_license")
    birth = places.handling(shipped, "birth_registration_service")

    assert [place.name for place, _ in market] == ["郎溪县政务服务中心"]
    assert len(birth) == 113
    assert {place.level for place in birth} == {"5", "6"}


def test_what_was_invented_about_a_place_says_so(shipped: Database) -> None:
    for place in places.handling(shipped):
        assert place.unconfirmed == dict.fromkeys(
            ("address", "hours", "latitude", "longitude", "phone"), "I"
        )
        assert place.phone.startswith("000-0000")
        assert 31.0 <= place.latitude <= 31.3
        assert 119.1 <= place.longitude <= 119.4


@pytest.mark.parametrize(
    ("moment", "hall", "centre"),
    [
        ("2026-11-23T09:00", True, True),
        ("2026-11-23T11:45", True, False),
        ("2026-11-23T12:00", False, False),
        ("2026-11-21T09:30", True, False),
        ("2026-11-22T09:30", False, False),
        ("2026-10-01T09:30", False, False),
        ("2026-10-10T15:00", True, True),
    ],
)
def test_a_counter_is_open_by_its_hours_and_the_calendar(
    shipped: Database, moment: str, hall: bool, centre: bool
) -> None:
    assert places.is_open(places.get(shipped, "hall"), at(moment)) is hall
    assert places.is_open(places.get(shipped, "341821101000"), at(moment)) is centre


def test_whether_a_counter_is_open_now_needs_no_moment(shipped: Database) -> None:
    assert places.is_open(places.get(shipped, "hall")) in (True, False)


def test_places_and_regions_that_are_not_are_missing(shipped: Database) -> None:
    with pytest.raises(places.NoSuchPlace):
        places.get(shipped, "moon")
    with pytest.raises(regions.NoSuchRegion):
        regions.get(shipped, "000000000000")


@given(here=DEGREES, there=DEGREES)
def test_distance_is_the_same_both_ways_and_never_past_the_antipode(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    assert places.metres(here, there) == places.metres(there, here)
    assert places.metres(here, here) == 0
    assert places.metres(here, there) <= 20_015_087


def test_a_degree_of_latitude_is_some_111_kilometres() -> None:
    assert places.metres((31.0, 119.0), (32.0, 119.0)) == pytest.approx(111_195, abs=5)


def test_the_tree_reaches_from_the_county_to_the_villages(shipped: Database) -> None:
    (county,) = regions.tree(shipped)

    assert county.region.name == "郎溪县"
    assert len(county.within) == 15
    assert sum(len(town.within) for town in county.within) == 104


def test_a_region_is_spoken_from_the_county_down(shipped: Database) -> None:
    assert regions.path(shipped, "341821100005") == "郎溪县建平镇南丰社区"
    assert regions.path(shipped, "341821000000") == "郎溪县"
    assert regions.path(shipped, "outside") == ""


def test_a_question_offers_regions_as_deep_as_it_asks(shipped: Database) -> None:
    assert [name for name, _ in regions.choices(shipped, 3)] == ["郎溪县", "不在本县"]
    assert all(len(codes) == 1 for _, codes in regions.choices(shipped, 4))
    assert ("341821100005", "南丰社区") in dict(regions.choices(shipped))["建平镇"]
