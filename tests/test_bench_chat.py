"""The chat benchmark runs, and counts what it says it counts."""

import json
import subprocess
import sys

import pytest

from script import demo

SHORT = "import json; from script.benches import chat; print(json.dumps(chat.run(1, 0.3, robot=0)))"


def test_a_short_round_is_measured_against_the_bare_echo():
    done = subprocess.run(
        [sys.executable, "-c", SHORT], cwd=demo.ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])

    assert [peer["name"] for peer in found["peers"]] == ["bare"]
    assert found["commands"]["update"] >= 1
    ours, bare = (each["cpu_us"]["median"] for each in (found["ours"], *found["peers"]))
    own = (ours - sum(found["driver_cpu_us"].values())) / bare
    assert found["cpu_ratio"] == pytest.approx(ours / bare, rel=0.01, abs=0.01)
    assert found["cpu_ratio_own"] == pytest.approx(own, rel=0.01, abs=0.01)
