"""A bank takes money on finance's notice: finance's word pays the bill, once, or is for a human."""

from collections.abc import Callable

import pytest

from base import alarms, clock
from base.errors import Unreachable
from payments import (
    bank,
    bills,
    counter,
    decisions,
    fiscal,
    quarantine,
    reconsidering,
    refunds,
    settlement,
    telling,
)
from payments.records import Refund

from .office import Office
from .refunding import QIAN, SUN, sums
from .town import BILL

BACK = counter.Voucher("bank", "0026421031")
CASH = counter.Voucher("cash", "0026421031")


def by_lock(office: Office) -> None:
    with pytest.raises(fiscal.PaidElsewhere):
        office.lock()


def by_list(office: Office) -> None:
    fiscal.compare(office.db, office.finance, clock.today())


def by_asking(office: Office) -> None:
    fiscal.wake(office.db, BILL)


def taken(office: Office, learn: Callable[[Office], None] = by_asking) -> bills.Bill:
    """The bill once a bank has taken its money and we have learnt of it."""
    office.lock()
    office.counter("pay")
    learn(office)
    office.keep(2)
    return office.town.bill()


@pytest.mark.parametrize("learn", [by_lock, by_list, by_asking])
def test_what_a_bank_took_pays_the_bill_by_finances_proven_word(
    office: Office, learn: Callable[[Office], None]
) -> None:
    bill = taken(office, learn)
    assert (bill.state, bill.paid["wallet"], bill.slips) == ("paid", "bank", {})
    (fact,) = bills.facts(office.db, BILL)
    assert fact["_id"] == f"bank:payment:BANK{office.record.code}"
    assert (fact["amount"], fact["source"], len(fact["proof"])) == (8000, "finance", 64)
    assert fact["paid_at"].timestamp() == int(office.book()["notices"][0]["paid_at"])
    assert sums(office.town) == {"received": 8000, "fee": -8000, "owed": 0, "returned": 0}
    assert "bill.paid" in office.town.keep()
    assert (office.record.state, office.sounding()) == ("elsewhere", set())


def test_finances_word_is_booked_once_however_often_it_is_heard(office: Office) -> None:
    taken(office)
    word = bank.notice(BILL, office.finance.query(office.record.code))
    assert settlement.settle(office.db, word).result == "already"
    by_asking(office)
    office.keep()
    assert (len(bills.facts(office.db, BILL)), office.town.bill().refunds) == (1, {})


def test_a_silent_finance_is_asked_until_the_banks_money_is_booked(office: Office) -> None:
    office.fault("/notice/query", kind="reset", times=2)
    assert taken(office, by_lock).state == "open"
    office.settle()
    assert office.town.bill().state == "paid"


def paid_after(office: Office, bank: Callable[[Office], object]) -> Refund:
    """What goes back of an order at a wallet that was open when a bank took its money."""
    office.lock()
    opened = office.town.open("wechat")
    bank(office)
    office.town.pay(opened)
    by_asking(office)
    office.keep()
    (back,) = office.town.bill().refunds.values()
    return back


def test_what_a_wallet_takes_after_the_bank_goes_back_and_the_banks_stays(office: Office) -> None:
    back = paid_after(office, taken)
    assert (back.wallet, back.reason, back.amount) == ("wechat", "surplus", 8000)


def test_cash_taken_beside_the_banks_money_goes_back_at_the_counter(office: Office) -> None:
    office.lock()
    office.counter("pay")
    counter.take(office.db, office.town.wallets, BILL, CASH, amount=8000, by=QIAN)
    by_asking(office)
    office.keep(2)
    ((_, back),) = counter.payouts(office.db)
    assert (back.wallet, back.reason, back.amount) == ("counter", "paid_elsewhere", 8000)


def misfit(office: Office) -> None:
    """A bank takes a late fee as well, which no bill of ours knows."""
    office.lock()
    office.counter("late")
    office.counter("pay")
    by_asking(office)
    office.keep(2)


def test_another_sum_than_the_bills_is_for_a_human(office: Office) -> None:
    misfit(office)
    assert (office.town.bill().state, bills.facts(office.db, BILL)) == ("open", [])
    (item,) = quarantine.list(office.db)
    assert (item.reason, item.provider, item.amount, item.bill) == ("amount", "bank", 8100, BILL)
    assert office.sounding() == {"finance_elsewhere", "money_quarantine"}
    with pytest.raises(fiscal.Unbooked):
        fiscal.go(office.db, office.finance, BILL, str)


def test_a_banks_money_for_a_bill_that_was_cancelled_waits_to_be_given_back(
    office: Office,
) -> None:
    misfit(office)
    bills.cancel(office.db, BILL, by=QIAN)
    by_asking(office)
    office.keep(2)
    ((_, back),) = counter.payouts(office.db)
    assert (back.wallet, back.reason, back.amount) == ("bank", "surplus", 8100)
    assert "finance_elsewhere" not in office.sounding()


def test_a_second_look_at_a_banks_money_gives_nothing_back_twice(office: Office) -> None:
    back = paid_after(office, misfit)
    (item,) = quarantine.list(office.db)
    assert reconsidering.reconsider(office.db, office.town.wallets, item.id, SUN).reason == "order"
    assert office.town.bill().refunds == {back.number: back}
    assert (back.wallet, back.reason) == ("wechat", "paid_elsewhere")


def test_money_that_the_bank_has_given_back_pays_nothing(office: Office) -> None:
    office.lock()
    office.counter("pay")
    by_lock(office)
    office.finance.reverse(office.record.code, "T1", 8000)
    office.keep()
    assert (office.town.bill().state, office.sounding()) == ("open", {"finance_elsewhere"})


def test_a_no_to_the_question_who_paid_is_asked_again(office: Office) -> None:
    office.lock()
    office.fault("/notice/query", kind="error", code="1001")
    by_asking(office)
    office.keep()
    assert (office.record.state, office.sounding()) == ("unpaid", {"finance_refuses"})
    office.settle()
    assert office.sounding() == set()


def refund(office: Office) -> Refund:
    """A refund of what a bank took, agreed to."""
    transaction = taken(office).received[0]["transaction"]
    asked = refunds.request(
        office.db, BILL, refunds.Wish(transaction, 8000, "退", "operator:li", "k")
    )
    return decisions.approve(office.db, BILL, asked.number, by=SUN)


def test_what_a_bank_took_goes_back_by_hand_and_never_from_the_drawer(office: Office) -> None:
    back = refund(office)
    (told,) = telling.refunds(office.town.bill())
    assert "银行缴款回单" in told["state_name"]
    with pytest.raises(counter.BadVoucher):
        counter.give_back(office.db, office.town.wallets, BILL, back.number, CASH, by=QIAN)
    done = counter.give_back(office.db, office.town.wallets, BILL, back.number, BACK, by=QIAN)
    assert (done.state, office.town.bill().slips[BACK.id].method) == ("succeeded", "bank")
    assert bills.facts(office.db, BILL)[1]["_id"] == f"bank:refund:{BACK.id}"
    by_asking(office)
    office.keep()
    assert (office.record.state, office.book()["notices"][0]["returned"]) == ("elsewhere", {})


def test_nobody_takes_a_banks_money_at_the_counter(office: Office) -> None:
    with pytest.raises(counter.BadVoucher):
        counter.take(office.db, office.town.wallets, BILL, BACK, amount=8000, by=QIAN)
    assert [each["kind"] for each in alarms.standing(office.db)] == []


def test_a_question_that_finance_does_not_answer_is_put_off(office: Office) -> None:
    office.lock()
    office.fault("/notice/query", kind="reset")
    with pytest.raises(Unreachable):
        fiscal.go(office.db, office.finance, BILL, str)


def late(office: Office, undo: Callable[[Office], object]) -> None:
    """A wallet's payment comes in after a bank took the money and gave it back again."""
    office.lock()
    opened = office.town.open("wechat")
    office.counter("pay")
    by_lock(office)
    undo(office)
    office.town.pay(opened)
    by_asking(office)
    office.keep()


def test_a_payment_after_the_banks_was_struck_out_is_confirmed_and_stays(office: Office) -> None:
    late(office, lambda _: office.counter("undo"))
    assert (office.town.bill().state, office.town.bill().refunds) == ("paid", {})
    assert (office.record.state, office.sounding()) == ("confirmed", set())
    assert "fiscal_freed" in [each["move"] for each in office.record.history]


def given_back(office: Office) -> None:
    office.finance.reverse(office.record.code, "T1", 8000)


def test_a_payment_after_the_banks_went_back_stays_and_is_for_a_human(office: Office) -> None:
    late(office, given_back)
    assert (office.town.bill().state, office.town.bill().refunds) == ("paid", {})
    assert (office.record.state, office.sounding()) == ("disputed", {"finance_disputed"})


def test_what_the_bank_has_given_back_takes_nothing_from_who_paid_here(office: Office) -> None:
    office.lock()
    office.fault("/notice/confirm", kind="error", code="2002")
    office.pay()
    office.keep()
    assert (office.record.state, office.sounding()) == ("unpaid", {"finance_refuses"})
    office.settle()
    assert (office.record.state, office.town.bill().refunds) == ("confirmed", {})
    assert office.sounding() == set()


@pytest.mark.parametrize("times", [1, 3])
def test_a_confirmation_that_names_no_payment_gives_nothing_back(
    office: Office, times: int
) -> None:
    office.lock()
    office.fault("/notice/*", kind="nameless", times=times)
    office.pay()
    office.keep()
    assert (office.record.state, office.sounding()) == ("unpaid", {"finance_refuses"})
    office.settle()
    assert (office.record.state, office.town.bill().refunds) == ("confirmed", {})


@pytest.mark.parametrize("undo", [lambda office: office.counter("undo"), given_back])
def test_a_notice_that_nobody_has_paid_after_all_is_withdrawn_with_its_bill(
    office: Office, undo: Callable[[Office], None]
) -> None:
    office.lock()
    office.counter("pay")
    by_lock(office)
    undo(office)
    bills.cancel(office.db, BILL, by=QIAN)
    by_asking(office)
    office.keep()
    assert (office.record.state, office.sounding()) == ("void", set())


def test_a_withdrawal_that_finance_refuses_for_nothing_is_asked_again(office: Office) -> None:
    office.lock()
    bills.cancel(office.db, BILL, by=QIAN)
    by_asking(office)
    office.fault("/notice/void", kind="error", code="2002")
    office.keep()
    assert (office.record.state, office.sounding()) == ("unpaid", {"finance_refuses"})
    office.settle()
    assert (office.record.state, office.sounding()) == ("void", set())
