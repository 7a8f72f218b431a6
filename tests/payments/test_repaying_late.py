"""Refunds whose wallet changes its word: paid after they were dropped, or refused after it took."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from base import alarms
from base.errors import Unreachable
from payments import (
    bills,
    decisions,
    quarantine,
    reconsidering,
    refunds,
    repaying,
    reporting,
    telling,
)
from payments.records import Refund

from .refunding import SUN, approved, later, paid, state, sums, wish
from .test_repaying import DONE, NOT_ENOUGH, REFUND, drop, given_back
from .test_repaying_turns import Meanwhile
from .town import BILL, Town

REFUSED: dict[str, dict[str, str]] = {"wechat": {"code": "NOT_ENOUGH"}, "alipay": NOT_ENOUGH}


class Stalled:
    """A wallet whose call is long on its way: something else happens before it lands."""

    def __init__(self, wallet: Any, act: Callable[[], object]) -> None:
        self._wallet, self._act = wallet, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wallet, name)

    def refund(self, asked: Any) -> Any:
        self._act()
        return self._wallet.refund(asked)


def lands_late(
    town: Town, refund: Refund, wallet: str, then: Callable[[], object] = lambda: None
) -> None:
    """A refund is refused and dropped while another runner's call is still on its way."""

    def meanwhile() -> None:
        town.fault(REFUND[wallet], "error", **REFUSED[wallet])
        repaying.go(town.db, town.wallets, BILL, refund.number)
        drop(town, refund)
        then()

    slow: Any = {wallet: Stalled(town.wallets[wallet], meanwhile)}
    repaying.go(town.db, slow, BILL, refund.number)


@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
def test_what_went_back_under_a_dropped_refund_is_booked_and_not_refundable_again(
    open_door: Town, wallet: str
) -> None:
    opened, refund = paid(open_door, wallet), approved(open_door)
    lands_late(open_door, refund, wallet)
    heard(open_door, refund)
    assert (state(open_door, refund), given_back(open_door, opened)) == ("succeeded", 8000)
    assert (sums(open_door), open_door.bill().refundable) == (DONE, 0)
    assert "refund_corrected" in [line["move"] for line in open_door.bill().history]
    with pytest.raises(refunds.NotRefundable):
        approved(open_door, 1, "second")


def heard(town: Town, refund: Refund) -> Any:
    """What comes of the wallet's own word on a refund."""
    town.advance(seconds=15)
    asked = repaying.repayment(town.bill(), refund)
    notice = town.wallets[refund.wallet].query_refund(asked).notice
    assert notice is not None
    return bills.settle(town.db, notice)


def test_a_surplus_that_went_back_under_a_dropped_refund_was_owed_all_the_time(alice: Town) -> None:
    opened = alice.open("wechat")
    bills.cancel(alice.db, BILL, by="operator:qian")
    alice.pay(opened)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    (refund,) = alice.bill().refunds.values()
    lands_late(alice, refund, "wechat")
    assert (sums(alice)["owed"], alice.bill().refundable) == (-8000, 8000)
    heard(alice, refund)
    assert (state(alice, refund), sums(alice), alice.bill().refundable) == ("succeeded", DONE, 0)


def overdrawn(town: Town) -> list[Refund]:
    """50 yuan went back under a dropped refund, and 40 were promised anew meanwhile: both."""
    paid(town)
    first, second = approved(town, 5000), []
    lands_late(town, first, "wechat", lambda: second.append(approved(town, 4000, "anew")))
    for _ in range(2):
        assert heard(town, first) == bills.Outcome("quarantined", "refund")
    return [first, *second]


def test_what_went_back_when_its_sum_was_promised_again_freezes_the_rest_of_the_payment(
    alice: Town,
) -> None:
    first, second = overdrawn(alice)
    with pytest.raises(refunds.PaymentDisputed):
        refunds.request(alice.db, BILL, wish(alice, 1, "third"))
    later(alice, 3, minutes=31)
    assert (state(alice, first), state(alice, second)) == ("dropped", "approved")
    assert (refunds.owe(alice.db, BILL, "case_ended"), sums(alice)["returned"]) == ([], 0)


def test_what_a_payment_is_overdrawn_by_is_not_closed_before_it_is_booked(alice: Town) -> None:
    first, second = overdrawn(alice)
    (item,) = quarantine.list(alice.db)
    with pytest.raises(quarantine.StillOverdrawn):
        quarantine.resolve(alice.db, item.id, SUN, "已核对")
    assert quarantine.list(alice.db) == (item,)
    drop(alice, second)
    heard(alice, first)
    quarantine.resolve(alice.db, item.id, SUN, "已入账")
    assert quarantine.list(alice.db) == ()


def test_an_overdrawn_payment_is_free_again_once_its_other_refund_was_given_up(alice: Town) -> None:
    first, second = overdrawn(alice)
    drop(alice, second)
    (item,) = quarantine.list(alice.db)
    assert reconsidering.reconsider(alice.db, alice.wallets, item.id, SUN) == bills.Outcome(
        "settled"
    )
    assert (state(alice, first), alice.bill().refundable) == ("succeeded", 3000)
    assert quarantine.list(alice.db) == ()
    (owed,) = refunds.owe(alice.db, BILL, "case_ended")
    assert (owed.amount, owed.state) == (3000, "approved")


def judged_again(town: Town) -> bills.Outcome | None:
    """What comes of an officer's second look at the one thing in the quarantine."""
    (item,) = quarantine.list(town.db)
    return reconsidering.reconsider(town.db, town.wallets, item.id, SUN)


def overdrawn_once_told(town: Town, fault: str) -> list[Refund]:
    """As `overdrawn`, and of 50 promised anew the wallet was told of 30, and broke off: unsure."""
    paid(town)
    first, second = approved(town, 5000), []

    def told() -> None:
        second.extend((approved(town, 3000, "anew"), approved(town, 2000, "untold")))
        town.advance(minutes=2)
        town.fault(REFUND["wechat"], fault)
        repaying.go(town.db, town.wallets, BILL, second[0].number)
        town.advance(minutes=2)

    lands_late(town, first, "wechat", told)
    heard(town, first)
    return [first, *second]


def test_what_its_wallet_was_told_of_in_vain_is_given_up_once_its_payment_is_overdrawn(
    alice: Town,
) -> None:
    first, second, _ = overdrawn_once_told(alice, "reset")
    with pytest.raises(decisions.ToldJustNow):
        drop(alice, second)
    alice.advance(minutes=5)
    alice.fault(f"{REFUND['wechat']}/*", "reset")
    with pytest.raises(Unreachable):
        drop(alice, second)
    assert (state(alice, second), alice.bill().refundable) == ("unsure", 3000)
    assert drop(alice, second).state == "dropped"
    (item,) = quarantine.list(alice.db)
    assert reconsidering.reconsider(alice.db, alice.wallets, item.id, SUN) == bills.Outcome(
        "settled"
    )
    assert (state(alice, first), alice.bill().refundable) == ("succeeded", 1000)


def test_what_its_wallet_took_after_all_is_not_given_up_though_its_payment_is_overdrawn(
    alice: Town,
) -> None:
    _, second, _ = overdrawn_once_told(alice, "reset_after")
    assert state(alice, second) == "unsure"
    alice.advance(minutes=5)
    with pytest.raises(decisions.NotDecidable):
        drop(alice, second)
    assert state(alice, second) == "succeeded"


def test_what_its_wallet_has_taken_is_not_given_up_for_ten_days(alice: Town) -> None:
    _, second, _ = overdrawn_once_told(alice, "reset")
    taken = {f"refunds.{second.number}.state": "sent"}
    alice.db["bills"].update_one({"_id": BILL}, {"$set": taken})
    alice.advance(days=9)
    with pytest.raises(decisions.ToldJustNow):
        drop(alice, second)
    alice.advance(days=1)
    assert drop(alice, second).state == "dropped"


def test_what_its_wallet_closed_is_given_up_though_its_payment_is_overdrawn(alice: Town) -> None:
    alice.fault("refund/wechat", "closed")
    _, second, _ = overdrawn_once_told(alice, "reset_after")
    alice.advance(minutes=5)
    assert drop(alice, second).state == "dropped"


def test_what_is_told_again_while_its_wallet_is_asked_is_not_given_up(alice: Town) -> None:
    _, second, third = overdrawn_once_told(alice, "reset")
    alice.advance(minutes=5)

    def freed() -> None:
        drop(alice, third)
        judged_again(alice)
        repaying.go(alice.db, alice.wallets, BILL, second.number)

    slow: Any = {"wechat": Meanwhile(alice.wallets["wechat"], freed)}
    with pytest.raises(decisions.NotDecidable):
        decisions.drop(alice.db, slow, BILL, second.number, by=SUN, note="重新退")
    assert state(alice, second) == "sent"


def test_what_is_refused_again_while_its_wallet_is_asked_is_not_given_up(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)

    def refused() -> None:
        alice.fault(REFUND["wechat"], "error", **REFUSED["wechat"])
        repaying.go(alice.db, alice.wallets, BILL, refund.number)

    def again() -> None:
        decisions.again(alice.db, BILL, refund.number, by="operator:li")
        alice.advance(seconds=1)
        refused()

    refused()
    slow: Any = {"wechat": Meanwhile(alice.wallets["wechat"], again)}
    with pytest.raises(decisions.NotDecidable):
        decisions.drop(alice.db, slow, BILL, refund.number, by=SUN, note="重新退")
    assert state(alice, refund) == "refused"


NO: dict[str, tuple[str, dict[str, str]]] = {
    "alipay": ("error", NOT_ENOUGH),
    "unionpay": ("answer", {"respCode": "34"}),
}
TOLD = REFUND | {"unionpay": "/gateway/api/backTransReq.do"}


@pytest.mark.parametrize("wallet", ["alipay", "unionpay"])
def test_a_refund_that_was_taken_lost_and_then_refused_is_a_humans(
    open_door: Town, wallet: str
) -> None:
    opened = paid(open_door, wallet)
    open_door.fault(f"refund/{wallet}", "lost")
    refund = approved(open_door)
    open_door.keep()
    assert state(open_door, refund) == "sent"
    kind, told = NO[wallet]
    open_door.fault(TOLD[wallet], kind, times=-1, **told)
    assert later(open_door, 6, minutes=6).count("refund.told") == 1
    assert state(open_door, refund) == "refused"
    assert drop(open_door, refund).state == "dropped"
    assert given_back(open_door, opened) == 0


def test_a_refund_that_is_stuck_at_its_wallet_is_told_of_after_ten_days(alice: Town) -> None:
    paid(alice)
    refund = approved(alice, 3000)
    alice.fault("refund/wechat", "processing", seconds=40 * 86400)
    alice.keep()
    alice.advance(days=9)
    reporting.report(alice.db)
    assert (state(alice, refund), alarms.standing(alice.db)) == ("sent", [])
    alice.advance(days=2)
    reporting.report(alice.db)
    (alarm,) = alarms.standing(alice.db)
    assert (alarm["kind"], alarm["facts"]) == ("refunds_owed", {"count": 1, "yuan": "30.00"})


def test_a_surplus_too_large_for_a_rule_is_shown_to_its_payer_while_it_waits(alice: Town) -> None:
    opened = alice.open("wechat")
    bills.cancel(alice.db, BILL, by="operator:qian")
    alice.pay(opened)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    bill = alice.bill()
    (owed,) = bill.refunds.values()
    waits = {owed.number: replace(owed, state="requested")}
    (shown,) = telling.refunds(replace(bill, refunds=waits))
    assert (shown["state"], shown["amount"]) == ("underway", 8000)
    kept = {owed.number: replace(owed, state="requested", surplus=False)}
    assert telling.refunds(replace(bill, refunds=kept)) == []
