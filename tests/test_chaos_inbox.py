"""A small flood: killed workers, sleeping answers, copies and forgeries; the bars hold."""

import json
import subprocess
import sys

from script import demo


def test_a_small_flood_loses_nothing_and_doubles_nothing():
    command = [sys.executable, "-m", "script.chaoses", "inbox", "--size", "small"]
    done = subprocess.run(command, cwd=demo.ROOT, capture_output=True, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == 4, done.stderr[-3000:]

    effects, answers, refusals, _all = verdicts
    assert effects["passed"], effects["figures"]
    took = answers["figures"]
    assert took["not 200"] == {}, took
    assert (took["p99_ms"] < 3000, took["most_ms"] < 5000) == (True, True), took
    assert refusals["passed"], refusals["figures"]
