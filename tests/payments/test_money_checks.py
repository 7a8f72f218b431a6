"""The chaos's own eyes: what they hold against the wallets, and that they are not fooled."""

from typing import Any

import pytest

from payments import bills
from script.chaoses.money import checks, outside
from script.chaoses.money.refunding import QIAN, paid
from script.chaoses.money.town import BILL, CONSOLE, Town, refund

from .closing import asked


def surplus(town: Town) -> None:
    """A payment that nobody owed is booked."""
    opened = town.open("wechat")
    bills.cancel(town.db, BILL, by=QIAN)
    town.pay(opened)
    asked(town)


@pytest.mark.parametrize("booked", [{"amount": 7999}, {"transaction": "4" * 28}])
def test_a_surplus_booked_with_another_sum_or_transaction_is_seen(
    alice: Town, booked: dict[str, Any]
) -> None:
    surplus(alice)
    checks.right(alice)
    alice.db["money_facts"].update_one({"bill": BILL}, {"$set": booked})
    alice.db["bills"].update_one(
        {"_id": BILL}, {"$set": {f"received.0.{name}": each for name, each in booked.items()}}
    )
    with pytest.raises(AssertionError):
        checks.told_by_wallets(checks.read(alice))
    with pytest.raises(AssertionError):
        checks.agreed(alice)


def test_a_payment_booked_twice_is_seen(alice: Town) -> None:
    surplus(alice)
    fact = alice.db["money_facts"].find_one({"bill": BILL})
    alice.db["money_facts"].insert_one(fact | {"_id": "wechat:payment:again"})
    with pytest.raises(AssertionError):
        checks.told_by_wallets(checks.read(alice))
    with pytest.raises(AssertionError):
        checks.agreed(alice)


def test_a_fen_given_back_at_the_console_is_missed_until_it_is_booked(alice: Town) -> None:
    order = paid(alice)
    refund(alice, order)
    alice.advance(minutes=20)
    with pytest.raises(AssertionError):
        checks.agreed(alice)
    alice.fault("/v3/refund/domestic/refunds/*", "reset")
    assert outside.word(alice, order) is None
    notice = outside.word(alice, order)
    assert (notice.refund, notice.amount) == (CONSOLE, 1)
