"""What a wallet cannot give back is paid by bank transfer: once, by two officers, and booked."""

import pytest

from base.errors import Unreachable
from payments import bills, counter, decisions, quarantine, refunds, repaying, slips, telling
from payments.reconciliation import store as tied
from payments.records import Refund
from payments.repaying import StillReturning

from .closing import at, matched
from .refunding import QIAN, SUN, approved, later, paid, state, sums, wish
from .test_repaying import DONE, REFUND, given_back
from .town import BILL, Town

SLIP = counter.Voucher("bank", "TF20261123")
TOLD = REFUND["wechat"]


def fail(town: Town, refund: Refund, how: str) -> Refund:
    """Have its wallet end a refund without giving anything back."""
    if how == "refused":
        town.fault(TOLD, "error", code="NOT_ENOUGH")
    else:
        town.fault("refund/wechat", how)
    later(town, 3, seconds=15)
    assert state(town, refund) == how
    town.advance(minutes=5)
    return town.bill().refunds[refund.number]


def failed(town: Town, how: str = "refused") -> Refund:
    paid(town)
    return fail(town, approved(town), how)


def transfer(town: Town, refund: Refund, by: str = SUN) -> Refund:
    note = "付款账户已经注销"
    return decisions.transfer(town.db, town.wallets, BILL, refund.number, by=by, note=note)


def pay(town: Town, refund: Refund, slip: counter.Voucher = SLIP, by: str = QIAN) -> Refund:
    return counter.give_back(town.db, town.wallets, BILL, refund.number, slip, by=by)


def names(town: Town) -> list[str]:
    return [each["_id"] for each in bills.facts(town.db, BILL)][1:]


@pytest.mark.parametrize("how", ["refused", "closed", "abnormal"])
def test_what_a_wallet_cannot_give_back_is_transferred_and_booked_as_the_banks(
    alice: Town, how: str
) -> None:
    refund = failed(alice, how)
    assert transfer(alice, refund).state == "transfer"
    later(alice, 3, hours=6)
    assert state(alice, refund) == "transfer"
    made = pay(alice, refund)
    assert (made.state, made.id, made.way) == ("succeeded", SLIP.id, "transfer")
    assert (sums(alice), alice.bill().refundable) == (DONE, 0)
    assert names(alice) == [f"bank:refund:{SLIP.id}"]
    ((_, slip),) = slips.waiting(alice.db)
    assert (slip.method, slip.way, slip.refund) == ("bank", "out", refund.number)
    with pytest.raises(refunds.NotRefundable):
        refunds.request(alice.db, BILL, wish(alice, 1, "anew"))


@pytest.mark.parametrize("how", ["refused", "abnormal"])
def test_a_transfer_is_no_refund_of_its_wallets_statement(alice: Town, how: str) -> None:
    day = at(alice, 12)
    refund = failed(alice, how)
    transfer(alice, refund)
    pay(alice, refund)
    alice.advance(days=1)
    assert matched(alice, "wechat", day) == []
    figures = tied.statement(alice.db, tied.name("wechat", day)).figures
    assert figures["ours"]["refund"] == [0, 0]


def test_a_transfer_is_booked_once_and_its_voucher_used_once(alice: Town) -> None:
    paid(alice)
    first, second = approved(alice, 3000, "a"), approved(alice, 5000, "b")
    alice.fault(TOLD, "error", times=2, code="NOT_ENOUGH")
    later(alice, 3, seconds=61)
    alice.advance(minutes=5)
    for each in (first, second):
        transfer(alice, each)
    done = pay(alice, first)
    assert pay(alice, first) == done
    with pytest.raises(counter.NotHere):
        pay(alice, first, counter.Voucher("bank", "TF02"))
    with pytest.raises(counter.VoucherUsed):
        pay(alice, second)
    for kind in ("refund", "payment"):
        alice.db["money_facts"].insert_one({"_id": f"bank:{kind}:TF-{kind.upper()}"})
        with pytest.raises(counter.VoucherUsed):
            pay(alice, second, counter.Voucher("bank", f"TF-{kind.upper()}"))
    with pytest.raises(counter.BadVoucher):
        pay(alice, second, counter.Voucher("cash", "TF03"))
    assert sums(alice) == {"received": 8000, "fee": 0, "owed": -5000, "returned": -3000}


def test_a_transfer_takes_two_officers(alice: Town) -> None:
    refund = failed(alice)
    with pytest.raises(decisions.SameOfficer):
        transfer(alice, refund, by=QIAN)
    transfer(alice, refund)
    with pytest.raises(decisions.SameOfficer):
        pay(alice, refund, by=SUN)
    assert state(alice, refund) == "transfer"


def test_what_its_wallet_has_given_back_meanwhile_is_not_transferred(alice: Town) -> None:
    refund = failed(alice, "abnormal")
    cured = {"out_refund_no": refund.number, "fate": "SUCCESS"}
    alice.control("wallets/wechat/refunds", **cured)
    with pytest.raises(StillReturning):
        transfer(alice, refund)
    assert (state(alice, refund), sums(alice)) == ("succeeded", DONE)


@pytest.mark.parametrize("asked", [True, False])
def test_what_its_wallet_gives_back_before_the_transfer_is_booked_is_the_wallets(
    alice: Town, asked: bool
) -> None:
    refund = failed(alice, "abnormal")
    transfer(alice, refund)
    alice.control("wallets/wechat/refunds", out_refund_no=refund.number, fate="SUCCESS")
    if asked:
        repaying.refresh(alice.db, alice.wallets, BILL)
        assert state(alice, refund) == "succeeded"
    else:
        with pytest.raises(StillReturning):
            pay(alice, refund)
    back = alice.bill().refunds[refund.number]
    assert (back.state, back.way, sums(alice)) == ("succeeded", "", DONE)
    assert [each.split(":")[0] for each in names(alice)] == ["wechat"]
    with pytest.raises(counter.NotHere):
        pay(alice, refund)


def test_a_transfer_is_only_asked_about_and_its_wallets_word_counts(alice: Town) -> None:
    opened, refund = paid(alice), approved(alice)
    fail(alice, refund, "refused")
    transfer(alice, refund)
    repaying.refresh(alice.db, alice.wallets, BILL)
    assert (state(alice, refund), given_back(alice, opened)) == ("transfer", 0)
    alice.fault(f"{TOLD}/*", "reset")
    repaying.refresh(alice.db, alice.wallets, BILL)
    assert state(alice, refund) == "transfer"


def test_what_its_wallet_gives_back_after_a_transfer_waits_for_a_human(open_door: Town) -> None:
    refund = failed(open_door, "abnormal")
    transfer(open_door, refund)
    pay(open_door, refund)
    open_door.control("wallets/wechat/refunds", out_refund_no=refund.number, fate="SUCCESS")
    heard(open_door, refund)
    (item,) = quarantine.list(open_door.db)
    assert (item.reason, item.amount, sums(open_door)) == ("refund", 8000, DONE)


def heard(town: Town, refund: Refund) -> None:
    """The wallet's own word on a refund comes in."""
    asked = repaying.repayment(town.bill(), refund)
    notice = town.wallets["wechat"].query_refund(asked).notice
    assert notice is not None
    assert bills.settle(town.db, notice) == bills.Outcome("quarantined", "refund")


def test_nothing_is_transferred_while_its_wallet_is_silent_or_may_not_know_yet(
    alice: Town,
) -> None:
    paid(alice)
    refund = approved(alice)
    with pytest.raises(decisions.NotDecidable):
        transfer(alice, refund)
    alice.fault(TOLD, "error", code="NOT_ENOUGH")
    alice.keep()
    with pytest.raises(decisions.ToldJustNow):
        transfer(alice, refund)
    alice.advance(minutes=5)
    alice.fault(f"{TOLD}/*", "reset")
    with pytest.raises(Unreachable):
        transfer(alice, refund)
    transfer(alice, refund)
    alice.fault(f"{TOLD}/*", "reset")
    with pytest.raises(Unreachable):
        pay(alice, refund)
    with pytest.raises(Unreachable):
        counter.give_back(alice.db, {}, BILL, refund.number, SLIP, by=QIAN)
    assert (state(alice, refund), sums(alice)["owed"]) == ("transfer", -8000)


def test_a_transfer_agreed_to_by_mistake_is_given_up(alice: Town) -> None:
    refund = failed(alice)
    transfer(alice, refund)
    note = {"by": SUN, "note": "查错了"}
    given_up = decisions.drop(alice.db, alice.wallets, BILL, refund.number, **note)
    assert (given_up.state, alice.bill().refundable) == ("dropped", 8000)
    assert telling.kind_of(given_up) == "refund_called_off"


def test_what_is_asked_back_after_a_year_is_transferred_and_its_wallet_never_told(
    alice: Town,
) -> None:
    opened = paid(alice)
    alice.advance(days=366)
    refund = approved(alice, 3000)
    assert (refund.state, refund.way, refund.called) == ("transfer", "transfer", None)
    assert "refund.go" not in alice.keep()
    (told,) = telling.refunds(alice.bill())
    assert (told["state"], "转账退给您" in told["state_name"]) == ("underway", True)
    pay(alice, refund)
    (told,) = telling.refunds(alice.bill())
    assert (told["state"], told["state_name"]) == ("done", "已转账退给您")
    assert (given_back(alice, opened), sums(alice)["returned"]) == (0, -3000)
