"""A bill is issued once, found by those it concerns, and changed only by the fastest."""

from dataclasses import replace

import pytest

from base import clock, numbers, texts
from payments import bills, order_numbers, store
from payments.moves import ATTEMPT_MOVES, BILL_MOVES, REFUND_MOVES
from payments.store import Change

from .town import BILL, CASE, Line, Town


def test_cancelling_a_bill_closes_its_order_at_the_wallet(alice: Town) -> None:
    opened = alice.open("wechat")
    assert bills.cancel(alice.db, BILL, by="operator:qian").state == "cancelled"
    alice.keep()
    assert alice.wallets["wechat"].query(opened.attempt).state == "closed"
    with pytest.raises(bills.NotCancellable):
        bills.cancel(alice.db, BILL, by="operator:qian")


def test_a_bill_is_issued_once_and_never_for_nothing(alice: Town) -> None:
    assert alice.issue() == alice.bill()
    with pytest.raises(bills.NothingToPay):
        bills.issue(
            alice.db, number_of_case=CASE, resident="alice", lines=[], total=0, title="免费"
        )
    with pytest.raises(ValueError, match="add up"):
        bills.issue(
            alice.db, number_of_case=CASE, resident="alice", lines=[Line()], total=1, title="错"
        )


def test_a_bill_whose_number_is_taken_gets_the_next_one(alice: Town) -> None:
    alice.db["bills"].update_one({"_id": BILL}, {"$set": {"case": "202611210000015"}})
    issued = [alice.issue().number for _ in range(2)]
    assert issued == [numbers.derived(CASE, "fee", 1)] * 2


def test_bills_are_found_by_who_owes_them_by_case_and_by_state(alice: Town) -> None:
    (mine,) = bills.owed(alice.db, "alice")
    assert bills.of_case(alice.db, CASE) == bills.recent(alice.db) == [mine]
    assert bills.rehome(alice.db, "alice", "bob") == 1
    assert bills.owed(alice.db, "alice") == []
    assert bills.owed(alice.db, "bob") == [replace(mine, resident="bob")]


def test_order_numbers_are_legal_everywhere_and_lead_back() -> None:
    number = order_numbers.of_attempt(BILL, "W")
    assert number.isalnum()
    assert 8 <= len(number) <= 32
    assert order_numbers.bill_of(number) == BILL
    assert order_numbers.bill_of("not-ours") is None


def test_every_state_has_a_word_and_paid_is_never_left() -> None:
    ends = {move.to for move in (*ATTEMPT_MOVES.values(), *BILL_MOVES.values())}
    assert not any("paid" in move.starts for move in ATTEMPT_MOVES.values())
    assert not any("paid" in move.starts for move in BILL_MOVES.values())
    assert not any("succeeded" in move.starts for move in REFUND_MOVES.values())
    assert {move.to for move in REFUND_MOVES.values()} <= texts.table("payments.refunds").keys()
    assert texts.table("payments.moves").keys() >= REFUND_MOVES.keys()
    assert ends >= {"paid", "surplus", "closed", "cancelled"}


def test_a_fact_is_booked_with_its_bill_or_not_at_all(alice: Town) -> None:
    stale = alice.bill()
    store.change(alice.db, stale, Change({"title": "一"}))
    fact = {"_id": "wechat:payment:1", "bill": BILL, "at": clock.now()}
    fact |= {"surplus": False, "refund": ""}
    assert store.book(alice.db, fact, stale, Change({"state": "paid"})) == "lost"
    assert bills.facts(alice.db, BILL) == []
    assert store.fact(alice.db, "wechat:payment:1") is None


def test_a_guarded_write_loses_against_a_faster_one(alice: Town) -> None:
    stale = alice.bill()
    assert store.change(alice.db, stale, Change({"title": "一"}))
    assert not store.change(alice.db, stale, Change({"title": "二"}))
    assert alice.bill().title == "一"
