"""A circuit opens for a growing while, lets one at a time try, and is shared while Redis lasts."""

import time
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat import breaker, valves
from app.wechat.breaker import CLOSED, Circuit, Circuits, Policy
from app.wechat.shelf import Shelf
from base import clock
from tests.journey.platform import eventually

STRICT = Policy(failures=1, first=30, longest=600)
PATIENT = Policy(failures=5, first=10, longest=60)


def circuits(redis, kept=dict):
    return Circuits(Shelf(redis), kept)


def nowhere():
    return Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))


def fail(policy=STRICT, why="token", moment=1000.0):
    return lambda circuit: breaker.failed(circuit, why, policy, moment)


def test_a_circuit_opens_for_a_growing_while_up_to_the_longest():
    circuit, moment, waits = CLOSED, 1000.0, []
    for _ in range(7):
        circuit = breaker.failed(circuit, "token", STRICT, moment)
        waits.append(circuit.until - moment)
        moment = circuit.until

    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_only_failures_in_a_row_open_a_patient_circuit():
    circuit = CLOSED
    for _ in range(4):
        circuit = breaker.failed(circuit, "transient", PATIENT, 1000.0)
    assert not circuit.is_open
    assert breaker.worked(circuit, 1000.0) == CLOSED
    assert breaker.failed(circuit, "transient", PATIENT, 1000.0).until == 1010.0


def test_one_at_a_time_tries_a_half_open_circuit():
    opened = breaker.failed(CLOSED, "token", STRICT, 1000.0)
    assert breaker.entered(opened, 1010.0) == opened
    tried = breaker.entered(opened, 1031.0)
    assert tried.barred == 1031.0 + breaker.PROBE_SECONDS
    assert breaker.entered(tried, 1032.0) == tried
    assert breaker.entered(tried, tried.barred).barred > tried.barred


def test_what_was_under_way_when_it_opened_changes_nothing():
    opened = breaker.failed(CLOSED, "token", STRICT, 1000.0)

    assert breaker.failed(opened, "token", STRICT, 1001.0) == opened
    assert breaker.worked(opened, 1001.0) == opened
    assert breaker.worked(opened, 1030.0) == CLOSED


def test_another_cause_begins_with_its_own_first_wait():
    circuit = CLOSED
    for moment in (1000.0, 1060.0, 1200.0):
        circuit = breaker.failed(circuit, "token", STRICT, moment)
    other = breaker.failed(circuit, "transient", PATIENT, circuit.until)

    assert (other.times, other.until - circuit.until) == (1, 10)


@given(st.lists(st.tuples(st.sampled_from(["fail", "work", "enter"]), st.floats(0, 700))))
def test_whatever_happens_nobody_waits_longer_than_the_longest(steps):
    circuit, moment = CLOSED, 1000.0
    for step, seconds in steps:
        moment += seconds
        if step == "fail":
            circuit = breaker.failed(circuit, "token", STRICT, moment)
        elif step == "work":
            circuit = breaker.worked(circuit, moment)
        else:
            circuit = breaker.entered(circuit, moment)
        assert circuit.barred <= moment + STRICT.longest  # a difference is not as exact


def test_all_processes_see_one_circuit(redis):
    mine, theirs = circuits(redis), circuits(redis)
    before, after = mine.change("wx1 token", fail())

    assert (before, after.is_open) == (CLOSED, True)
    assert theirs.seen() == {"wx1 token": after}
    theirs.change("wx1 token", lambda _: CLOSED)
    assert redis.hgetall(breaker.KEY) == {}


def test_a_circuit_at_rest_is_read_once_a_second(redis):
    mine = circuits(redis)
    began = time.monotonic()
    mine.seen()
    redis.hset(breaker.KEY, "wx1 token", '{"times": 1, "until": 2e9}')

    assert mine.seen() == {} or time.monotonic() - began > 1
    assert set(eventually(mine.seen)) == {"wx1 token"}


def test_without_redis_a_process_keeps_its_own_circuits():
    redis = nowhere()
    mine = circuits(redis, lambda: {"wx1 /send": Circuit("quota", 0, 1, 2e9)})
    mine.change("wx1 token", fail())

    assert set(mine.seen()) == {"wx1 token", "wx1 /send"}
    assert mine.change("wx1 token", lambda _: CLOSED)[0].is_open
    assert set(mine.seen()) == {"wx1 /send"}
    redis.close()


def test_tomorrow_begins_in_shanghai():
    late = datetime(2026, 11, 22, 23, 59, tzinfo=clock.SHANGHAI)
    found = datetime.fromtimestamp(valves.tomorrow(late.timestamp()), clock.SHANGHAI)
    assert (found.day, found.hour, 1 <= found.minute <= 6) == (23, 0, True)
