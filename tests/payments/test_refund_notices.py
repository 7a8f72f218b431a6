"""What wallets say of refunds: each word counts once, and only where it fits."""

from dataclasses import replace
from typing import Any

import pytest

from base.errors import Unreachable
from payments import bills, quarantine, refunds, repaying, returns
from payments.wallets.wallet import Repayment

from .refunding import approved, later, paid, state
from .test_settlement import corrections
from .town import BILL, Town
from .town import refund as by_hand

REFUND = "/v3/refund/domestic/refunds"


def test_a_second_word_of_one_refund_changes_nothing(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    later(alice, 3, seconds=15)
    told = alice.wallets["wechat"].query_refund(asked(alice, refund.number)).notice
    assert told is not None
    before = alice.bill()
    assert bills.settle(alice.db, told) == bills.Outcome("already")
    assert bills.settle(alice.db, replace(told, fate="closed")) == bills.Outcome("noted")
    assert alice.bill() == before
    twice = bills.settle(alice.db, replace(told, transaction="50309"))
    assert twice == bills.Outcome("quarantined", "refund")


def test_a_correction_that_missed_the_audit_is_audited_by_the_next_word(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault(REFUND, "error_after", code="NOT_ENOUGH")
    alice.fault(f"{REFUND}/*", "error", code="RESOURCE_NOT_EXISTS")
    alice.fault("notify/wechat", "drop", times=-1)
    alice.keep()
    alice.advance(seconds=15)
    before = alice.bill()
    assert before.refunds[refund.number].state == "refused"
    told = alice.wallets["wechat"].query_refund(asked(alice, refund.number)).notice
    assert told is not None
    assert bills.settle(alice.db, told) == bills.Outcome("settled")
    stale = (alice.db, told, before, before.attempts[told.attempt])
    for again in (lambda: bills.settle(alice.db, told), lambda: returns.book(*stale)):
        alice.db["audit"].delete_many({"act": "money.corrected"})
        assert again() == bills.Outcome("already")
        assert corrections(alice) == ["refund_corrected"]


def asked(town: Town, number: str) -> Repayment:
    refund = town.bill().refunds[number]
    told = (refund.transaction, refund.amount, refund.of, "x", refund.created)
    return Repayment(number, refund.attempt, *told)


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("amount", {"amount": 1}),
        ("currency", {"currency": "USD"}),
        ("merchant", {"merchant": "1900000009"}),
        ("of", {"of": "4200000000"}),
        ("refund", {"refund": "R1"}),
    ],
)
def test_a_refund_notice_that_does_not_fit_books_nothing(
    alice: Town, reason: str, other: dict[str, Any]
) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault("notify/wechat", "drop", times=-1)
    repaying.go(alice.db, alice.wallets, BILL, refund.number)
    alice.advance(seconds=10)
    told = alice.wallets["wechat"].query_refund(asked(alice, refund.number)).notice
    assert told is not None
    outcome = bills.settle(alice.db, replace(told, **other))
    assert outcome == bills.Outcome("quarantined", reason)
    assert outcome.acknowledged == (reason == "refund")
    assert state(alice, refund) == "sent"


def test_a_refund_made_at_the_wallet_s_console_waits_for_a_human(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.pay(opened)
    by_hand(alice, opened)
    bills.refresh(alice.db, alice.wallets, BILL)
    assert [item.reason for item in quarantine.list(alice.db)] == ["refund"]


def test_an_answer_about_another_refund_is_no_answer(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    wallet: Any = alice.wallets["wechat"]
    wallet.refund(asked(alice, refund.number))
    with pytest.raises(ValueError, match="another refund"):
        wallet._returned(replace(asked(alice, refund.number), number="R2"), ANSWER)
    alice.fault(f"{REFUND}/*", "error", code="NO_AUTH")
    with pytest.raises(Exception, match="NO_AUTH"):
        wallet.query_refund(asked(alice, refund.number))
    with pytest.raises(Unreachable):
        repaying._take_turn(alice.db, BILL, _other(alice).number)


ANSWER = {"out_refund_no": "R1", "status": "SUCCESS"}


def _other(town: Town) -> Any:
    """A refund whose order has just been told of another."""
    for number in town.bill().refunds:
        repaying._take_turn(town.db, BILL, number)
    part = replace(refunds.automatic(town.bill().received[0], "surplus"), amount=1)
    town.db["bills"].update_one({"_id": BILL}, {"$inc": {"refundable": 1}})
    assert refunds.store.change(town.db, town.bill(), refunds.asking(town.bill(), part))
    return part
