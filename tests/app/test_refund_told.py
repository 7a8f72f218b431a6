"""The effect that tells of a refund: its alarm, and what an ended case is owed after it."""

from dataclasses import replace

import pytest

from app import effects
from base import alarms, clock
from base.errors import Unreachable
from payments import bills, decisions, quarantine, reconsidering, refunds, repaying
from tests.people.crashing import Meanwhile
from tracking import cases

from .test_ending import billed, given_back

PART = 100


def sounding(town):
    return {each["_id"] for each in alarms.standing(town.db)}


def refused(town):
    """A bill, and a refund of it by rule that its wallet has refused: an alarm."""
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    (owed,) = refunds.owe(town.db, bill.number, "case_ended")
    town.purse.refuses = True
    town.keep()
    town.keep()
    return bill, owed


def agreed(town, bill, amount, key):
    """A refund that one officer asks for and another approves."""
    wish = refunds.Wish("t1", amount, "多收", "operator:qian", key)
    asked = refunds.request(town.db, bill.number, wish)
    return decisions.approve(town.db, bill.number, asked.number, by="operator:sun")


def test_the_alarm_of_a_refund_that_failed_ends_when_it_is_given_up(town):
    bill, owed = refused(town)
    assert f"refund_failed:{owed.number}" in sounding(town)
    decide = {"by": "operator:sun", "note": "改由窗口退"}
    decisions.drop(town.db, town.runtime.wallets, bill.number, owed.number, **decide)
    town.keep()
    assert f"refund_failed:{owed.number}" not in sounding(town)


def test_the_alarm_of_what_was_given_up_ends_though_its_case_cannot_be_settled_now(town):
    bill, owed = refused(town)
    town.move(cases.get(town.db, bill.case), "withdraw")
    decide = {"by": "operator:sun", "note": "改由窗口退"}
    decisions.drop(town.db, town.runtime.wallets, bill.number, owed.number, **decide)

    def breaks():
        raise Unreachable("store")

    owing = replace(town.runtime, db=Meanwhile(town.db, "cases", "find_one", breaks))
    with pytest.raises(Unreachable):
        effects.tell_refund(owing, "", bill=bill.number, refund=owed.number, kind="refund_failed")
    assert f"refund_failed:{owed.number}" not in sounding(town)


def test_a_refund_given_up_while_its_alarm_is_sounded_leaves_none(town):
    bill, owed = refused(town)
    decide = {"by": "operator:sun", "note": "改由窗口退"}

    def given_up():
        decisions.drop(town.db, town.runtime.wallets, bill.number, owed.number, **decide)
        town.keep()

    late = replace(town.runtime, db=Meanwhile(town.db, "alarms", "update_one", given_up))
    effects.tell_refund(late, "", bill=bill.number, refund=owed.number, kind="refund_failed")
    assert f"refund_failed:{owed.number}" not in sounding(town)


def test_what_is_left_of_a_payment_that_was_overdrawn_is_owed_once_that_is_settled(town):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    town.purse.refuses = True
    back = agreed(town, bill, bill.total - 100, "k")
    town.keep()
    sun = {"by": "operator:sun", "note": "重新退"}
    decisions.drop(town.db, town.runtime.wallets, bill.number, back.number, **sun)
    again = agreed(town, bill, bill.total - 100, "anew")
    town.purse.returned.add(back.number)
    asked = repaying.repayment(bills.get(town.db, bill.number), back)
    bills.settle(town.db, town.purse.query_refund(asked).notice)
    town.purse.refuses = False
    town.move(cases.get(town.db, bill.case), "withdraw")
    town.keep()
    decisions.drop(town.db, town.runtime.wallets, bill.number, again.number, **sun)
    town.keep()
    assert set(bills.get(town.db, bill.number).refunds) == {back.number, again.number}
    (item,) = quarantine.list(town.db)
    reconsidering.reconsider(town.db, town.runtime.wallets, item.id, "operator:sun")
    town.keep()
    clock.move(town.db, 60)
    town.keep()
    assert given_back(town) == [
        ("officer", bill.number, bill.total - 100),
        ("case_ended", bill.number, 100),
    ]


def late(town, bill, back):
    """The wallet has paid a refund that was dropped, and tells us."""
    town.purse.returned.add(back.number)
    asked = repaying.repayment(bills.get(town.db, bill.number), back)
    bills.settle(town.db, town.purse.query_refund(asked).notice)


def dropped(town, bill, back):
    decide = {"by": "operator:sun", "note": "不退了"}
    return decisions.drop(town.db, town.runtime.wallets, bill.number, back.number, **decide)


def withdrawn(town):
    """A paid bill of a case that is withdrawn while an officer's refund of a part is refused."""
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    town.purse.refuses = True
    back = agreed(town, bill, PART, "k")
    town.keep()
    town.move(cases.get(town.db, bill.case), "withdraw")
    town.keep()
    (rest,) = by_rule(town, bill)
    return bill, back, rest


def by_rule(town, bill):
    found = bills.get(town.db, bill.number).refunds.values()
    return sorted((r for r in found if r.requested_by == "system"), key=lambda r: r.created)


def test_what_a_rule_gave_up_for_money_that_came_back_late_is_owed_anew_with_its_rest(town):
    bill, back, rest = withdrawn(town)
    assert rest.amount == bill.total - PART
    dropped(town, bill, back)
    town.keep()
    assert [each.amount for each in by_rule(town, bill)] == [rest.amount, PART]
    late(town, bill, back)
    assert dropped(town, bill, rest).state == "dropped"
    (item,) = quarantine.list(town.db)
    reconsidering.reconsider(town.db, town.runtime.wallets, item.id, "operator:sun")
    town.keep()
    assert [(each.amount, each.state) for each in by_rule(town, bill)][2:] == [
        (rest.amount - PART, "approved")
    ]
    assert bills.get(town.db, bill.number).refundable == 0


def test_what_an_officer_gave_up_of_a_rules_is_owed_anew_only_if_another_agrees(town):
    bill, back, rest = withdrawn(town)
    clock.move(town.db, 60)
    town.keep()
    dropped(town, bill, rest)
    town.keep()
    assert len(by_rule(town, bill)) == 1
    dropped(town, bill, back)
    town.keep()
    assert [(each.amount, each.state) for each in by_rule(town, bill)] == [
        (rest.amount, "dropped"),
        (bill.total, "requested"),
    ]


def told_of_refunds(town):
    return [each for each in town.told() if each.startswith("refund_")]


def test_a_refund_is_told_once_a_step_and_a_second_failure_again(town):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    town.purse.refuses = True
    back = agreed(town, bill, PART, "k")
    assert told_of_refunds(town) == []
    town.keep()
    assert told_of_refunds(town) == ["refund_failed"]
    decisions.again(town.db, bill.number, back.number, by="operator:sun")
    town.keep()
    assert told_of_refunds(town) == ["refund_failed"] * 2
    effects.tell_refund(
        town.runtime, "", bill=bill.number, refund=back.number, kind="refund_failed"
    )
    assert told_of_refunds(town) == ["refund_failed"] * 2
    dropped(town, bill, back)
    town.keep()
    assert told_of_refunds(town) == ["refund_dropped", "refund_failed", "refund_failed"]


def test_a_refund_that_was_agreed_to_is_told_before_its_wallet_answers(town):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    back = agreed(town, bill, PART, "k")
    effects.tell_refund(town.runtime, "", bill=bill.number, refund=back.number, kind="refund_sent")
    assert told_of_refunds(town) == ["refund_sent"]
    town.keep()
    assert told_of_refunds(town) == ["refund_done", "refund_sent"]


def test_a_refund_that_is_transferred_or_not_agreed_to_is_told(town):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    town.purse.refuses = True
    back = agreed(town, bill, PART, "k")
    town.keep()
    clock.move(town.db, 301)
    decide = {"by": "operator:sun", "note": "退不了"}
    decisions.transfer(town.db, town.runtime.wallets, bill.number, back.number, **decide)
    wish = refunds.Wish("t1", PART, "多收", "operator:qian", "second")
    asked = refunds.request(town.db, bill.number, wish)
    decisions.reject(town.db, bill.number, asked.number, **decide)
    town.keep()
    assert told_of_refunds(town) == ["refund_at_transfer", "refund_failed", "refund_rejected"]
    assert f"refund_failed:{back.number}" not in sounding(town)
