"""What no rule can place waits with an alarm until somebody has dealt with it, and says how."""

from dataclasses import replace
from datetime import datetime

import pytest

from base import alarms
from payments import bills, quarantine, reconsidering
from payments.store import shelf

from .closing import at
from .test_settlement import notice_of
from .town import Town

SUN = "operator:sun"


def standing(town: Town) -> list[str]:
    return [each["_id"] for each in alarms.standing(town.db)]


def test_an_alarm_stands_until_the_last_item_of_its_kind_is_dealt_with(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    bills.settle(alice.db, notice)
    bills.settle(alice.db, replace(notice, transaction="42001"))
    assert standing(alice) == ["money_quarantine:amount"]
    first, second = quarantine.list(alice.db)
    quarantine.resolve(alice.db, first.id, SUN, "已退")
    assert standing(alice) == ["money_quarantine:amount"]
    quarantine.resolve(alice.db, second.id, SUN, "已退")
    assert standing(alice) == []
    with pytest.raises(quarantine.AlreadyResolved):
        quarantine.resolve(alice.db, second.id, SUN, "已退")


def test_an_old_item_keeps_its_alarm_however_many_came_after(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    bills.settle(alice.db, notice)
    bills.settle(alice.db, replace(notice, transaction="42001"))
    newest = quarantine.list(alice.db)[0]
    alice.advance(seconds=1)
    for n in range(50):
        quarantine.put(alice.db, "order", replace(notice, transaction=f"43{n}"))
    quarantine.resolve(alice.db, newest.id, SUN, "已退")
    assert "money_quarantine:amount" in standing(alice)
    seen = quarantine.list(alice.db)
    (oldest,) = quarantine.list(alice.db, before=seen[-1].at)
    assert (len(seen), oldest.reason) == (50, "amount")


def test_an_hour_that_was_dealt_with_leaves_the_alarm_of_another(alice: Town) -> None:
    for reason in ("signature", "signature", "serial"):
        quarantine.put_unproved(alice.db, "wechat", reason, b"x")
        alice.advance(hours=1)
    serial, late, early = quarantine.list(alice.db)
    quarantine.resolve(alice.db, late.id, SUN, "误报")
    assert "notice_unproved:wechat:signature" in standing(alice)
    quarantine.resolve(alice.db, early.id, SUN, "误报")
    assert standing(alice) == ["notice_unproved:wechat:serial"]
    quarantine.resolve(alice.db, serial.id, SUN, "误报")
    assert standing(alice) == []


def test_what_was_dealt_with_and_comes_again_is_counted_without_alarm(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    bills.settle(alice.db, notice)
    (item,) = quarantine.list(alice.db)
    quarantine.resolve(alice.db, item.id, SUN, "已退")
    bills.settle(alice.db, notice)
    assert (quarantine.list(alice.db), standing(alice)) == ((), [])
    assert shelf.parked_one(alice.db, item.id)["seen"] == 2


def test_unproved_notices_are_kept_once_an_hour_and_reason(alice: Town) -> None:
    at(alice, 12)
    for _ in range(5):
        quarantine.put_unproved(alice.db, "wechat", "signature", b"x")
    (item,) = quarantine.list(alice.db)
    assert (item.reason, item.seen, standing(alice)) == (
        "unproved",
        5,
        ["notice_unproved:wechat:signature"],
    )
    assert reconsidering.reconsider(alice.db, alice.wallets, item.id, SUN) is None
    quarantine.resolve(alice.db, item.id, SUN, "误报")
    assert standing(alice) == []
    alice.advance(hours=1)
    quarantine.put_unproved(alice.db, "wechat", "signature", b"x")
    assert len(quarantine.list(alice.db)) == 1


def opened_by(town: Town, act: str) -> list[tuple[str, str]]:
    """Who opened which sealed item to this end, as the audit has it."""
    rows = town.db["audit"].find({"act": act}).sort("at", 1)
    return [(row["actor"], row["facts"]["item"]) for row in rows]


def test_opening_a_sealed_notice_is_written_down_whatever_comes_of_it(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    bills.settle(alice.db, notice)
    quarantine.put_unproved(alice.db, "wechat", "signature", b"x")
    items = [item.id for item in quarantine.list(alice.db)]
    results = {id: reconsidering.reconsider(alice.db, {}, id, SUN) for id in items}
    assert {outcome.result if outcome else None for outcome in results.values()} == {
        "quarantined",
        None,
    }
    assert sorted(opened_by(alice, "quarantine.again")) == sorted((SUN, id) for id in items)
    assert opened_by(alice, "quarantine.reveal") == []


def test_only_what_was_dealt_with_is_forgotten_and_that_after_three_years(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    for n in range(2):
        quarantine.put(alice.db, "amount", replace(notice, transaction=f"4200{n}"))
    waiting, done = [item.id for item in quarantine.list(alice.db)]
    quarantine.resolve(alice.db, done, SUN, "已退")
    rows = alice.db["quarantine"]
    (expiring,) = [
        each for each in rows.index_information().values() if "expireAfterSeconds" in each
    ]
    ((field, _),) = expiring["key"]
    assert expiring["expireAfterSeconds"] == 3 * 365 * 24 * 3600
    assert field not in shelf.parked_one(alice.db, waiting)
    assert isinstance(shelf.parked_one(alice.db, done)[field], datetime)
