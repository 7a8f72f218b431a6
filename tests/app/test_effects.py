"""Every effect kept once, twice in a row, or four times at once leaves the same world behind."""

import re
from collections import Counter
from datetime import datetime

from app import jobs
from base.errors import Problem
from tests.people.threads import at_once

from . import scenes

IDS = re.compile(r"[0-9a-f]{16,}|[0-9]{15}(?:[A-Z][0-9A-Z]{8})?")


def essence(value):
    """A value without what differs from one telling to the next: ids, moments, sealed texts."""
    if isinstance(value, dict):
        return sorted((essence(key), essence(each)) for key, each in value.items())
    if isinstance(value, list):
        return [essence(each) for each in value]
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, str):
        return "sealed" if value.startswith("v1.") else IDS.sub("#", value)
    return value


def world(db):
    """How often each kind of document occurs.

    A file that hangs on nothing is as good as gone; a dialogue counts how often it was written.
    """
    found = Counter()
    for name in set(db.list_collection_names()) - {"files.chunks"}:
        for row in db[name].find({}, {"version": 0} if name == "dialogues" else None):
            if row.get("metadata", {}).get("attached", "") is not None:
                found[f"{name}: {essence(row)!r}"] += 1
    return found


def changed(db, act):
    """What an act does to the world: what it makes of what."""
    before = world(db)
    act()
    after = world(db)
    kinds = before.keys() | after.keys()
    return {each: after[each] - before[each] for each in kinds if after[each] != before[each]}


def kept(town, effect, id, data):
    """Keep a promise, and once more if it could not be kept at first, as the keeper does."""
    try:
        jobs.EFFECTS[effect](town.runtime, id, **data)
    except Problem:
        jobs.EFFECTS[effect](town.runtime, id, **data)


def test_every_effect_has_a_scene():
    assert {effect for effect, _ in scenes.SCENES} == set(jobs.EFFECTS)


def in_a_row(*acts):
    for act in acts:
        act()


def together(*acts):
    assert at_once(*acts) == [None] * len(acts)


def played(town, effect, scene, how, times):
    """What keeping the promise of a new scene so often does to the world."""
    id, data = scene(town)
    return changed(town.db, lambda: how(*[lambda: kept(town, effect, id, data)] * times))


def test_kept_once_or_often_it_is_the_same(town, platform, subtests):
    scenes.script(town, platform)
    for n, (effect, scene) in enumerate(scenes.SCENES):
        with subtests.test(effect, scene=n):
            once = played(town, effect, scene, in_a_row, 1)
            assert played(town, effect, scene, in_a_row, 2) == once
            assert played(town, effect, scene, together, 4) == once
