"""A case ends while money is on its way: nothing is asked for in vain, nothing silently kept."""

from dataclasses import replace

import pytest

from app import jobs
from base import clock
from base.errors import Unreachable
from payments import attempts, bills, decisions, fiscal, refunds
from tests.people.crashing import Meanwhile
from tests.people.threads import at_once
from tracking import cases

from .bureau import Bureau, owed


def given_back(town):
    """(reason, bill, amount) of all money that has gone back."""
    return [
        (each.reason, bill.number, each.amount)
        for state in ("paid", "cancelled")
        for bill in bills.recent(town.db, state)
        for each in bill.refunds.values()
        if each.state == "succeeded"
    ]


def test_a_case_withdrawn_before_its_bill_was_made_gets_none(town):
    case = town.charged("submit")
    owed = dict(town.desk.row(case)["outbox"])
    town.move(case, "withdraw")
    (asked,) = owed.values()
    town.effect("case.withdrawn", case=case.number, resident=case.resident)
    town.effect(asked["effect"], **asked["data"])
    assert [each.state for each in bills.of_case(town.db, case.number)] == []


def test_a_bill_made_while_its_case_was_withdrawn_is_cancelled(town):
    case = town.charged("submit")

    def withdraw():
        town.move(case, "withdraw")
        town.effect("case.withdrawn", case=case.number, resident=case.resident)

    db = Meanwhile(town.db, "bills", "insert_one", withdraw)
    jobs.EFFECTS["case.submitted"](
        replace(town.runtime, db=db), "", case=case.number, resident=case.resident
    )
    assert db.act is None
    assert town.bill(case).state == "cancelled"


def test_a_bill_left_behind_by_a_killed_worker_is_cancelled_after_all(town):
    case = town.charged("submit")
    lines = [jobs.effects.fees.Line(**line) for line in case.quote["lines"]]
    more = {"number_of_case": case.number, "resident": case.resident, "title": "x"}
    town.move(case, "withdraw")
    town.effect("case.withdrawn", case=case.number, resident=case.resident)
    bills.issue(town.db, lines=lines, total=case.quote["total"], **more)
    town.effect("case.submitted", case=case.number, resident=case.resident)
    assert town.bill(case).state == "cancelled"


def test_finance_hears_of_a_bill_whose_cancelling_worker_was_killed(town):
    case = town.charged("submit")
    town.keep()
    bill = town.bill(case)
    town.move(case, "withdraw")
    bills.cancel(town.db, bill.number, by="system")
    town.runtime = replace(town.runtime, finance=Bureau())
    town.keep()
    assert fiscal.find(town.db, bill.number).state == "void"


@pytest.mark.parametrize("paid_first", [True, False])
@pytest.mark.parametrize(("when", "end"), [("submit", "decline"), ("accept", "withdraw")])
def test_money_of_a_case_that_came_to_nothing_goes_back_by_itself(town, when, end, paid_first):
    case = town.charged(when)
    if when == "accept":
        town.move(case, "accept")
    town.keep()
    bill = town.bill(case)
    acts = [lambda: town.pay(bill), lambda: town.move(case, end, note="材料不全")]
    for act in acts if paid_first else acts[::-1]:
        act()
    town.keep()
    town.keep()
    assert given_back(town) == [("case_ended", bill.number, bill.total)]
    assert cases.get(town.db, case.number).payment.state == "paid"
    assert "refund_done" in town.told()


def test_money_of_a_case_that_was_decided_is_kept(town):
    case = town.charged("accept")
    town.move(case, "accept")
    town.keep()
    town.pay(town.bill(case))
    town.keep()
    town.move(case, "refuse", note="条件不符")
    town.keep()
    assert given_back(town) == []


def billed(town):
    """A bill with an order open, and the order's number."""
    case = town.charged("submit")
    town.keep()
    bill = town.bill(case)
    return bill, attempts.open(town.db, town.runtime.wallets, bill.number, "alipay", None).attempt


def test_a_bill_that_was_paid_is_found_so_on_its_last_day(town):
    bill, order = billed(town)
    town.purse.pay(order, bill.total)
    town.effect("bill.term", bill=bill.number, stage="lapse")
    assert bills.get(town.db, bill.number).state == "paid"


def test_a_bill_does_not_lapse_while_its_wallet_is_silent(town):
    bill, _ = billed(town)
    town.purse.silent = True
    with pytest.raises(Unreachable):
        town.effect("bill.term", bill=bill.number, stage="lapse")
    assert bills.get(town.db, bill.number).state == "open"
    town.purse.silent = False
    town.effect("bill.term", bill=bill.number, stage="lapse")
    assert bills.get(town.db, bill.number).state == "cancelled"


def test_a_bill_lapses_once_its_order_at_a_wallet_we_no_longer_have_is_over(town):
    bill, order = billed(town)
    town.runtime = replace(town.runtime, wallets={})
    with pytest.raises(attempts.EarlierUnsettled):
        town.effect("bill.term", bill=bill.number, stage="lapse")
    clock.move(town.db, 4 * 3600 + 60)
    town.effect("bill.term", bill=bill.number, stage="lapse")
    found = bills.get(town.db, bill.number)
    assert (found.state, found.attempts[order].state) == ("cancelled", "left")


def at_the_bank(town, more=0):
    """A bill whose money, and more, a bank has taken without telling us."""
    bill, _ = billed(town)
    _, told = owed(town, bill.number)
    town.effect("fiscal.go", **told)
    town.runtime.finance.pay(bill.number, bill.total + more)
    return bill


@pytest.mark.parametrize("stage", ["remind", "overdue", "lapse"])
def test_a_bill_that_a_bank_took_is_found_so_before_anybody_is_told(town, stage):
    bill = at_the_bank(town)
    town.effect("bill.term", bill=bill.number, stage=stage)
    assert bills.get(town.db, bill.number).state == "paid"
    town.keep()
    assert cases.get(town.db, bill.case).payment.state == "paid"
    assert "bill_paid" in town.told()
    assert not {"bill_reminder", "bill_overdue", "bill_lapsed"} & set(town.told())


def test_a_bill_does_not_lapse_while_a_banks_money_for_it_cannot_be_placed(town):
    bill = at_the_bank(town, more=100)
    for _ in range(2):
        with pytest.raises(Unreachable) as waits:
            town.effect("bill.term", bill=bill.number, stage="lapse")
        assert waits.value.until > clock.now()
    assert bills.get(town.db, bill.number).state == "open"


def test_a_case_that_ends_asks_first_whether_its_bill_was_paid(town):
    bill, order = billed(town)
    town.purse.pay(order, bill.total)
    town.move(cases.get(town.db, bill.case), "withdraw")
    town.keep()
    town.keep()
    assert given_back(town) == [("case_ended", bill.number, bill.total)]


@pytest.mark.parametrize("part", [100, None])
def test_what_an_officer_asked_for_in_vain_is_owed_once_its_case_has_ended(town, part):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    wish = refunds.Wish("t1", part or bill.total, "多收", "operator:qian", "k")
    asked = refunds.request(town.db, bill.number, wish)
    town.move(cases.get(town.db, bill.case), "withdraw")
    town.keep()
    decisions.reject(town.db, bill.number, asked.number, by="operator:sun", note="由系统退")
    for turn in range(3):
        town.keep()
        clock.move(town.db, 60 * (turn + 1))
    town.effect("case.withdrawn", case=bill.case, resident=bill.resident)
    town.keep()
    assert {reason for reason, *_ in given_back(town)} == {"case_ended"}
    assert sum(fen for *_, fen in given_back(town)) == bill.total


def test_what_a_rule_owes_is_not_owed_again_when_an_officer_gives_it_up(town):
    bill, order = billed(town)
    bills.settle(town.db, town.purse.pay(order, bill.total))
    town.purse.refuses = True
    town.move(cases.get(town.db, bill.case), "withdraw")
    town.keep()
    (owed,) = bills.get(town.db, bill.number).refunds
    decide = {"by": "operator:sun", "note": "改由财政退付"}
    decisions.drop(town.db, town.runtime.wallets, bill.number, owed, **decide)
    town.keep()
    assert list(bills.get(town.db, bill.number).refunds) == [owed]


def test_nobody_is_asked_to_pay_a_bill_that_was_cancelled(town):
    case = town.charged("submit")
    town.effect("case.submitted", case=case.number, resident=case.resident)
    bills.cancel(town.db, town.bill(case).number, by="system")
    town.keep()
    assert "bill_issued" not in town.told()


def test_money_paid_in_the_moment_of_a_withdrawal_goes_back_once(town):
    for turn in range(8):
        case = town.charged("submit")
        town.keep()
        bill = town.bill(case)
        opened = attempts.open(town.db, town.runtime.wallets, bill.number, "alipay", None)
        notice = town.purse.pay(opened.attempt, bill.total, f"t{turn}")
        at_once(
            lambda n=notice: bills.settle(town.db, n),
            lambda c=case: town.move(c, "withdraw"),
            town.keep,
            town.keep,
        )
        clock.move(town.db, 60 * (turn + 1))
        town.keep()
        (found,) = [each for each in given_back(town) if each[1] == bill.number]
        expected = {"paid": "case_ended", "cancelled": "surplus"}
        assert found[0] == expected[town.bill(case).state]
