"""Killed before any write whatever, paying goes on where it stopped: one order, one fact."""

from payments import attempts, bills, refunds, repaying
from tests.people.crashing import dies

MOST = 12


def charged(town):
    case = town.charged("submit")
    town.effect("case.submitted", case=case.number, resident=case.resident)
    return town.bill(case)


def opened(town, db, bill):
    return attempts.open(db, town.runtime.wallets, bill.number, "alipay", None)


def test_an_order_killed_while_it_was_opened_is_the_one_that_is_paid(town):
    for after in range(MOST):
        bill = charged(town)
        killed = dies(lambda d, b=bill: opened(town, d, b), town.db, after)
        order = opened(town, town.db, bill).attempt
        assert list(bills.get(town.db, bill.number).attempts) == [order]
        notice = town.purse.pay(order, bill.total, f"o{after}")
        assert bills.settle(town.db, notice).result == "settled"
        if not killed:
            break
    assert 1 < after < MOST - 1


def test_a_notice_killed_while_it_was_booked_is_booked_once(town):
    for after in range(MOST):
        bill = charged(town)
        notice = town.purse.pay(opened(town, town.db, bill).attempt, bill.total, f"n{after}")
        killed = dies(lambda d, n=notice: bills.settle(d, n), town.db, after)
        assert bills.settle(town.db, notice).result == ("settled" if killed else "already")
        assert len(bills.facts(town.db, bill.number)) == 1
        assert bills.get(town.db, bill.number).state == "paid"
        if not killed:
            break
    assert 1 < after < MOST - 1


def test_a_refund_killed_on_its_way_goes_back_once(town):
    for after in range(MOST):
        bill = charged(town)
        notice = town.purse.pay(opened(town, town.db, bill).attempt, bill.total, f"r{after}")
        bills.settle(town.db, notice)
        (owed,) = refunds.owe(town.db, bill.number, "case_ended")
        go = (bill.number, owed.number, 0)
        killed = dies(lambda d, g=go: repaying.go(d, town.runtime.wallets, *g), town.db, after)
        repaying.go(town.db, town.runtime.wallets, *go)
        facts = bills.facts(town.db, bill.number)
        assert [each["kind"] for each in facts] == ["payment", "refund"]
        assert bills.get(town.db, bill.number).refunds[owed.number].state == "succeeded"
        if not killed:
            break
    assert 1 < after < MOST - 1


def test_surplus_killed_anywhere_goes_back_once(town):
    for after in range(MOST):
        bill = charged(town)
        notice = town.purse.pay(opened(town, town.db, bill).attempt, bill.total, f"s{after}")
        bills.cancel(town.db, bill.number, by="system")
        killed = dies(lambda d, n=notice: bills.settle(d, n), town.db, after)
        bills.settle(town.db, notice)
        town.keep()
        facts = bills.facts(town.db, bill.number)
        assert [each["kind"] for each in facts] == ["payment", "refund"]
        if not killed:
            break
    assert 1 < after < MOST - 1
