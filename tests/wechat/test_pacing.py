"""Everybody together keeps an endpoint's rate, and nobody waits long in place."""

import time
from datetime import timedelta

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat import gateway, pacing
from app.wechat.pacing import Pace, Rate
from app.wechat.shelf import Shelf
from app.wechat.verdicts import Held
from base import clock
from tests.journey.platform import eventually
from tests.people.threads import at_once

SEND = "/cgi-bin/message/template/send"


def kept(pace, calls):
    """How many of some calls made at once were let through, and how long that took."""
    began, passed = time.monotonic(), 0

    def one():
        nonlocal passed
        try:
            pace.keep("wx1", SEND)
        except Held:
            return
        passed += 1

    at_once(*[one] * calls)
    return passed, time.monotonic() - began


@pytest.fixture
def nowhere():
    client = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    yield client
    client.close()


def test_sends_stay_below_a_hundred_in_any_second():
    for path in gateway._SENDS.values():
        rate = pacing.rates()[path]
        assert rate.per_second + rate.burst <= 100


def test_two_processes_share_one_rate(redis):
    rate = pacing.rates()[SEND]
    passed, _ = kept(Pace(Shelf(redis)), 40)
    more, seconds = kept(Pace(Shelf(redis)), 60)

    most = rate.burst + rate.per_second * (seconds + pacing.PATIENCE_SECONDS + 1)
    assert 40 <= passed + more <= most


def test_who_would_wait_long_is_told_when_to_come_back(redis):
    pace, slack = Pace(Shelf(redis)), pacing.rates()[SEND].slack
    began = clock.now()
    pace._reserved("wechat:pace:wx1:" + SEND, Rate(0.1, 1))
    with pytest.raises(Held) as held:
        pace.keep("wx1", SEND)

    soonest = timedelta(seconds=10 - slack - 0.01)
    assert began + soonest < held.value.until < clock.now() + timedelta(seconds=10)
    assert held.value.retry


def test_a_rate_is_free_again_after_a_rest(redis):
    pace, rate = Pace(Shelf(redis)), Rate(1, 2)
    waits = [pace._reserved("k", rate) for _ in range(3)]
    eventually(lambda: not redis.exists("k"))

    assert waits[:2] == [0, 0]
    assert waits[2] != 0
    assert pace._reserved("k", rate) == 0


def test_without_redis_a_process_keeps_a_fraction(nowhere):
    pace, rate = Pace(Shelf(nowhere)), Rate(80, 8)
    began = time.monotonic()
    waits = [pace._reserved("k", rate) for _ in range(2)]
    passed = time.monotonic() - began
    further = iter(lambda: pace._reserved("k", rate), None)

    assert waits[0] == 0
    assert max(0, 0.1 - passed) <= waits[1] <= 0.1
    assert next(wait for wait in further if wait < 0) < -pacing.PATIENCE_SECONDS


def test_what_has_no_rate_goes_as_it_comes(nowhere):
    Pace(Shelf(nowhere)).keep("wx1", "/cgi-bin/menu/get")
