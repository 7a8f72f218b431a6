"""Every effect leaves the same world behind: kept once, twice in a row, four times at once, or
killed before any of its writes and kept again.
"""

import contextlib
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from app import clockwork, jobs
from base import clock, files
from base.errors import Problem, Unreachable
from payments import bills, quarantine
from people import merging
from tests.people.crashing import Crash, Crashing
from tests.people.threads import at_once
from tests.shapes import WRITTEN

from . import scenes

STANDING = {"services", "service_versions", "regions", "agencies", "places", "operators", "clock"}
UNTOLD = {
    "alarms": {"count": 0},
    "bills": {"version": 0},
    "dialogues": {"version": 0},
    "differences": {"history": 0},
    "messages": dict.fromkeys(("history", "tries", "repeated", "opened", "again"), 0),
}
IDS = re.compile(
    r"[0-9a-f]{16,}|[0-9]{15}(?:[A-Z][0-9A-Z]{8}(?:[RS][2-7A-Z]{7})?)?|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)


def essence(value):
    """A value without what differs from one telling to the next: ids, moments, days, seals."""
    if isinstance(value, dict):
        return sorted((essence(key), essence(each)) for key, each in value.items())
    if isinstance(value, list):
        return [essence(each) for each in value]
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, str):
        return "sealed" if value.startswith("v1.") else IDS.sub("#", value)
    return value


def world(town):
    """How often each kind of document occurs, beside those no effect touches.

    A file that no case and no ticket names is as good as gone; a dialogue is written as often as
    it is had, a bill as often as a wallet is told of its refund; how often a message was tried or
    an alarm sounded is a story of its own, and so is whether a difference was mended just now or
    found mended.
    """
    found = Counter()
    for name in WRITTEN.full(town.db) - STANDING:
        if name.endswith(".chunks"):
            continue
        for row in town.db[name].find({}, UNTOLD.get(name)):
            if name != "files.files" or named(town, row["_id"], row["metadata"]["attached"]):
                found[f"{name}: {essence(row)!r}"] += 1
    return found


def emptied(town):
    """Begin with nobody, so that the world is small to look at."""
    WRITTEN.empty(town.db, but=STANDING)


def named(town, id, to):
    return to not in (None, files.GONE) and clockwork._holds(town.runtime, to, id)


def changed(town, act):
    """What an act does to the world: what it makes of what."""
    before = world(town)
    act()
    after = world(town)
    kinds = before.keys() | after.keys()
    return {each: after[each] - before[each] for each in kinds if after[each] != before[each]}


def kept(town, effect, id, data):
    """Keep a promise, and once more if it could not be kept at first, as the keeper does.

    A merger that was promised on the way is made as well, an order that was to be closed is, an
    item of the quarantine that was is written down, and what waits on purpose is waited for.
    """
    try:
        jobs.EFFECTS[effect](town.runtime, id, **data)
    except Problem:
        jobs.EFFECTS[effect](town.runtime, id, **data)
    except Unreachable as waits:
        clock.move(town.db, (waits.until - datetime.now(UTC)).total_seconds() + 1)
        jobs.EFFECTS[effect](town.runtime, id, **data)
    for row in town.db["residents"].find({"merged_into": {"$ne": None}}):
        merging.absorb(town.db, row["_id"], row["merged_into"])
    for row in town.db["bills"].find({"state": "cancelled"}):
        bills.refresh(town.db, town.runtime.wallets, row["_id"])
    for row in town.db["quarantine"].find({"state": "resolved"}):
        quarantine.over(town.db, row["_id"])


def test_every_effect_has_a_scene():
    assert {effect for effect, _ in scenes.SCENES} == set(jobs.EFFECTS)


def in_a_row(*acts):
    for act in acts:
        act()


def together(*acts):
    assert at_once(*acts) == [None] * len(acts)


def played(town, effect, scene, how, times):
    """What keeping the promise of a new scene so often does to the world."""
    emptied(town)
    id, data = scene(town)
    return changed(town, lambda: how(*[lambda: kept(town, effect, id, data)] * times))


def test_kept_once_or_often_it_is_the_same(town, platform, subtests):
    scenes.script(town, platform)
    for n, (effect, scene) in enumerate(scenes.SCENES):
        with subtests.test(effect, scene=n):
            once = played(town, effect, scene, in_a_row, 1)
            assert played(town, effect, scene, in_a_row, 2) == once
            assert played(town, effect, scene, together, 4) == once


def killed(town, effect, scene, after):
    """What a promise does that dies before its n-th write and is kept again; None if it lived."""
    emptied(town)
    id, data = scene(town)
    broken = replace(town.runtime, db=Crashing(town.db, after))
    lived = []

    def act():
        with contextlib.suppress(Crash):
            jobs.EFFECTS[effect](broken, id, **data)
            lived.append(True)
        kept(town, effect, id, data)

    found = changed(town, act)
    return None if lived else found


def test_killed_before_any_write_and_kept_again_it_is_the_same(town, platform, subtests):
    scenes.script(town, platform)
    for n, (effect, scene) in enumerate(scenes.SCENES):
        with subtests.test(effect, scene=n):
            once, after = played(town, effect, scene, in_a_row, 1), 0
            while (found := killed(town, effect, scene, after)) is not None:
                assert found == once, after
                after += 1
