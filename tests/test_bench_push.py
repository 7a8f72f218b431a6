"""The push benchmark runs, and counts what it says it counts."""

import pytest

from .test_bench_settle import KEYS, printed


def test_a_short_round_of_messages_is_measured_against_idle_jobs():
    found = printed("push")

    assert found.keys() >= KEYS
    assert 0 < found["cpu_ratio_own"] < found["cpu_ratio"]
    assert set(found["driver_cpu_us"]) == {"find", "update"}
    assert found["messages"] == 6
    assert found["ours"]["rate"]["median"] > 0
    assert found["peers"][0]["name"] == "rq no-op"
    assert found["commands_per_request"] >= 4
    ours, idle = (each["rate"]["median"] for each in (found["ours"], found["peers"][0]))
    assert found["rate_ratio"] == pytest.approx(ours / idle, abs=0.1)
