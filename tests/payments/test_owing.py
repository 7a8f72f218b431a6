"""Money nobody owed stays owed back, and is told of, whatever becomes of the refund of it."""

from dataclasses import replace
from typing import Any

import pytest

from base import alarms
from payments import bills, decisions, refunds, reporting, telling
from payments.records import Refund

from .refunding import QIAN, SUN, approved, later, paid, state, sums, wish
from .test_repaying import DONE, REFUND, drop
from .town import BILL, Town


def surplus(town: Town) -> Refund:
    """Paid after it was cancelled; the wallet refuses to give it back."""
    opened = town.open("wechat")
    bills.cancel(town.db, BILL, by=QIAN)
    town.pay(opened)
    bills.ask(town.db, town.wallets, BILL, opened.attempt)
    town.fault(REFUND["wechat"], "error", code="NOT_ENOUGH")
    town.keep()
    (refund,) = town.bill().refunds.values()
    assert refund.state == "refused"
    return refund


def reported(town: Town) -> list[Any]:
    reporting.report(town.db)
    return [each["facts"] for each in alarms.standing(town.db) if each["kind"] == reporting.OWED]


WHOLE = [{"count": 1, "yuan": "80.00"}]


def test_surplus_whose_refund_was_given_up_is_reported_listed_and_shown_to_its_payer(
    alice: Town,
) -> None:
    drop(alice, surplus(alice))
    assert (sums(alice)["owed"], reported(alice)) == (-8000, WHOLE)
    ((bill, payment, fen),) = reporting.owing(alice.db)
    assert (bill.number, payment["surplus"], fen) == (BILL, True, 8000)
    assert reporting.owing(alice.db, 9, "elsewhere") == []
    (told,) = telling.refunds(alice.bill())
    assert (told["state"], told["amount"]) == ("delayed", 8000)
    assert "还没有退" in told["state_name"]


def test_surplus_waits_on_while_a_part_of_it_is_asked_for_or_its_refund_is_rejected(
    alice: Town,
) -> None:
    drop(alice, surplus(alice))
    asked = refunds.request(alice.db, BILL, wish(alice, 3000, "part"))
    assert [fen for *_, fen in reporting.owing(alice.db)] == [5000]
    assert reported(alice) == [{"count": 2, "yuan": "80.00"}]
    assert [each["amount"] for each in telling.refunds(alice.bill())] == [3000, 5000]
    rejected = decisions.reject(alice.db, BILL, asked.number, by=SUN, note="要全退")
    assert telling.kind_of(rejected) == "refund_owed"
    assert reported(alice) == WHOLE


def test_surplus_is_no_longer_owed_once_it_is_back(alice: Town) -> None:
    drop(alice, surplus(alice))
    back = approved(alice, 8000, "anew")
    assert (reporting.owing(alice.db), reported(alice)) == ([], [])
    later(alice, 4, seconds=61)
    assert (state(alice, back), sums(alice)) == ("succeeded", DONE)
    assert [each["state"] for each in telling.refunds(alice.bill())] == ["done"]


def test_a_fee_whose_refund_was_given_up_is_owed_to_nobody(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault(REFUND["wechat"], "error", code="NOT_ENOUGH")
    alice.keep()
    drop(alice, refund)
    assert (reporting.owing(alice.db), telling.refunds(alice.bill())) == ([], [])


TOLD = [
    ({"state": "requested"}, None),
    ({"state": "requested", "requested_by": "system"}, "refund_waiting"),
    ({"state": "requested", "surplus": True}, "refund_waiting"),
    ({"state": "approved"}, "refund_sent"),
    ({"state": "unsure"}, "refund_sent"),
    ({"state": "refused"}, "refund_failed"),
    ({"state": "rejected"}, "refund_rejected"),
    ({"state": "dropped"}, "refund_dropped"),
    ({"state": "dropped", "surplus": True}, "refund_owed"),
    ({"state": "succeeded"}, "refund_done"),
    ({"state": "approved", "wallet": "counter"}, "refund_at_counter"),
    ({"state": "approved", "wallet": "bank"}, "refund_at_bank"),
    ({"state": "transfer", "way": "transfer"}, "refund_at_transfer"),
    ({"state": "succeeded", "way": "transfer"}, "refund_handed_out"),
    ({"state": "dropped", "wallet": "counter"}, "refund_called_off"),
]


@pytest.mark.parametrize(("stands", "kind"), TOLD)
def test_every_step_of_a_refund_that_its_payer_cares_about_has_its_message(
    alice: Town, stands: dict[str, Any], kind: str | None
) -> None:
    paid(alice)
    refund = refunds.request(alice.db, BILL, wish(alice, 1))
    assert telling.kind_of(replace(refund, **stands)) == kind
