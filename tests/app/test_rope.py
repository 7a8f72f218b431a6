"""The bell at the door: rung at once, and once more for all who pulled meanwhile."""

import time

from app.door import Rope


def test_the_first_pull_rings_at_once_and_the_rest_share_a_later_bell():
    rung = []
    rope = Rope(lambda: rung.append(time.monotonic()))
    for _ in range(20):
        rope.pull()
    assert len(rung) == 1
    last = time.monotonic()
    time.sleep(0.12)
    assert len(rung) == 2
    assert rung[1] > last


def test_a_pull_after_a_pause_rings_at_once():
    rung = []
    rope = Rope(lambda: rung.append(1))
    rope.pull()
    time.sleep(0.06)
    rope.pull()
    assert len(rung) == 2
