"""The push benchmark runs, and counts what it says it counts."""

import pytest

from base import privacy
from script.benches import push


@pytest.fixture
def apart(keys):
    """A town of its own has keys of its own; the run's are put back."""
    yield
    privacy.load(keys)


def test_a_short_round_of_messages_is_measured_against_idle_jobs(apart):
    found = push.run(1, 0.1)

    assert found["messages"] == 6
    assert found["ours"]["rate"]["median"] > 0
    assert found["peers"][0]["name"] == "rq no-op"
    assert found["commands_per_request"] >= 4
    ours, idle = (each["rate"]["median"] for each in (found["ours"], found["peers"][0]))
    assert found["rate_ratio"] == pytest.approx(ours / idle, abs=0.1)
