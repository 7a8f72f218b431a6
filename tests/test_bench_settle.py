"""The settle benchmark runs through its own entry, and prints what every benchmark prints."""

import json
import subprocess
import sys

import pytest

from script import demo

KEYS = {
    "name",
    "ours",
    "peers",
    "cpu_ratio",
    "cpu_ratio_own",
    "rate_ratio",
    "commands_per_request",
}


def printed(name):
    """The one JSON object of a benchmark, in its shortest form."""
    short = [sys.executable, "-m", "script.benches", name, "--rounds", "1", "--seconds", "0.1"]
    done = subprocess.run(short, cwd=demo.ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_short_round_is_measured_against_the_bare_view():
    found = printed("settle")

    assert found.keys() >= KEYS
    assert found["name"] == "settle"
    assert found["commands_per_request"] == pytest.approx(4, abs=0.2)
    assert found["cpu_ratio_own_omitted"]
    ours, view = (each["cpu_us"]["median"] for each in (found["ours"], *found["peers"]))
    assert found["cpu_ratio"] == pytest.approx(ours / view, rel=0.01, abs=0.01)
