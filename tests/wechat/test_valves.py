"""Valves: what an endpoint answered decides whether it is asked again, and who is told."""

from datetime import timedelta

import pytest

from app.wechat.line import Line
from app.wechat.valves import Valves
from app.wechat.valves import store as kept
from app.wechat.verdicts import Garbled, Held
from base import clock
from base.errors import Unreachable

from .valving import SEND, TOKEN, USER, ask, standing


def fresh(line, redis, db):
    """Another process with the same line."""
    return Line("wxoa", "secret", line._base, redis, Valves(redis, db))


def after(db, seconds):
    """So many seconds later."""
    clock.move(db, seconds)


def test_a_used_up_day_closes_the_endpoint_until_tomorrow(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
    today = clock.today()
    refused = ask(line)
    ask(line, error=Held)
    held = ask(fresh(line, redis, db), error=Held)

    morning = held.until.astimezone(clock.SHANGHAI)
    assert morning.date() - timedelta(days=1) in (today, clock.today())
    assert (morning.hour, 1 <= morning.minute <= 6) == (0, True)
    assert refused.until is not None
    assert platform.asked[SEND] == 1
    assert standing(db)["wechat_quota"]["facts"]["code"] == 45009


def test_other_endpoints_and_accounts_go_on(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009}
    platform.answers[USER] = {"subscribe": 1}
    ask(line)

    assert line.call(USER) == {"subscribe": 1}
    mp = Line("wxmp", "secret", platform.url, redis, line.valves)
    assert ask(mp).code == 45009


def test_a_used_up_day_outlives_redis_by_the_clocks_hand(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    redis.flushdb()
    Valves(redis, db).mirror()

    ask(fresh(line, redis, db), error=Held)
    assert platform.asked[SEND] == 1


def test_the_next_morning_it_opens_and_the_alarm_ends(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    after(db, 86400 + 600)
    platform.answers[SEND] = {"errcode": 0}
    fresh(line, redis, db).call(SEND, {})

    assert standing(db) == {}
    assert line.valves.reopen("wxoa " + SEND) is False


def test_the_alarm_ends_in_the_morning_even_when_nobody_sends(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    line.valves.mirror()
    assert "wechat_quota" in standing(db)
    after(db, 86400 + 600)
    line.valves.mirror()

    assert standing(db) == {}


def test_an_operator_may_reopen_a_valve_by_hand(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 45009}
    ask(line)
    (valve,) = line.valves.standing()
    assert (valve.appid, valve.endpoint, valve.why, valve.state) == (
        "wxoa", SEND, "quota", "closed",
    )  # fmt: skip
    assert Valves(redis, db).reopen(valve.name)
    platform.answers[SEND] = {"errcode": 0}

    fresh(line, redis, db).call(SEND, {})
    assert (standing(db), kept.closed(db)) == ({}, [])


@pytest.mark.parametrize("answer", [{"errcode": -1}, (502, b"<html>"), b"<html>"])
def test_five_failures_in_a_row_close_an_endpoint(platform, line, db, answer):
    platform.answers[SEND] = answer
    failures = [ask(line, error=Unreachable) for _ in range(5)]
    held = ask(line, error=Held)

    assert platform.asked[SEND] == 5
    assert [each.until for each in failures[:4]] == [None] * 4
    assert all(each.doubtful for each in failures)
    assert isinstance(failures[4], Garbled) == (failures[4].until is None)
    assert held.why == f"transient at {SEND}"
    assert standing(db)["wechat_outage"]["facts"]["endpoint"] == SEND


def test_failures_that_are_not_in_a_row_close_nothing(platform, line):
    for _ in range(3):
        platform.answers[SEND] = {"errcode": -1}
        for _ in range(4):
            ask(line)
        platform.answers[SEND] = {"errcode": 43004}
        ask(line)

    assert platform.asked[SEND] == 15


def test_after_an_outage_one_call_tries_and_opens_the_way(platform, line, redis, db):
    platform.answers[SEND] = (502, b"<html>")
    for _ in range(5):
        ask(line, error=Garbled)
    after(db, 11)
    others = fresh(line, redis, db)

    def busy(_params, _body):
        ask(others, error=Held)
        return {"errcode": 0}

    platform.answers[SEND] = busy
    line.call(SEND, {})

    assert platform.asked[SEND] == 6
    assert standing(db) == {}
    assert line.valves.standing() == []


def test_an_outage_that_lasts_is_tried_once_a_minute_at_most(platform, line, redis, db):
    platform.answers[SEND] = (502, b"<html>")
    for seconds in range(0, 1200, 15):
        after(db, seconds)
        with pytest.raises(Unreachable):
            fresh(line, redis, db).call(SEND, {})

    assert 15 <= platform.asked[SEND] <= 28


def test_a_minutes_limit_closes_until_the_next_minute(platform, line, db):
    platform.answers["/wxa/msg_sec_check"] = {"errcode": 44991}
    began = clock.now()
    refused = ask(line, "/wxa/msg_sec_check")

    assert began < refused.until <= clock.now() + timedelta(seconds=72)
    assert standing(db) == {}


def test_too_much_for_one_person_stops_nobody_else(platform, line):
    platform.answers[SEND] = {"errcode": 43117}
    refused = ask(line)
    ask(line)

    assert (refused.kind, refused.retry, platform.asked[SEND]) == ("person", True, 2)


@pytest.mark.parametrize(
    ("code", "kind"), [(40164, "wechat_egress"), (40125, "wechat_configuration")]
)
def test_who_is_not_let_in_waits_for_minutes_and_alarms(platform, line, db, code, kind):
    platform.answers[TOKEN] = {
        "errcode": code,
        "errmsg": "invalid ip 10.0.0.9, not in whitelist rid: 0a0a0a0a-0b0b0b0b-0c0c0c0c",
    }
    refused = ask(line)
    ask(line, error=Held)

    assert (platform.asked[TOKEN], platform.asked[SEND]) == (1, 0)
    assert 115 < (refused.until - clock.now()).total_seconds() <= 135
    facts = standing(db)[kind]["facts"]
    assert (facts["rid"], facts["text"]) == (
        "0a0a0a0a-0b0b0b0b-0c0c0c0c",
        "invalid ip 10.0.0.9, not in whitelist",
    )


def test_the_breaker_is_tried_by_one_and_closes_with_its_alarm(platform, line, redis, db):
    platform.answers[SEND] = {"errcode": 40001}
    ask(line)
    assert standing(db)["wechat_token"]["facts"]["endpoint"] == SEND
    after(db, 31)
    ask(fresh(line, redis, db))
    assert 55 < Valves(redis, db).standing()[0].until.timestamp() - clock.now().timestamp() < 61
    after(db, 100)
    platform.answers[SEND] = {"errcode": 0}
    fresh(line, redis, db).call(SEND, {})

    assert standing(db) == {}
    assert Valves(redis, db).standing() == []


@pytest.mark.parametrize(
    ("code", "kind", "key"),
    [
        (48004, "wechat_banned", f"wxoa {SEND} 48004"),
        (99999, "wechat_unknown", f"wxoa {SEND} 99999"),
    ],
)
def test_bans_and_unknown_codes_close_nothing_and_alarm_once(platform, line, db, code, kind, key):
    said = "hint: [张三 oABCDEFGHIJKLMNOPQ 13800000000]"
    platform.answers[SEND] = {"errcode": code, "errmsg": said}
    assert not ask(line).retry
    ask(line)

    alarm = standing(db)[kind]
    assert (alarm["key"], alarm["count"], platform.asked[SEND]) == (key, 1, 2)
    assert alarm["facts"]["text"] == "hint: [… … …]"


def test_a_banned_template_is_closed_alone_until_it_works_again(platform, line, db):
    platform.answers[SEND] = {"errcode": 43116, "errmsg": "template banned"}
    assert not ask(line).retry
    assert ask(line, error=Held).kind == "template"
    alarm = standing(db)["wechat_template"]
    assert (alarm["key"], alarm["facts"]["template"]) == (f"wxoa {SEND} T1", "T1")

    platform.answers[SEND] = {"errcode": 0}
    assert line.call(SEND, {"template_id": "T2"})
    after(db, 1900)
    assert line.call(SEND, {"template_id": "T1"})
    assert (standing(db), line.valves.standing()) == ({}, [])


def test_a_template_that_is_missing_is_tried_for_minutes_before_it_is_given_up(platform, line, db):
    platform.answers[SEND] = {"errcode": 40037, "errmsg": "invalid template_id"}
    for seconds in (62, 190, 440):
        refused = ask(line)
        assert refused.retry
        assert refused.until > clock.now()
        assert standing(db) == {}
        after(db, seconds)
    assert not ask(line).retry

    assert "wechat_template" in standing(db)
    assert platform.asked[SEND] == 4
