"""Alarms: one per cause, counted while open, opened again after they were cleared."""

from base import alarms
from tests.people.threads import at_once


def test_a_cause_has_one_alarm_however_often_it_is_raised(db):
    assert alarms.sound(db, "quota", "oa", code=45009)
    assert not alarms.sound(db, "quota", "oa", code=45009)
    (alarm,) = alarms.standing(db)
    assert (alarm["kind"], alarm["key"], alarm["count"]) == ("quota", "oa", 2)
    assert alarm["facts"] == {"code": 45009}


def test_a_cleared_alarm_is_gone_until_its_cause_comes_back(db):
    alarms.sound(db, "quota", "oa")
    assert alarms.clear(db, "quota", "oa", by="operator:wang")
    assert not alarms.clear(db, "quota", "oa")
    assert alarms.standing(db) == []
    assert alarms.sound(db, "quota", "oa")
    assert alarms.standing(db)[0]["count"] == 1


def test_of_many_who_raise_one_alarm_at_once_one_is_the_first(db):
    firsts = at_once(*[lambda: alarms.sound(db, "quota")] * 8)
    assert sum(firsts) == 1
    assert alarms.standing(db)[0]["count"] == 8
