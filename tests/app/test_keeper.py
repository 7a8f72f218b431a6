"""A keeper's threads: sleepers delay nobody, leases are held, and nothing runs for ever."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pymongo
import pytest

from app import jobs
from app.keeper import EVERYWHERE, RUNG, Keeper, Pace
from base import clock, outbound, outbox


@pytest.fixture
def office(alone, db):
    """Our application's runtime over a store of one's own, with eight threads."""
    settings = replace(alone.runtime.settings, worker_threads=8)
    return replace(alone.runtime, db=db, settings=settings)


def owe(db, effect, many):
    for n in range(many):
        db["things"].insert_one({"_id": f"{effect}{n}"} | outbox.pledged(outbox.promise(effect)))


def keep(office, perform, **pace):
    """A keeper over "things" whose effects are performed by a function of their name."""

    def whole(runtime, held):
        rows = runtime.db[held.collection]
        for owed in held.promises:
            perform(owed["effect"])
            outbox.kept(rows, held, owed)
        outbox.release(rows, held)

    return Keeper(office, ("things",), whole, Pace(**pace))


def test_sleepers_delay_nobody(office, db):
    owe(db, "sleep", 14)
    owe(db, "quick", 30)
    done, awake = [], threading.Event()

    def perform(effect):
        if effect == "sleep":
            awake.wait(60)
        done.append(effect)
        if done.count("quick") == 30:
            awake.set()

    assert keep(office, perform).run() == 44
    assert done == ["quick"] * 30 + ["sleep"] * 14
    assert db["things"].count_documents({"outbox": {}, "due": {"$exists": False}}) == 44


@pytest.mark.parametrize("where", ["things", EVERYWHERE])
def test_a_bell_is_heard_while_somebody_sleeps(office, db, where):
    owe(db, "sleep", 1)
    done, asleep, rung = [], threading.Event(), threading.Event()

    def perform(effect):
        if effect == "sleep":
            asleep.set()
            rung.wait(60)
        done.append(effect)
        rung.set()

    running = threading.Thread(target=keep(office, perform).run)
    running.start()
    asleep.wait(60)
    owe(db, "quick", 1)
    office.redis.hincrby(RUNG, where)
    running.join(60)
    assert done == ["quick", "sleep"]


def test_what_is_promised_on_the_way_is_kept_too(office, db):
    owe(db, "first", 1)

    def perform(effect):
        if effect == "first":
            owe(db, "second", 1)

    assert keep(office, perform).run() == 2


def test_a_lease_is_held_while_its_effect_runs(office, db):
    owe(db, "sleep", 1)
    leases = []

    def perform(_effect):
        while len(set(leases)) < 3:
            time.sleep(0.1)
            leases.append(db["things"].find_one({})["due"])

    keep(office, perform, renewed=0.003).run()
    assert leases == sorted(leases)


def test_what_takes_longer_than_its_lease_is_done_once(office, db):
    owe(db, "slow", 1)
    short, done, over = {"things": timedelta(seconds=0.6)}, [], threading.Event()

    def perform(effect):
        done.append(effect)
        time.sleep(2)
        over.set()

    first = threading.Thread(target=keep(office, perform, leases=short).run)
    first.start()
    while not over.is_set():
        keep(office, perform, leases=short).run()
        time.sleep(0.05)
    first.join()
    assert done == ["slow"]


def test_a_message_whose_keeper_was_killed_is_free_again_well_within_a_minute(office, db):
    def killed(*_):
        raise pymongo.errors.AutoReconnect("killed")

    db["messages"].insert_one({"_id": "m"} | outbox.pledged(outbox.promise("message.send")))
    Keeper(office, ("messages",), killed).run()

    left = (db["messages"].find_one({})["due"] - clock.now()).total_seconds()
    assert sum(outbound.TIMEOUT) < left <= 15


def test_what_does_not_end_is_put_off_and_nothing_waits_for_it(office, db):
    owe(db, "hang", 1)
    hanging, ended = threading.Event(), []
    keep(office, lambda _: ended.append(hanging.wait(120)), longest_seconds=0.2).run()
    row = db["things"].find_one({})
    assert ended == []
    hanging.set()
    (owed,) = row["outbox"].values()
    assert (owed["attempts"], owed["error"]) == (1, "too slow")


def test_told_to_stop_it_ends_what_it_has_begun_and_takes_nothing_new(office, db):
    owe(db, "slow", 20)
    keeper = None

    def perform(_effect):
        keeper.stop()
        time.sleep(0.1)

    keeper = keep(office, perform)
    begun = keeper.run()
    assert 0 < begun < 20
    assert db["things"].count_documents({"outbox": {}}) == begun


def test_a_store_that_is_away_in_the_middle_costs_a_lease_and_no_promise(office, db):
    owe(db, "x", 1)

    def perform(_effect):
        raise pymongo.errors.AutoReconnect("away")

    assert keep(office, perform).run() == 1
    (owed,) = db["things"].find_one({})["outbox"].values()
    assert (owed["attempts"], owed["due"] > clock.now()) == (0, True)


def test_a_look_keeps_everything_there_is(office):
    assert Keeper(office, jobs.COLLECTIONS, jobs.perform).run() == 0
