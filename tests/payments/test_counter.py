"""Money over the counter: booked as any other, countersigned, and given back where it was taken."""

from typing import Any

import pytest

from base import alarms, numbers
from base.errors import Problem
from payments import attempts, bills, counter, decisions, refunds, reporting, slips, telling
from payments.records import Bill, Refund, Slip
from tests.people.threads import at_once

from .refunding import QIAN, SUN, paid, sums, wish
from .town import BILL, TITLE, Line, Town

CASH = counter.Voucher("cash", "0026421031")
CARD = counter.Voucher("pos", "000123", "12345678")


def take(town: Town, voucher: counter.Voucher = CASH, amount: int = 8000, by: str = QIAN) -> Bill:
    return counter.take(town.db, town.wallets, BILL, voucher, amount=amount, by=by)


def hand_out(town: Town, refund: str, voucher: counter.Voucher, bill: str = BILL) -> Refund:
    return counter.give_back(town.db, town.wallets, bill, refund, voucher, by=QIAN)


def approved(town: Town) -> Refund:
    asked = refunds.request(town.db, BILL, wish(town, 3000))
    return decisions.approve(town.db, BILL, asked.number, by=SUN)


def test_cash_pays_a_bill_and_is_a_fact_like_any_other(alice: Town) -> None:
    bill = take(alice)
    assert bill.state == "paid"
    (fact,) = bills.facts(alice.db, BILL)
    assert fact["_id"] == "counter:voucher:0026421031"
    assert (fact["amount"], fact["app"], fact["source"]) == (8000, "cash", "counter")
    assert sums(alice) == {"received": 8000, "fee": -8000, "owed": 0, "returned": 0}
    assert "bill.paid" in alice.keep()
    assert take(alice) == alice.bill()


def test_a_terminal_and_its_voucher_name_a_payment(alice: Town) -> None:
    assert take(alice, CARD).paid["transaction"] == "12345678-000123"


@pytest.mark.parametrize(
    "told",
    [
        ("cash", "1"),
        ("cash", "a.b$c"),
        ("cash", "00264210", "12345678"),
        ("pos", "000123"),
        ("card", "000123"),
    ],
)
def test_what_is_no_voucher_is_refused(told: tuple[str, ...]) -> None:
    with pytest.raises(counter.BadVoucher):
        counter.Voucher(*told)


def test_a_bill_is_paid_whole_and_a_voucher_used_once(alice: Town) -> None:
    with pytest.raises(counter.AmountDiffers):
        take(alice, amount=7999)
    take_for(alice, another(alice), CASH)
    with pytest.raises(counter.VoucherUsed):
        take(alice)
    assert alice.bill().state == "open"


def another(town: Town) -> str:
    """The number of another case's bill."""
    due: Any = {"lines": [Line()], "total": 8000}
    told = {"number_of_case": numbers.new(), "resident": "bob", "title": TITLE}
    return bills.issue(town.db, **told, **due).number


def take_for(town: Town, bill: str, voucher: counter.Voucher) -> Bill:
    return counter.take(town.db, town.wallets, bill, voucher, amount=8000, by=QIAN)


def owed_for(town: Town, bill: str, voucher: counter.Voucher) -> str:
    """The number of an approved refund of what was paid under this voucher."""
    take_for(town, bill, voucher)
    asked = refunds.request(town.db, bill, refunds.Wish(voucher.id, 3000, "多收了", QIAN, "k"))
    return decisions.approve(town.db, bill, asked.number, by=SUN).number


def test_a_voucher_is_used_once_whichever_way_money_passed_and_for_whichever_bill(
    alice: Town,
) -> None:
    bill, receipt = another(alice), counter.Voucher("cash", "0026421099")
    owed = owed_for(alice, bill, CARD)
    take(alice, receipt)
    with pytest.raises(counter.VoucherUsed):
        hand_out(alice, owed, receipt, bill)
    hand_out(alice, owed, CASH, bill)
    with pytest.raises(counter.VoucherUsed):
        take_for(alice, another(alice), CASH)


def test_money_in_and_money_out_at_once_never_pass_under_one_voucher(alice: Town) -> None:
    for n in range(20):
        voucher, other = counter.Voucher("cash", f"V{n:03}"), counter.Voucher("cash", f"W{n:03}")
        into, out = another(alice), another(alice)
        owed = owed_for(alice, out, counter.Voucher("cash", f"P{n:03}"))
        acts = (
            lambda given, into=into: take_for(alice, into, given),
            lambda given, out=out, owed=owed: hand_out(alice, owed, given, out),
        )
        told = at_once(*(lambda act=act, given=voucher: act(given) for act in acts))
        (lost,) = (nth for nth, each in enumerate(told) if isinstance(each, counter.VoucherUsed))
        now = [bills.get(alice.db, each) for each in (into, out)]
        assert [voucher.id in each.slips for each in now] == [lost != 0, lost != 1]
        assert (now[0].state, now[1].refunds[owed].state) == (
            ("open", "succeeded") if lost == 0 else ("paid", "approved")
        )
        acts[lost](other)
        assert [len(bills.facts(alice.db, each)) for each in (into, out)] == [1, 2]


def test_a_voucher_stands_for_one_sum_of_one_cashiers(alice: Town) -> None:
    take(alice)
    for other in ({"amount": 7999}, {"by": SUN}):
        with pytest.raises(counter.VoucherUsed):
            take(alice, **other)


def test_a_paid_bill_takes_no_cash(alice: Town) -> None:
    paid(alice)
    with pytest.raises(attempts.AlreadyPaid):
        take(alice)


def test_a_live_order_is_closed_first_and_stops_the_cash_when_it_was_paid(alice: Town) -> None:
    opened = alice.open("wechat")
    take(alice)
    assert alice.state(opened) == "closed"


def test_an_order_paid_a_moment_ago_stops_the_cash(alice: Town) -> None:
    alice.pay(alice.open("wechat"))
    with pytest.raises(attempts.AlreadyPaid):
        take(alice)
    assert alice.bill().slips == {}


def test_an_order_at_a_wallet_we_no_longer_have_must_end_first(alice: Town) -> None:
    alice.open("wechat")
    with pytest.raises(attempts.EarlierUnsettled):
        counter.take(alice.db, {}, BILL, CASH, amount=8000, by=QIAN)


def test_what_went_over_the_counter_goes_back_there(alice: Town) -> None:
    take(alice)
    refund = approved(alice)
    assert "refund.go" not in alice.keep()
    assert counter.payouts(alice.db) == [(alice.bill(), refund)]
    done = hand_out(alice, refund.number, CARD)
    assert (done.state, done.id) == ("succeeded", CARD.id)
    assert hand_out(alice, refund.number, CARD) == done
    assert sums(alice) == {"received": 8000, "fee": -5000, "owed": 0, "returned": -3000}
    assert counter.payouts(alice.db) == []
    assert [each["_id"] for each in bills.facts(alice.db, BILL)][1:] == [
        f"counter:voucher:{CARD.id}"
    ]
    with pytest.raises(counter.NotHere):
        hand_out(alice, refund.number, CASH)


def test_a_payout_needs_a_voucher_of_its_own(alice: Town) -> None:
    take(alice)
    refund = approved(alice)
    with pytest.raises(counter.VoucherUsed):
        hand_out(alice, refund.number, CASH)
    ((_, slip),) = slips.waiting(alice.db)
    assert (slip.number, slip.way, slip.amount) == (CASH.id, "in", 8000)


def test_a_refund_waits_for_its_approval(alice: Town) -> None:
    take(alice)
    asked = refunds.request(alice.db, BILL, wish(alice, 3000))
    with pytest.raises(counter.NotHere):
        hand_out(alice, asked.number, CARD)


def test_the_payer_reads_where_the_money_is_to_be_had(alice: Town) -> None:
    take(alice)
    refund = approved(alice)
    (told,) = telling.refunds(alice.bill())
    assert "窗口领取" in told["state_name"]
    hand_out(alice, refund.number, CARD)
    (told,) = telling.refunds(alice.bill())
    assert told["state_name"] == "已在窗口退给您"


def test_what_nobody_comes_for_is_reported_and_given_up_by_a_second_officer(alice: Town) -> None:
    take(alice)
    refund = approved(alice)
    reporting.report(alice.db)
    (alarm,) = alarms.standing(alice.db)
    assert alarm["facts"] == {"count": 1, "yuan": "30.00"}
    with pytest.raises(decisions.SameOfficer):
        decisions.drop(alice.db, {}, BILL, refund.number, by=QIAN, note="批错了")
    given_up = decisions.drop(alice.db, {}, BILL, refund.number, by=SUN, note="批错了")
    assert (given_up.state, alice.bill().refundable) == ("dropped", 8000)
    reporting.report(alice.db)
    assert (alarms.standing(alice.db), counter.payouts(alice.db)) == ([], [])
    told = [each["data"]["kind"] for each in promised(alice)]
    assert told[-1] == "refund_called_off"
    with pytest.raises(counter.NotHere):
        hand_out(alice, refund.number, CARD)
    with pytest.raises(decisions.NotDecidable):
        decisions.drop(alice.db, {}, BILL, refund.number, by=SUN, note="批错了")


def promised(town: Town) -> list[dict[str, Any]]:
    row = town.db["bills"].find_one({"_id": BILL}) or {}
    return [each for each in row["outbox"].values() if each["effect"] == "refund.told"]


def test_another_officer_signs_each_slip(alice: Town) -> None:
    take(alice)
    ((bill, slip),) = slips.waiting(alice.db)
    with pytest.raises(slips.SameCashier):
        slips.sign(alice.db, bill.number, slip.number, by=QIAN)
    assert slips.sign(alice.db, bill.number, slip.number, by=SUN).seen_by == SUN
    assert slips.waiting(alice.db) == []
    with pytest.raises(slips.NotSignable):
        slips.sign(alice.db, bill.number, slip.number, by=SUN)
    with pytest.raises(slips.NoSuchSlip):
        slips.sign(alice.db, bill.number, "none", by=SUN)


def test_a_disputed_slip_waits_until_it_is_cleared_up(alice: Town) -> None:
    take(alice)
    slips.dispute(alice.db, BILL, CASH.number, by=SUN, note="抽屉里少了八十元")
    assert slips.waiting(alice.db) == []
    assert [each.number for _, each in slips.waiting(alice.db, "disputed")] == [CASH.number]
    slips.sign(alice.db, BILL, CASH.number, by=SUN)
    assert slips.waiting(alice.db, "disputed") == []


def to_close(town: Town) -> list[tuple[str, Slip]]:
    """A day on which money came and some of it went back, before anybody else has seen it."""
    take(town)
    hand_out(town, approved(town).number, counter.Voucher("cash", "R001"))
    return [(bill.number, slip) for bill, slip in slips.waiting(town.db)]


@pytest.mark.parametrize(
    ("counted", "by", "refusal"),
    [(4999, SUN, slips.NotSignable), (5000, QIAN, slips.SameCashier)],
)
def test_the_day_is_closed_by_another_and_only_when_the_money_is_there(
    alice: Town, counted: int, by: str, refusal: type[Problem]
) -> None:
    day = to_close(alice)
    with pytest.raises(refusal):
        slips.close(alice.db, day, counted, by=by)
    assert slips.close(alice.db, day, 5000, by=SUN) == 2
    assert {each.state for each in alice.bill().slips.values()} == {"signed"}


def test_a_days_close_stops_at_what_another_officer_saw_meanwhile(alice: Town) -> None:
    day = to_close(alice)
    slips.dispute(alice.db, BILL, "R001", by="operator:li", note="少了")
    assert slips.close(alice.db, day, 5000, by=SUN) == 1
    states = {number: each.state for number, each in alice.bill().slips.items()}
    assert states == {CASH.number: "signed", "R001": "disputed"}


def test_many_cashiers_at_once_take_a_bill_once(alice: Town) -> None:
    def one(n: int) -> str:
        voucher = counter.Voucher("cash", f"00{n:04d}")
        try:
            return take(alice, voucher, by=f"operator:{n}").state
        except (attempts.AlreadyPaid, bills.Contended):
            return "refused"

    told = at_once(*(lambda n=n: one(n) for n in range(6)))
    assert "paid" in told
    assert len(bills.facts(alice.db, BILL)) == len(alice.bill().slips) == 1
    assert alice.bill().refundable == 8000


def test_a_refund_is_handed_out_once(alice: Town) -> None:
    take(alice)
    refund = approved(alice)

    def one(n: int) -> object:
        try:
            return hand_out(alice, refund.number, counter.Voucher("cash", f"99{n:04d}"))
        except counter.NotHere:
            return None

    at_once(*(lambda n=n: one(n) for n in range(4)))
    assert len(bills.facts(alice.db, BILL)) == 2
    assert sums(alice) == {"received": 8000, "fee": -5000, "owed": 0, "returned": -3000}
