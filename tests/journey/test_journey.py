"""The whole story over HTTP: green, green again, and green after everything was killed."""

import pytest

from . import looking

pytestmark = pytest.mark.xdist_group("town")


def test_the_whole_story_is_walked(walked):
    told = walked.told
    assert told["passed"] == told["total"] == len(told["steps"])
    assert told["total"] > 40


def test_the_story_is_walked_again_after_every_process_was_killed(walked):
    platform = walked.platform
    before = looking.cases(platform)
    platform.kill()
    assert platform.processes() == []
    platform.start()
    assert looking.cases(platform) == before
    assert any(before.values())
    assert platform.walk()["passed"] == walked.told["total"]


def test_a_killed_supervisor_s_orphans_are_stopped_at_the_next_start(walked):
    platform = walked.platform
    platform.process.kill()
    platform.process.wait(60)
    orphans = set(platform.processes())
    assert orphans
    platform.start()
    assert orphans.isdisjoint(platform.processes())
    assert any("left over from a killed run" in line for line in platform.lines)
