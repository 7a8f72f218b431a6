"""The chat benchmark runs, and counts what it says it counts."""

import json
import subprocess
import sys

import pytest

from script import demo

from .test_bench_settle import KEYS

SHORT = """
from functools import partial
from script.benches import __main__, chat
chat.run = partial(chat.run, robot=False)
__main__.main(["chat", "--rounds", "1", "--seconds", "0.3"])
"""


def test_a_short_round_is_measured_against_the_bare_echo():
    done = subprocess.run(
        [sys.executable, "-c", SHORT], cwd=demo.ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])

    assert found.keys() >= KEYS
    assert [peer["name"] for peer in found["peers"]] == ["bare"]
    assert found["commands"]["update"] >= 1
    ours, bare = (each["cpu_us"]["median"] for each in (found["ours"], *found["peers"]))
    own = (ours - sum(found["driver_cpu_us"].values())) / bare
    assert found["cpu_ratio"] == pytest.approx(ours / bare, rel=0.01, abs=0.01)
    assert found["cpu_ratio_own"] == pytest.approx(own, rel=0.01, abs=0.01)
