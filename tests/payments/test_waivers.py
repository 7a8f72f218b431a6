"""What need not be paid: asked for by one officer, granted by another, before anything is paid."""

from contextlib import suppress
from typing import Any

import pytest

from base.errors import Problem
from payments import attempts, bills, counter, ledger, waivers
from payments.records import Reduction
from tests.people.threads import at_once

from .refunding import QIAN, SUN, paid
from .town import BILL, Town


def wish(amount: int, key: str = "k", **other: str) -> waivers.Wish:
    told = {"line": "cert", "basis": "财税〔2016〕79号", "note": "低保对象", "by": QIAN}
    return waivers.Wish(amount=amount, key=key, **told | other)


def granted(town: Town, amount: int, key: str = "k") -> Reduction:
    asked = waivers.ask(town.db, BILL, wish(amount, key))
    return waivers.grant(town.db, BILL, asked.id, by=SUN)


def test_a_granted_reduction_is_a_line_of_the_bill_and_stands_in_its_ledger(alice: Town) -> None:
    given = granted(alice, 3000)
    bill = alice.bill()
    assert (bill.total, bill.state) == (5000, "open")
    line = bill.lines[-1]
    assert (line["total"], line["basis"], line["granted"]) == (-3000, "财税〔2016〕79号", SUN)
    assert "工本费" in line["name"]
    found = ledger.balances(bill.ledger)
    assert (found["waived"], found["forgone"], found["fee"]) == (3000, -3000, 0)
    assert bill.reductions[given.id].state == "granted"
    assert "bill.reduced" in alice.keep()


def test_nothing_left_to_pay_waives_the_bill(alice: Town) -> None:
    granted(alice, 3000)
    granted(alice, 5000, "other")
    assert (alice.bill().total, alice.bill().state) == (0, "waived")
    with pytest.raises(attempts.BillCancelled):
        alice.open("alipay")
    with pytest.raises(waivers.NotReducible):
        waivers.ask(alice.db, BILL, wish(1, "third"))


def test_the_same_form_asks_once(alice: Town) -> None:
    first = waivers.ask(alice.db, BILL, wish(3000))
    assert waivers.ask(alice.db, BILL, wish(3000)) == first
    assert waivers.waiting(alice.db) == [(alice.bill(), first)]


@pytest.mark.parametrize(
    "other",
    [{"amount": 2000}, {"line": ""}, {"basis": "另一部法"}, {"note": "残疾人"}, {"by": SUN}],
)
def test_a_form_that_asks_for_something_else_under_its_old_key_is_refused(
    alice: Town, other: dict[str, Any]
) -> None:
    waivers.ask(alice.db, BILL, wish(3000))
    with pytest.raises(waivers.ReductionDiffers):
        waivers.ask(alice.db, BILL, wish(**{"amount": 3000} | other))


def test_whoever_asks_does_not_grant_and_nobody_decides_twice(alice: Town) -> None:
    asked = waivers.ask(alice.db, BILL, wish(3000))
    with pytest.raises(waivers.SameGranter):
        waivers.grant(alice.db, BILL, asked.id, by=QIAN)
    waivers.refuse(alice.db, BILL, asked.id, by=SUN, note="证明已过期")
    with pytest.raises(waivers.NotReducible):
        waivers.grant(alice.db, BILL, asked.id, by=SUN)
    with pytest.raises(waivers.NoSuchReduction):
        waivers.grant(alice.db, BILL, "other", by=SUN)
    assert alice.bill().total == 8000
    assert waivers.waiting(alice.db) == []


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (wish(0), waivers.BadReduction),
        (wish(1, note=" "), waivers.BadReduction),
        (wish(1, basis=""), waivers.BadReduction),
        (wish(8001), waivers.ReductionTooLarge),
        (wish(1, line="none"), waivers.ReductionTooLarge),
    ],
)
def test_what_makes_no_sense_is_not_asked(
    alice: Town, asked: waivers.Wish, refusal: type[Problem]
) -> None:
    with pytest.raises(refusal):
        waivers.ask(alice.db, BILL, asked)


def test_a_line_is_never_granted_away_twice(alice: Town) -> None:
    twice = [waivers.ask(alice.db, BILL, wish(5000, key)) for key in "ab"]
    waivers.grant(alice.db, BILL, twice[0].id, by=SUN)
    with pytest.raises(waivers.ReductionTooLarge):
        waivers.grant(alice.db, BILL, twice[1].id, by=SUN)


def test_a_bill_that_was_paid_meanwhile_is_not_reduced(alice: Town) -> None:
    asked = waivers.ask(alice.db, BILL, wish(3000))
    paid(alice)
    with pytest.raises(waivers.NotReducible):
        waivers.grant(alice.db, BILL, asked.id, by=SUN)
    assert waivers.waiting(alice.db) == []


def test_an_order_for_the_old_sum_is_closed_and_a_new_one_is_for_the_new(alice: Town) -> None:
    old = alice.open("wechat")
    granted(alice, 3000)
    alice.keep()
    assert alice.state(old) == "closed"
    new = alice.open("wechat")
    assert alice.bill().attempts[new.attempt].amount == 5000
    alice.pay(new)
    assert bills.refresh(alice.db, alice.wallets, BILL).state == "paid"


def test_a_live_order_for_the_old_sum_is_not_used_again(alice: Town) -> None:
    old = alice.open("wechat")
    granted(alice, 3000)
    assert alice.open("wechat").attempt != old.attempt


def test_money_that_comes_for_the_old_sum_goes_back(alice: Town) -> None:
    old = alice.open("alipay")
    alice.pay(old)
    granted(alice, 3000)
    alice.keep()
    bill = alice.bill()
    assert (bill.state, bill.attempts[old.attempt].state) == ("open", "surplus")
    (back,) = bill.refunds.values()
    assert (back.amount, back.reason) == (8000, "surplus")
    voucher = counter.Voucher("cash", "0026421031")
    counter.take(alice.db, alice.wallets, BILL, voucher, amount=5000, by=QIAN)
    assert alice.bill().state == "paid"


def test_two_officers_at_once_grant_each_reduction_once(alice: Town) -> None:
    asked = [waivers.ask(alice.db, BILL, wish(2000, key)).id for key in "abc"]

    def one(id: str) -> None:
        with suppress(waivers.NotReducible):
            waivers.grant(alice.db, BILL, id, by=SUN)

    at_once(*(lambda id=id: one(id) for id in [*asked, *asked]))
    assert alice.bill().total == 2000
    assert [line["total"] for line in alice.bill().lines] == [8000, -2000, -2000, -2000]
    assert ledger.balances(alice.bill().ledger)["waived"] == 6000
