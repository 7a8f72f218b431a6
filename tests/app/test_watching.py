"""The clock watches: what falls behind sounds an alarm, and what has recovered ends it."""

from dataclasses import replace

import pytest

from app import watching
from app.wechat.gateway import Gateway
from app.wechat.valves import store as kept
from base import alarms, clock, outbox

TOKEN = "/cgi-bin/stable_token"


def standing(db):
    return {(each["kind"], each["key"]): each["facts"] for each in alarms.standing(db)}


@pytest.fixture
def late(db):
    """A ticket whose promise was due eleven minutes ago."""
    row = {"_id": "late"} | outbox.pledged(outbox.promise("ticket.urgent"))
    db["tickets"].insert_one(row)
    clock.move(db, 660)
    yield row
    clock.move(db, 0)


def test_an_outbox_that_falls_behind_sounds_and_ends_by_itself(runtime, late):
    db = runtime.db
    watching.look(runtime)
    facts = standing(db)[("promises_late", "tickets")]
    assert facts == {"collection": "tickets", "minutes": 11}
    db["tickets"].update_one({"_id": "late"}, {"$unset": {"due": ""}})
    watching.look(runtime)
    assert standing(db) == {}


def test_a_stuck_promise_sounds(runtime):
    owed = outbox.promise("ticket.urgent") | {"stuck": True}
    runtime.db["tickets"].insert_one({"_id": "x", "stuck": True} | outbox.pledged(owed))
    watching.look(runtime)
    assert standing(runtime.db)[("promises_stuck", "tickets")]["count"] == 1


def test_both_accounts_are_knocked_at_and_a_refusal_stops_nothing(runtime, platform):
    watching.knock(runtime)
    platform.answers[TOKEN] = {"errcode": 40164}
    watching.knock(runtime)
    assert platform.asked[TOKEN] == 4


def test_what_is_used_up_today_comes_back_into_redis(runtime):
    name = "wxoa /cgi-bin/message/template/send"
    kept.close(runtime.db, name, 45009, clock.now().replace(year=2096))
    line = Gateway.connect(runtime.settings, runtime.redis, runtime.db)
    watching.mirror(replace(runtime, wechat=line))
    assert b"quota" in runtime.redis.hget("wechat:circuits", name)
