"""An order whose wallet gives no answer to go by does not keep its bill for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from base.errors import Unreachable
from payments import attempts, bills, counter, quarantine, reconsidering
from payments.wallets import Wallets

from .refunding import QIAN, SUN
from .test_counter import CASH
from .town import BILL, Town

QUERY = "/v3/pay/transactions/out-trade-no/*"


def without(town: Town, wallet: str) -> Wallets:
    """Our wallets after the contract about one of them has ended."""
    return {name: each for name, each in town.wallets.items() if name != wallet}


def tap(town: Town, wallets: Wallets) -> str:
    return attempts.open(town.db, wallets, BILL, "alipay", None).wallet


def cash(town: Town, wallets: Wallets) -> str:
    return counter.take(town.db, wallets, BILL, CASH, amount=8000, by=QIAN).state


def cancel(town: Town, wallets: Wallets) -> str:
    """What an officer does, and the last of a bill's days."""
    attempts.end(town.db, wallets, BILL)
    return bills.cancel(town.db, BILL, by=SUN, note="开错了").state


WAYS = pytest.mark.parametrize(
    ("way", "came"), [(tap, "alipay"), (cash, "paid"), (cancel, "cancelled")]
)
Way = Callable[[Town, Wallets], str]


def waits(town: Town, wallets: Wallets, way: Way) -> None:
    with pytest.raises(attempts.EarlierUnsettled):
        way(town, wallets)
    assert town.bill().slips == {}
    assert town.bill().state == "open"


@WAYS
@pytest.mark.parametrize("wallet", ["wechat", "unionpay"])
def test_an_order_at_a_wallet_we_no_longer_have_holds_its_bill_until_its_time_is_over(
    alice: Town, wallet: str, way: Way, came: str
) -> None:
    opened, wallets = alice.open(wallet), without(alice, wallet)
    waits(alice, wallets, way)
    alice.advance(hours=3, minutes=58)
    bills.ask(alice.db, wallets, BILL, opened.attempt)
    waits(alice, wallets, way)
    alice.advance(minutes=3)
    assert way(alice, wallets) == came
    assert alice.state(opened) == "left"


def test_an_order_at_a_wallet_we_no_longer_have_is_left_by_asking_and_asked_about_rarely(
    alice: Town,
) -> None:
    opened = alice.open("unionpay")
    gone = without(alice, "unionpay")
    waits_for = []
    for n in range(9):
        bills.ask(alice.db, gone, BILL, opened.attempt, n=n)
        (due,) = (each["due"] for each in owed(alice) if each["data"].get("n") == n + 1)
        waits_for.append(due)
        if n == 7:
            assert alice.state(opened) == "open"
            alice.advance(hours=5)
    assert alice.state(opened) == "left"
    assert (waits_for[8] - waits_for[7]).total_seconds() == pytest.approx((5 + 5.75) * 3600, abs=60)
    lines = len(alice.bill().history)
    bills.ask(alice.db, gone, BILL, opened.attempt)
    assert len(alice.bill().history) == lines


def owed(town: Town) -> list[Any]:
    row = town.db["bills"].find_one({"_id": BILL}) or {}
    return [each for each in row["outbox"].values() if each["effect"] == "attempt.ask"]


def test_money_found_after_an_order_was_left_pays_the_bill_if_that_is_open(alice: Town) -> None:
    opened = left(alice)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    assert (alice.bill().state, alice.state(opened)) == ("paid", "paid")


def test_money_found_after_an_order_was_left_goes_back_if_the_bill_was_paid(
    open_door: Town,
) -> None:
    opened = left(open_door)
    cash(open_door, without(open_door, "wechat"))
    open_door.place.world.faults.clear()
    open_door.bring(opened, "again")
    assert open_door.state(opened) == "surplus"
    (back,) = open_door.bill().refunds.values()
    assert (back.wallet, back.amount, back.reason) == ("wechat", 8000, "surplus")


def left(town: Town) -> attempts.Opened:
    """An order that was paid, and left before anybody knew: its wallet was not ours meanwhile."""
    town.fault("notify/wechat", "drop", times=-1)
    opened = town.open("wechat")
    town.pay(opened)
    town.advance(hours=4, minutes=1)
    bills.ask(town.db, without(town, "wechat"), BILL, opened.attempt)
    assert town.state(opened) == "left"
    return opened


@WAYS
@pytest.mark.parametrize("code", ["NO_AUTH", "MCH_NOT_EXISTS"])
def test_an_order_its_wallet_will_tell_nothing_of_holds_its_bill_until_its_time_is_over(
    alice: Town, code: str, way: Way, came: str
) -> None:
    opened = alice.open("wechat")
    alice.fault(QUERY, "error", code=code, times=-1)
    waits(alice, alice.wallets, way)
    alice.advance(hours=3, minutes=58)
    waits(alice, alice.wallets, way)
    alice.advance(minutes=3)
    assert way(alice, alice.wallets) == came
    assert alice.state(opened) == "left"


def test_an_order_its_wallet_will_tell_nothing_of_is_left_by_asking(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.fault(QUERY, "error", code="NO_AUTH", times=-1)
    for hours, came in ((3, "open"), (1.1, "left")):
        alice.advance(hours=hours)
        bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
        assert alice.state(opened) == came


def test_a_wallet_that_is_silent_is_waited_for_however_late_it_is(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(days=2)
    alice.fault(QUERY, "reset", times=-1)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    with pytest.raises(Unreachable):
        tap(alice, alice.wallets)
    assert alice.state(opened) == "open"


def misfit(town: Town, wallets: Wallets | None = None) -> attempts.Opened:
    """An order that a stranger has paid, as its wallet says: no rule books that."""
    town.fault("notify/wechat", "drop", times=-1)
    opened = town.open("wechat")
    town.pay(opened)
    orders = town.place.world.part("wechat_pay")["orders"]
    orders[opened.attempt]["openid"] = "o-stranger"
    bills.ask(town.db, wallets or town.wallets, BILL, opened.attempt)
    (item,) = quarantine.list(town.db)
    assert (item.reason, town.state(opened)) == ("payer", "open")
    return opened


@WAYS
def test_money_in_quarantine_holds_its_bill_until_it_was_dealt_with_and_the_order_is_over(
    alice: Town, way: Way, came: str
) -> None:
    opened = misfit(alice)
    alice.advance(days=1)
    waits(alice, alice.wallets, way)
    (item,) = quarantine.list(alice.db)
    again = reconsidering.reconsider(alice.db, alice.wallets, item.id, SUN)
    assert again == bills.Outcome("quarantined", "payer")
    waits(alice, alice.wallets, way)
    quarantine.resolve(alice.db, item.id, SUN, "已在商户后台退回")
    assert way(alice, alice.wallets) == came
    assert alice.state(opened) == "left"
    assert [fact["provider"] for fact in bills.facts(alice.db, BILL)] in ([], ["counter"])


def test_money_dealt_with_before_its_order_is_over_holds_the_bill_until_then(alice: Town) -> None:
    misfit(alice)
    (item,) = quarantine.list(alice.db)
    quarantine.resolve(alice.db, item.id, SUN, "已在商户后台退回")
    waits(alice, alice.wallets, tap)
    alice.advance(hours=2, minutes=1)
    assert tap(alice, alice.wallets) == "alipay"


@pytest.mark.parametrize("gone", [True, False])
def test_a_wallet_that_tells_nothing_frees_no_bill_whose_money_waits_in_quarantine(
    alice: Town, gone: bool
) -> None:
    misfit(alice)
    alice.advance(days=1)
    alice.fault(QUERY, "error", code="NO_AUTH", times=-1)
    wallets = without(alice, "wechat") if gone else alice.wallets
    waits(alice, wallets, tap)
    (item,) = quarantine.list(alice.db)
    quarantine.resolve(alice.db, item.id, SUN, "已在商户后台退回")
    assert tap(alice, wallets) == "alipay"
