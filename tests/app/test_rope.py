"""The bell's rope: rung at once, and once more for all who pulled meanwhile."""

import threading
import time

from app.rope import _PAUSE_SECONDS, Rope
from tests.journey.platform import eventually


def test_the_first_pull_rings_at_once_and_the_rest_share_a_later_bell():
    rung = []
    rope = Rope(lambda: rung.append(time.monotonic()))
    began = time.monotonic()
    for _ in range(1000):
        rope.pull()
    last = time.monotonic()
    rope.pull()
    eventually(lambda: rung and rung[-1] >= last)
    assert len(rung) <= 2 + (rung[-1] - began) / _PAUSE_SECONDS


def test_nobody_who_pulls_waits_and_every_pull_is_rung_for():
    silence, begun = threading.Event(), []

    def ring():
        begun.append(threading.current_thread())
        silence.wait()

    rope = Rope(ring)
    rope.pull()
    eventually(lambda: begun)
    rope.pull()
    assert len(begun) == 1
    silence.set()
    eventually(lambda: len(begun) == 2)
    assert len(set(begun)) == 1


def test_a_ringer_that_went_is_replaced(monkeypatch):
    monkeypatch.setattr("app.rope._QUIET_SECONDS", 0.0)
    rung = []
    rope = Rope(lambda: rung.append(threading.current_thread()))
    for count in (1, 2):
        rope.pull()
        eventually(lambda count=count: len(rung) == count)
        eventually(lambda: not rung[-1].is_alive())
    assert len(set(rung)) == 2
