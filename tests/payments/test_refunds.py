"""Money goes back when two officers agree, never more than came, and once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from base import alarms
from base.errors import Problem
from payments import bills, counter, decisions, limits, refunds, reporting
from payments.records import Refund

from .refunding import QIAN, SUN, approved, paid, state, sums, wish
from .town import BILL, Town

NOBODY = {"received": 0, "fee": 0, "owed": 0, "returned": 0}


def test_a_refund_is_asked_for_by_one_and_approved_by_another(alice: Town) -> None:
    paid(alice)
    asked = refunds.request(alice.db, BILL, wish(alice, 3000))
    assert (asked.state, asked.number.isalnum(), len(asked.number)) == ("requested", True, 32)
    with pytest.raises(decisions.SameOfficer):
        decisions.approve(alice.db, BILL, asked.number, by=QIAN)
    assert decisions.approve(alice.db, BILL, asked.number, by=SUN).state == "approved"
    with pytest.raises(decisions.NotDecidable):
        decisions.approve(alice.db, BILL, asked.number, by="operator:li")
    assert sums(alice) == {"received": 8000, "fee": -5000, "owed": -3000, "returned": 0}


def test_a_rejected_refund_leaves_everything_as_it_was(alice: Town) -> None:
    paid(alice)
    asked = refunds.request(alice.db, BILL, wish(alice, 8000))
    assert [each.number for _, each in refunds.waiting(alice.db, "requested")] == [asked.number]
    decisions.reject(alice.db, BILL, asked.number, by=SUN, note="材料齐全，不退")
    assert (state(alice, asked), alice.bill().refundable) == ("rejected", 8000)
    assert sums(alice) == {"received": 8000, "fee": -8000, "owed": 0, "returned": 0}
    assert refunds.waiting(alice.db, "requested") == []
    assert refunds.said(alice.bill().history[-1]["note"]) == "材料齐全，不退"


def test_the_same_form_again_is_the_same_refund(alice: Town) -> None:
    paid(alice)
    first = refunds.request(alice.db, BILL, wish(alice, 3000))
    assert refunds.request(alice.db, BILL, wish(alice, 3000)).number == first.number
    assert alice.bill().refundable == 5000


@pytest.mark.parametrize(
    ("amount", "other"),
    [
        (2000, {}),
        (3000, {"note": "另一个原因"}),
        (3000, {"by": SUN}),
        (3000, {"transaction": "42000000"}),
    ],
)
def test_a_form_that_asks_for_something_else_under_its_old_key_is_refused(
    alice: Town, amount: int, other: dict[str, str]
) -> None:
    paid(alice)
    refunds.request(alice.db, BILL, wish(alice, 3000))
    with pytest.raises(refunds.RefundDiffers):
        refunds.request(alice.db, BILL, wish(alice, amount, **other))
    assert alice.bill().refundable == 5000


@pytest.mark.parametrize(
    ("error", "amount", "other"),
    [
        (refunds.BadRefund, 0, {}),
        (refunds.BadRefund, -1, {}),
        (refunds.BadRefund, 1, {"note": "  "}),
        (refunds.BadRefund, 1, {"key": ""}),
        (refunds.BadRefund, 1, {"note": "长" * 201}),
        (refunds.NotRefundable, 8001, {}),
        (refunds.NotRefundable, 1, {"transaction": "42000000"}),
        (refunds.RefundTooLarge, limits.single() + 1, {}),
    ],
)
def test_what_may_not_be_asked_for_changes_nothing(
    alice: Town, error: type[Problem], amount: int, other: dict[str, Any]
) -> None:
    paid(alice)
    before = alice.bill()
    with pytest.raises(error):
        refunds.request(alice.db, BILL, wish(alice, amount, **other))
    assert alice.bill() == before


def test_a_bill_that_was_not_paid_has_nothing_to_give_back(alice: Town) -> None:
    told = refunds.Wish(transaction="1", amount=1, note="退", by=QIAN, key="k")
    with pytest.raises(refunds.NotRefundable):
        refunds.request(alice.db, BILL, told)
    with pytest.raises(refunds.NoSuchRefund):
        decisions.approve(alice.db, BILL, "none", by=SUN)
    assert refunds.owe(alice.db, BILL, "case_ended") == []


def test_nothing_is_handed_out_three_years_after_it_was_paid(alice: Town) -> None:
    voucher = counter.Voucher("cash", "0026421031")
    counter.take(alice.db, alice.wallets, BILL, voucher, amount=8000, by=QIAN)
    alice.advance(days=1096)
    with pytest.raises(refunds.RefundWindowOver):
        refunds.request(alice.db, BILL, wish(alice, 1))


def test_a_wallet_gives_back_fifty_times_at_most_and_the_rest_is_transferred(alice: Town) -> None:
    paid(alice)
    first = refunds.request(alice.db, BILL, wish(alice, 1, "k"))
    kept = (alice.db["bills"].find_one({"_id": BILL}) or {})["refunds"][first.number]
    most = limits.wallets()["wechat"].per_order
    many = {f"{first.attempt}R{n:07d}": kept for n in range(most)}
    alice.db["bills"].update_one({"_id": BILL}, {"$set": {"refunds": many}})
    assert refunds.request(alice.db, BILL, wish(alice, 1, "one more")).way == "transfer"


def test_many_officers_at_once_promise_no_more_than_came(alice: Town) -> None:
    """Thirty requests worth three times the payment; script/chaos money asks a hundred."""
    paid(alice)
    wishes = [wish(alice, 800, f"k{n}", by=f"operator:o{n}") for n in range(30)]

    def ask(each: refunds.Wish) -> None:
        with suppress(refunds.NotRefundable, bills.Contended):
            asked = refunds.request(alice.db, BILL, each)
            decisions.approve(alice.db, BILL, asked.number, by=SUN)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, wishes))
    bill = alice.bill()
    promised = sum(each.amount for each in bill.refunds.values())
    assert bill.refundable == 8000 - promised >= 0
    assert 0 < promised <= 8000
    assert all(each.decided_by != each.requested_by for each in bill.refunds.values())


def test_the_guard_of_the_write_itself_refuses_more_than_is_left(alice: Town) -> None:
    paid(alice)
    bill = alice.bill()
    alice.db["bills"].update_one({"_id": BILL}, {"$set": {"refundable": 10}})
    wanted = refunds.asking(bill, replace(approved_of(bill), amount=11))
    assert not refunds.store.change(alice.db, bill, wanted)


def approved_of(bill: bills.Bill) -> Any:
    return refunds.automatic(bill.received[0], "case_ended")


@pytest.mark.parametrize("part", [0, 3000])
def test_a_case_that_came_to_nothing_gets_back_whatever_is_left(alice: Town, part: int) -> None:
    paid(alice)
    if part:
        approved(alice, part)
    (owed,) = refunds.owe(alice.db, BILL, "case_ended")
    assert (owed.amount, owed.state, owed.requested_by) == (8000 - part, "approved", "system")
    assert refunds.owe(alice.db, BILL, "case_ended") == []
    assert sums(alice) == {"received": 8000, "fee": 0, "owed": -8000, "returned": 0}


def test_a_large_sum_is_not_given_back_by_rule_alone(alice: Town) -> None:
    paid(alice)
    payment = alice.bill().received[0] | {"amount": limits.automatic() + 1}
    owed = refunds.automatic(payment, "case_ended")  # type: ignore[arg-type]
    assert (owed.state, owed.decided_by) == ("requested", "")


def test_money_that_waits_for_an_officer_is_an_alarm_until_it_was_decided(alice: Town) -> None:
    paid(alice)
    reporting.report(alice.db)
    assert alarms.standing(alice.db) == []
    asked = refunds.request(alice.db, BILL, wish(alice, 3000))
    reporting.report(alice.db)
    (alarm,) = alarms.standing(alice.db)
    assert (alarm["kind"], alarm["facts"]) == ("refunds_owed", {"count": 1, "yuan": "30.00"})
    decisions.reject(alice.db, BILL, asked.number, by=SUN, note="不退")
    reporting.report(alice.db)
    assert alarms.standing(alice.db) == []


DROPS: list[Callable[[Town, Any], None]] = [
    lambda town, each: drop(town, each) and None,
    lambda town, each: decisions.again(town.db, BILL, each.number, by=QIAN) and None,
]


def drop(town: Town, refund: Refund) -> Refund:
    return decisions.drop(
        town.db, town.wallets, BILL, refund.number, by="operator:li", note="线下退"
    )


@pytest.mark.parametrize("act", DROPS)
def test_what_its_wallet_has_not_refused_is_neither_dropped_nor_sent_again(
    alice: Town, act: Callable[[Town, Any], None]
) -> None:
    paid(alice)
    (owed,) = refunds.owe(alice.db, BILL, "case_ended")
    with pytest.raises(decisions.NotDecidable):
        act(alice, owed)
