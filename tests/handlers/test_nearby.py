"""Where to go: what handles a service and is open now comes first."""

from datetime import UTC, datetime

import pytest

from base import clock

HALL = {"Location_X": "31.1284", "Location_Y": "119.1846", "Label": "x"}


@pytest.fixture
def at(county):
    def move(*moment):
        clock.move(county, 0)
        wanted = datetime(*moment, tzinfo=clock.SHANGHAI).astimezone(UTC)
        clock.move(county, (wanted - clock.now()).total_seconds())

    return move


def test_on_a_working_morning_the_nearest_is_open(at, write):
    at(2026, 11, 23, 10, 0)
    first = write(MsgType="location", **HALL).words.split("\n")[1]

    assert first == "· 郎溪县政务服务中心（约10米），现在开门"


def test_on_saturday_what_is_open_is_shown_beside_what_is_nearest(at, write):
    at(2026, 11, 21, 10, 0)
    shown = write(MsgType="location", Location_X="31.052", Location_Y="119.166").words

    assert "十字镇便民服务中心（约10米），现在休息，11月23日08:30开门" in shown
    assert "郎溪县政务服务中心" in shown
    assert "现在开门" in shown


def test_at_night_it_says_when_they_open(at, write):
    at(2026, 11, 23, 22, 0)
    shown = write(MsgType="location", **HALL).words

    assert shown.startswith("这个时间，办事点都已休息")
    assert "11月24日08:30开门" in shown


@pytest.mark.parametrize("words", ["社保卡 附近", "附近社保卡", "社保卡去哪办", "哪里能办社保卡？"])
def test_a_service_beside_the_word_asks_for_a_place_then_answers(at, write, words):
    at(2026, 11, 23, 10, 0)

    assert "要办“" in write(words).words
    answer = write(MsgType="location", **HALL).words
    assert answer.startswith("离您最近的能办“")
    assert "郎溪县政务服务中心（约10米），现在开门" in answer


def test_the_name_of_a_town_is_a_place_too(at, write):
    at(2026, 11, 23, 10, 0)
    write("附近")

    assert "十字镇便民服务中心，现在开门" in write("十字镇").words
    assert "【" in write("换身份证").words


def test_what_is_no_place_is_answered_as_ever(county, write):
    write("附近")

    assert "【" in write("换身份证").words
    assert "【" not in write("十字镇").words


def test_a_known_position_is_used_at_once(at, write):
    at(2026, 11, 23, 10, 0)
    write(MsgType="event", Event="LOCATION", Latitude="31.1284", Longitude="119.1846")

    assert "离您最近的能办“" in write("社保卡 附近").words


def test_a_place_beside_the_word_is_understood(at, write):
    at(2026, 11, 23, 10, 0)

    assert "十字镇便民服务中心" in write("十字镇 附近").words
