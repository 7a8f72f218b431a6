"""An order is asked about until it is paid or can no longer be paid."""

import pytest

from base import clock
from payments import bills, inquiries, quarantine, reconsidering

from .town import BILL, Town, refund

QUERY = "/v3/pay/transactions/out-trade-no/*"


def test_asking_goes_on_until_the_payment_is_found(alice: Town) -> None:
    opened = alice.open("wechat")
    for _ in range(3):
        alice.advance(seconds=70)
        alice.keep()
    assert alice.bill().attempts[opened.attempt].asks >= 3
    alice.pay(opened)
    alice.advance(minutes=30)
    alice.keep()
    assert alice.bill().state == "paid"
    alice.keep()
    alice.advance(days=1)
    assert alice.keep() == []


@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
@pytest.mark.parametrize("minutes", [0, 33, 110])
def test_with_every_notice_lost_a_payment_is_found_within_half_an_hour(
    alice: Town, wallet: str, minutes: int
) -> None:
    alice.fault(f"notify/{wallet}", "drop", times=-1)
    opened = alice.open(wallet)
    for _ in range(minutes // 11):
        alice.advance(minutes=11)
        alice.keep()
    assert alice.pay(opened)["ok"]
    for _ in range(6):
        alice.advance(minutes=5)
        alice.keep()
    assert (alice.bill().state, alice.state(opened)) == ("paid", "paid")


def test_asking_ends_when_an_unpaid_order_is_closed_after_its_time(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=2, minutes=1)
    alice.keep()
    assert alice.wallets["wechat"].query(opened.attempt).state == "closed"
    assert alice.state(opened) == "closed"
    alice.advance(days=1)
    alice.keep()
    assert alice.keep() == []


def test_an_order_that_was_placed_is_not_believed_to_have_never_come(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=3)
    alice.fault(QUERY, "error", code="ORDER_NOT_EXIST", times=3)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    assert alice.state(opened) == "left"
    alice.bring(opened, "late")
    alice.keep()
    assert alice.bill().state == "paid"


def test_a_silent_wallet_changes_nothing_and_is_asked_again(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=3)
    alice.fault(QUERY, "reset", times=2)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=0)
    entry = alice.bill().attempts[opened.attempt]
    assert (entry.state, entry.asks) == ("open", 1)


def test_the_schedule_is_the_one_wechat_advises_and_never_ends(alice: Town) -> None:
    opened = alice.open("wechat")
    created, waits = alice.bill().attempts[opened.attempt].created, []
    for n in range(9):
        row = alice.db["bills"].find_one({"_id": BILL}) or {}
        asks = [each for each in row["outbox"].values() if each["data"].get("n") == n]
        waits.append(round((asks[0]["due"] - created).total_seconds()))
        bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=n)
    assert waits[:7] == [5, 30, 60, 180, 300, 600, 1800]
    assert all(900 <= wait <= 930 for wait in waits[7:])


def test_questions_missed_while_we_were_down_are_asked_at_once(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(minutes=20)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=0)
    row = alice.db["bills"].find_one({"_id": BILL}) or {}
    assert row["due"] <= clock.now()


def test_an_order_nobody_knows_is_not_asked_about(alice: Town) -> None:
    before = alice.bill()
    bills.ask(alice.db, alice.wallets, BILL, "no such order", n=0)
    assert alice.bill() == before


def test_money_given_back_at_the_wallet_s_console_is_shown_to_a_human(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.pay(opened)
    refund(alice, opened)
    bills.refresh(alice.db, alice.wallets, BILL)
    assert alice.bill().state == "paid"
    (item,) = quarantine.list(alice.db)
    again = reconsidering.reconsider(alice.db, alice.wallets, item.id, "operator:sun")
    assert (item.reason, again) == ("refund", bills.Outcome("quarantined", "refund"))
    assert [each.id for each in quarantine.list(alice.db)] == [item.id]


def test_an_order_closed_while_it_was_being_opened_is_not_offered(alice: Town) -> None:
    opened = alice.open("wechat")
    assert inquiries.shift(alice.db, BILL, opened.attempt, "closed")
    assert not inquiries.shift(alice.db, BILL, opened.attempt, "opened")


def test_a_question_asked_twice_promises_the_next_one_once(alice: Town) -> None:
    opened = alice.open("wechat")
    for _ in range(2):
        bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=0)
    row = alice.db["bills"].find_one({"_id": BILL})
    assert row is not None
    owed = row["outbox"].values()
    asked = [each["data"]["n"] for each in owed if each["effect"] == "attempt.ask"]
    assert sorted(asked) == [0, 1]
