"""Valves from outside: who only looks, whose store is away, and how many share them."""

import pymongo
import pytest

from app.wechat.gateway import Gateway
from app.wechat.line import Line
from app.wechat.valves import Valves
from app.wechat.verdicts import Held, Refused
from base import clock, store

from .valving import SEND, TOKEN, ask, standing


@pytest.fixture
def silent_store():
    found = store.connect("mongodb://127.0.0.1:1/")
    with pymongo.timeout(0.2):
        yield found
    found.client.close()


def test_a_knock_tells_at_night_that_we_are_not_let_in(platform, line, db):
    line.knock()
    assert standing(db) == {}
    platform.answers[TOKEN] = {"errcode": 40164}
    with pytest.raises(Refused):
        line.knock()

    assert "wechat_egress" in standing(db)


def test_a_line_without_a_store_keeps_its_valves_in_redis(platform, redis):
    line = Line("wxoa", "secret", platform.url, redis)
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    ask(line, error=Held)
    line.valves.mirror()

    assert line.valves.reopen("wxoa " + SEND)


def test_a_store_that_is_away_stops_nothing(platform, redis, silent_store):
    line = Line("wxoa", "secret", platform.url, redis, Valves(redis, silent_store))
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    ask(line, error=Held)
    redis.flushdb()
    platform.answers[SEND] = {"errcode": 0}

    again = Line("wxoa", "secret", platform.url, redis, Valves(redis, silent_store))
    assert again.call(SEND, {}) == {"errcode": 0}


def test_who_only_looks_takes_no_turn(platform, gateway, db):
    gateway.ready("oa", "T1")
    platform.answers[SEND] = {"errcode": 45009}
    with pytest.raises(Refused):
        gateway.send_template("o1", "T1", {}, "", "once")
    with pytest.raises(Held):
        gateway.ready("oa", "T1")
    gateway.ready("mp", "T1")
    clock.move(db, 86400 + 600)
    gateway.ready("oa", "T1")
    gateway.ready("oa", "T1")
    clock.move(db, 0)


def test_both_accounts_share_one_set_of_valves(settings, redis, db):
    gateway = Gateway.connect(settings, redis, db)
    assert gateway.oa.valves is gateway.mp.valves
