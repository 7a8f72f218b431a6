"""Alarms are read in words, cleared by those who may, and valves are reopened by hand."""

import pytest

from app.wechat.valves import Valves
from app.wechat.verdicts import Refused
from base import alarms, audit

from .people import naming

SEND = "/cgi-bin/message/template/send"


@pytest.fixture
def valves(town):
    """The town's valves, with no alarm but theirs and what the clock may sound meanwhile."""
    found = Valves(town.runtime.redis, town.db)
    _silence(town)
    yield found
    for each in found.standing():
        found.reopen(each.name)
    _silence(town)


def _silence(town):
    for each in alarms.standing(town.db):
        alarms.clear(town.db, each["kind"], each["key"])


@pytest.fixture
def used_up(town, valves):
    """The name of a valve that is closed for today, with its alarm."""
    appid = town.runtime.settings.wechat_oa_appid
    refusal = Refused(SEND, 45009, "reach max rid: 0a0a0a0a-0b0b0b0b-0c0c0c0c")
    valves.failed(appid, SEND, "quota", refusal)
    return f"{appid} {SEND}"


def standing(town):
    return {(each["kind"], each["key"]) for each in alarms.standing(town.db)}


def test_an_alarm_is_told_in_words_and_counted_in_the_menu(town, used_up, supervisor):
    page = supervisor.open("/console/alarms")
    assert f"公众号的接口 {SEND} 今天的调用次数已用完（45009）" in page.text
    assert "0a0a0a0a-0b0b0b0b-0c0c0c0c" in page.text
    town.eventually(
        lambda: f"告警 {len(standing(town))} 条未处理" in supervisor.open("/console/alarms").text
    )


def test_an_alarm_is_cleared_once_and_by_name(town, used_up, supervisor):
    form = naming(supervisor.open("/console/alarms"), used_up, "/alarms/clear")
    assert "告警已清除" in supervisor.send(form).text
    assert ("wechat_quota", used_up) not in standing(town)
    line = audit.of_subject(town.db, "alarm:wechat_quota")[0]
    assert (line["actor"], line["facts"]["of"]) == ("operator:duban", used_up)
    assert "已经结束" in supervisor.send(form).text


def test_a_valve_is_reopened_by_hand(town, used_up, admin, valves):
    seen = "今天的次数已用完"
    town.eventually(lambda: seen in admin.open("/console/alarms").text)
    form = naming(admin.open("/console/alarms"), used_up, "/alarms/reopen")
    assert "已重新开通" in admin.send(form).text
    assert "微信接口全部正常" in admin.open("/console/alarms").text
    assert audit.of_subject(town.db, f"valve:{used_up}")[0]["act"] == "valve.reopen"
    assert "无需开通" in admin.send(form).text
    assert ("wechat_quota", used_up) not in standing(town)


def test_alarms_are_for_those_who_run_the_house(clerk, finance):
    for browser in (clerk, finance):
        browser.open("/console/alarms", expect=403)
        assert "告警" not in browser.open("/console/").text


def test_an_alarm_without_a_sentence_or_a_fact_is_told_as_well(town, valves, admin):
    alarms.sound(town.db, "moon_down", "x")
    alarms.sound(town.db, "promises_late", "x", minutes=12)  # the clock ends those it knows
    alarms.sound(town.db, "promises_stuck", "x", collection="cases", count=2)
    text = admin.open("/console/alarms").text
    assert "有一项异常需要处理（moon_down）" in text
    assert "—里最早的一项已晚了 12 分钟" in text
    assert "办件里有 2 项等待处理" in text
