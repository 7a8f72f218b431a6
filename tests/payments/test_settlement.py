"""Money becomes fact once, and only when everything agrees."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from base import audit
from payments import attempts, bills, quarantine
from payments.wallets import Notice

from .town import BILL, CASE, Town


def notice_of(town: Town, opened: attempts.Opened, **other: Any) -> Notice:
    """What a wallet would truly say, told by its own query after the payment."""
    town.pay(opened)
    notice = town.wallets[opened.wallet].query(opened.attempt).notice
    assert notice is not None
    return replace(notice, **other)


@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
def test_a_payment_settles_its_bill(alice: Town, wallet: str) -> None:
    notice = notice_of(alice, alice.open(wallet))
    assert bills.settle(alice.db, notice) == bills.Outcome("settled")
    bill = alice.bill()
    assert bill.state == "paid"
    assert bill.paid is not None
    assert (bill.paid["amount"], bill.paid["wallet"]) == (8000, wallet)
    assert bill.attempts[notice.attempt].state == "paid"
    assert "bill.paid" in alice.keep()


@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
def test_the_same_notice_again_changes_nothing(alice: Town, wallet: str) -> None:
    notice = notice_of(alice, alice.open(wallet))
    bills.settle(alice.db, notice)
    before = alice.bill()
    assert bills.settle(alice.db, notice) == bills.Outcome("already")
    assert alice.bill() == before
    assert len(bills.facts(alice.db, BILL)) == 1


def test_sixteen_threads_settle_once(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"))
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda _: bills.settle(alice.db, notice), range(16)))
    results = sorted(outcome.result for outcome in outcomes)
    assert results == ["already"] * 15 + ["settled"]
    assert len(bills.facts(alice.db, BILL)) == 1
    assert alice.keep().count("bill.paid") == 1


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("amount", {"amount": 7999}),
        ("amount", {"amount": 8001}),
        ("currency", {"currency": "USD"}),
        ("merchant", {"merchant": "1900000002"}),
        ("app", {"app": "wxmp"}),
        ("payer", {"payer": "o-somebody-else"}),
        ("payer", {"payer": ""}),
    ],
)
def test_a_notice_that_does_not_fit_settles_nothing(
    alice: Town, reason: str, other: dict[str, Any]
) -> None:
    outcome = bills.settle(alice.db, notice_of(alice, alice.open("wechat"), **other))
    assert outcome == bills.Outcome("quarantined", reason)
    assert not outcome.acknowledged
    assert alice.bill().state == "open"
    assert bills.facts(alice.db, BILL) == []
    assert [item.reason for item in quarantine.list(alice.db)] == [reason]


@pytest.mark.parametrize(
    "other",
    [
        {"attempt": "X12345678901234567890"},
        {"attempt": f"{BILL}W00000000"},
        {"attempt": f"{CASE}W00000000"},
        {"provider": "alipay"},
    ],
)
def test_an_unknown_order_is_kept_and_acknowledged(alice: Town, other: dict[str, Any]) -> None:
    outcome = bills.settle(alice.db, notice_of(alice, alice.open("wechat"), **other))
    assert outcome == bills.Outcome("quarantined", "order")
    assert outcome.acknowledged
    assert alice.bill().state == "open"


def test_the_same_misfit_again_is_only_counted(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    for _ in range(3):
        bills.settle(alice.db, notice)
    (item,) = quarantine.list(alice.db)
    assert item.seen == 3


def test_what_lies_in_quarantine_is_sealed_and_opening_it_is_recorded(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), amount=1)
    bills.settle(alice.db, notice)
    (item,) = quarantine.list(alice.db)
    row = alice.db["quarantine"].find_one({"_id": item.id})
    assert notice.payer not in str(row)
    assert quarantine.reveal(alice.db, item.id, by="operator:qian")["payer"] == notice.payer
    acts = [line["act"] for line in alice.db["audit"].find({"subject": f"bill:{BILL}"})]
    assert sorted(acts) == ["quarantine.put", "quarantine.reveal"]


def test_the_payer_is_kept_as_a_digest_only(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"))
    bills.settle(alice.db, notice)
    assert notice.payer
    assert notice.payer not in str(list(alice.db["bills"].find()))
    assert notice.payer not in str(list(alice.db["money_facts"].find()))


def test_a_payment_after_the_bill_was_cancelled_is_surplus(alice: Town) -> None:
    opened = alice.open("wechat")
    notice = notice_of(alice, opened)
    bills.cancel(alice.db, BILL, by="operator:qian")
    assert bills.settle(alice.db, notice) == bills.Outcome("returning")
    assert bills.settle(alice.db, notice) == bills.Outcome("already")
    assert alice.bill().state == "cancelled"
    assert alice.state(opened) == "surplus"
    (fact,) = bills.facts(alice.db, BILL)
    assert (fact["amount"], fact["surplus"]) == (8000, True)


def test_a_second_payment_of_one_order_leaves_the_first_alone(alice: Town) -> None:
    opened = alice.open("wechat")
    notice = notice_of(alice, opened)
    bills.settle(alice.db, notice)
    again = replace(notice, transaction="4200009999")
    assert bills.settle(alice.db, again) == bills.Outcome("returning")
    assert alice.state(opened) == "paid"
    assert alice.bill().attempts[opened.attempt].transaction == notice.transaction
    assert bills.settle(alice.db, again) == bills.Outcome("already")


def test_one_transaction_for_two_orders_is_a_contradiction(alice: Town) -> None:
    first = alice.open("wechat")
    notice = notice_of(alice, alice.open("wechat", alice.payer("mp")))
    bills.settle(alice.db, notice)
    payer = alice.payer("oa")
    twice = replace(notice, attempt=first.attempt, app=payer.app, payer=payer.openid)
    assert bills.settle(alice.db, twice) == bills.Outcome("quarantined", "transaction")
    assert len(bills.facts(alice.db, BILL)) == 1


def test_a_refund_notice_is_kept_for_a_human(alice: Town) -> None:
    notice = notice_of(alice, alice.open("wechat"), kind="refund", transaction="5030")
    assert bills.settle(alice.db, notice) == bills.Outcome("quarantined", "refund")
    assert bills.facts(alice.db, BILL) == []


def test_a_closing_notice_closes_an_open_attempt_and_never_a_paid_one(alice: Town) -> None:
    opened = alice.open("alipay")
    closing = notice_of(alice, opened, kind="closing")
    assert bills.settle(alice.db, closing) == bills.Outcome("noted")
    assert alice.state(opened) == "closed"
    assert bills.settle(alice.db, replace(closing, kind="payment")).result == "settled"
    assert bills.settle(alice.db, closing) == bills.Outcome("noted")
    assert alice.state(opened) == "paid"


def test_a_closing_notice_of_another_merchant_closes_nothing(alice: Town) -> None:
    opened = alice.open("alipay")
    closing = notice_of(alice, opened, kind="closing", merchant="2088000000000009")
    assert bills.settle(alice.db, closing) == bills.Outcome("quarantined", "merchant")
    assert alice.state(opened) == "open"


def test_a_payment_that_comes_late_settles_while_the_bill_is_open(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=3)
    alice.keep()
    assert alice.state(opened) == "closed"
    alice.bring(opened, "late")
    notice = alice.wallets["wechat"].query(opened.attempt).notice
    assert notice is not None
    assert bills.settle(alice.db, notice).result == "settled"
    assert alice.bill().state == "paid"
    assert corrections(alice) == ["paid_corrected"]
    alice.db["audit"].delete_many({"act": "money.corrected"})
    assert bills.settle(alice.db, notice).result == "already"
    assert corrections(alice) == ["paid_corrected"]
    assert "paid_corrected" in [line["move"] for line in alice.bill().history]


def corrections(town: Town) -> list[str]:
    """The forced corrections of the bill that stand in the audit."""
    lines = audit.of_subject(town.db, f"bill:{BILL}")
    return [line["facts"]["move"] for line in lines if line["act"] == "money.corrected"]
