"""Parts that are killed: what they owed is done all the same, and nothing of them stays behind."""

import os
import secrets
import signal
import time

import pytest

from script.walk import joining, program
from script.walk.desk import Desk
from script.walk.papers import Papers
from script.walk.story import WORDS, Story
from script.walk.web import Failed

from .platform import answers, eventually

pytestmark = pytest.mark.xdist_group("town")
TOLD = WORDS["told"]


@pytest.fixture
def filed(running):
    """A case that awaits the desk: its resident, its number, a clerk."""
    story = Story(running.where, Papers(f"MARK{secrets.token_hex(8)}"))
    joining.neighbour(story)
    program.free(story)
    return story["him"].person, story["senior"], Desk(running.where, "chuangkou")


def test_a_message_outlives_the_worker_that_was_to_send_it(running, filed):
    person, number, clerk = filed
    worker = running.pid("worker")
    os.kill(worker, signal.SIGSTOP)
    eventually(lambda: not running.children(worker))
    clerk.move(number, "accept")
    time.sleep(1.5)
    assert person.cards(number, TOLD["accepted"]) == []
    os.kill(worker, signal.SIGKILL)
    running.said("worker ended")
    person.told(number, TOLD["accepted"])
    time.sleep(3)
    assert len(person.cards(number, TOLD["accepted"])) == 1
    assert running.pid("worker") != worker


def test_killed_web_servers_are_replaced_and_none_stays_behind(running):
    old = running.pid("web")
    children = running.children(old)
    running.lines.clear()
    os.kill(old, signal.SIGKILL)
    running.said("web ended with -9; started again")
    eventually(lambda: answers(f"{running.web}/readyz"))
    said = [
        line for line in running.lines if line.startswith("web ended with -9; started again in")
    ]
    assert len(said) == 1
    assert children
    eventually(lambda: set(children).isdisjoint(running.processes()))


def test_the_store_and_the_queue_may_be_killed(running, filed):
    person, number, clerk = filed
    for part in ("queue", "store"):
        old = running.pid(part)
        os.kill(old, signal.SIGKILL)
        eventually(lambda part=part, old=old: running.pid(part) != old)
        eventually(lambda: answers(f"{running.web}/readyz"))
    eventually(lambda: moved(clerk, number) or person.cards(number, TOLD["accepted"]))
    person.told(number, TOLD["accepted"])


def moved(clerk, number):
    """Whether the clerk was told so; her very request may find a line to the store that was cut."""
    try:
        return clerk.move(number, "accept")
    except Failed:
        return None


def test_ctrl_c_stops_everything_and_the_next_start_keeps_the_data(running, record_property):
    assert running.interrupt() == 0
    assert running.lines[-1] == "stopped"
    assert running.processes() == []
    record_property("ready_after_seconds", running.start())
    assert Desk(running.where, "shenpi").open("/").status == 200
