"""A bill has a last day: reminded of before, still payable after, and cancelled in the end."""

from datetime import date

import pytest

from base import calendar, clock
from payments import bills, terms

from .refunding import QIAN, SUN, paid
from .town import BILL, CASE, Town


def owed(town: Town, effect: str) -> list[dict[str, object]]:
    row = town.db["bills"].find_one({"_id": BILL})
    assert row
    return [each["data"] for each in row["outbox"].values() if each["effect"] == effect]


def test_a_bill_is_to_be_paid_within_so_many_working_days(alice: Town) -> None:
    bill = alice.bill()
    due = calendar.due(bill.created, 15)
    assert bill.payable_by == due.day.isoformat()
    assert bills.overdue(alice.db) == []
    alice.advance(days=(due.day - clock.today()).days + 1)
    assert bills.overdue(alice.db) == [bill]


def test_its_days_come_one_after_another_and_each_is_told_once(alice: Town) -> None:
    for stage, kind in (("remind", "bill_reminder"), ("overdue", "bill_overdue")):
        (ahead, *_) = owed(alice, "bill.term")
        assert not terms.reach(alice.db, BILL, stage)
        assert not terms.reach(alice.db, BILL, stage)
        assert [each["kind"] for each in owed(alice, "bill.told")][-1] == kind
        assert ahead["stage"] == "remind"
    moves = [line["move"] for line in alice.bill().history]
    assert moves == ["issued", "remind", "overdue"]
    assert terms.reach(alice.db, BILL, "lapse")
    bills.cancel(alice.db, BILL, by="system", tell="bill_lapsed")
    assert not terms.reach(alice.db, BILL, "lapse")


def test_the_reminder_comes_in_the_morning_some_working_days_before(alice: Town) -> None:
    row = alice.db["bills"].find_one({"_id": BILL}) or {}
    (reminder,) = [each for each in row["outbox"].values() if each["effect"] == "bill.term"]
    local = reminder["due"].astimezone(clock.SHANGHAI)
    assert (local.hour, local.minute) in ((8, 59), (9, 0))
    last = date.fromisoformat(row["payable_by"]).toordinal()
    between = map(date.fromordinal, range(local.toordinal() + 1, last + 1))
    left = [day for day in between if calendar.is_working_day(day)]
    assert len(left) == 3


def test_a_paid_bill_is_left_in_peace(alice: Town) -> None:
    paid(alice)
    assert not terms.reach(alice.db, BILL, "remind")
    assert not terms.reach(alice.db, BILL, "lapse")
    assert [line["move"] for line in alice.bill().history][-1] == "paid"


def test_a_cancelled_bill_is_issued_again_under_the_next_number(alice: Town) -> None:
    with pytest.raises(bills.NotReissuable):
        bills.reissue(alice.db, BILL, by=QIAN)
    bills.cancel(alice.db, BILL, by=SUN, note="开错了", tell="bill_cancelled")
    anew = bills.reissue(alice.db, BILL, by=QIAN)
    assert bills.reissue(alice.db, BILL, by=SUN) == anew
    old = alice.bill()
    assert (old.state, old.replaced_by, anew.replaces) == ("cancelled", anew.number, BILL)
    assert (anew.total, anew.lines, anew.state) == (old.total, old.lines, "open")
    assert {each.number for each in bills.of_case(alice.db, CASE)} == {BILL, anew.number}
    bills.cancel(alice.db, anew.number, by=SUN)
    assert bills.reissue(alice.db, anew.number, by=QIAN).number not in (BILL, anew.number)


def test_a_bill_is_cancelled_with_a_reason_of_bearable_length(alice: Town) -> None:
    with pytest.raises(bills.BadNote):
        bills.cancel(alice.db, BILL, by=SUN, note="长" * 201)
    assert alice.bill().state == "open"
