"""The bell at the door: rung at once, and once more for all who pulled meanwhile."""

import time

from app.door import _PAUSE_SECONDS, Rope


def test_the_first_pull_rings_at_once_and_the_rest_share_a_later_bell():
    rung = []
    rope = Rope(lambda: rung.append(time.monotonic()))
    began = time.monotonic()
    for _ in range(1000):
        rope.pull()
    assert rung
    last = time.monotonic()
    rope.pull()
    while rung[-1] < last:
        time.sleep(_PAUSE_SECONDS)
    assert len(rung) <= 2 + (rung[-1] - began) / _PAUSE_SECONDS


def test_a_pull_after_a_pause_rings_at_once():
    rung = []
    rope = Rope(lambda: rung.append(1))
    rope.pull()
    time.sleep(_PAUSE_SECONDS * 1.5)
    rope.pull()
    assert len(rung) == 2
