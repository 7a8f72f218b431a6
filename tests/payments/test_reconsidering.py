"""What lies in the quarantine is judged by what its wallet says now."""

from dataclasses import replace
from typing import Any

import pytest

from base import outbox
from base.errors import Unreachable
from payments import bills, decisions, quarantine, reconsidering, repaying, settlement, wallets
from payments.wallets import Notice, Wallets
from payments.wallets.wallet import Repayment

from .refunding import SUN, approved, paid, state, sums
from .town import BILL, Pems, Town, settings

REFUNDS = "/v3/refund/domestic/refunds"
NUMBER = "CONSOLE1"


def at_console(town: Town, fen: int = 8000, wallet: str = "wechat") -> Notice:
    """Somebody gives so much back at the wallet's console; what the wallet tells us of it."""
    (payment,) = town.bill().received
    told = (NUMBER, payment["attempt"], payment["transaction"], fen, 8000)
    asked = Repayment(*told, reason="console", agreed=town.bill().created)
    town.wallets[wallet].refund(asked)
    town.advance(seconds=10)
    notice = town.wallets[wallet].query_refund(asked).notice
    assert notice is not None
    return notice


def keep(town: Town, ours: Wallets | None = None) -> list[str]:
    """Keep what the quarantine has promised, as app.jobs does; the effects that ask."""
    rows, kept = town.db["quarantine"], []
    for held in outbox.take(rows):
        for owed in held.promises:
            if owed["effect"] == "quarantine.over":
                quarantine.over(town.db, held.id)
            else:
                reconsidering.ask(town.db, town.wallets if ours is None else ours, held.id)
                kept.append(owed["effect"])
            outbox.kept(rows, held, owed)
        outbox.release(rows, held)
    return kept


def again(town: Town, ours: Wallets | None = None) -> bills.Outcome | None:
    """What comes of an officer's second look at the one thing in the quarantine."""
    (item,) = quarantine.list(town.db)
    return reconsidering.reconsider(town.db, town.wallets if ours is None else ours, item.id, SUN)


def parked(town: Town, notice: Notice) -> None:
    assert bills.settle(town.db, notice) == bills.Outcome("quarantined", "refund")
    town.advance(seconds=11)


@pytest.mark.parametrize("fen", [8000, 3000])
@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
def test_a_refund_made_at_the_wallets_console_is_asked_about_and_booked(
    alice: Town, wallet: str, fen: int
) -> None:
    paid(alice, wallet)
    notice = at_console(alice, fen, wallet)
    parked(alice, replace(notice, fate="succeeded" if wallet == "wechat" else "processing"))
    assert keep(alice) == ["quarantine.ask"]
    bill = alice.bill()
    assert (bill.refundable, bill.returned) == (8000 - fen, fen)
    assert sums(alice) == {"received": 8000, "fee": fen - 8000, "owed": 0, "returned": -fen}
    assert (bill.refunds[NUMBER].state, bill.refunds[NUMBER].reason) == ("succeeded", "console")
    assert (quarantine.list(alice.db), keep(alice)) == ((), [])


def test_a_true_notice_of_a_console_refund_comes_to_the_same(open_door: Town) -> None:
    paid(open_door, "alipay")
    at_console(open_door, 3000, "alipay")
    open_door.advance(minutes=5)
    with open_door.still():
        (item,) = quarantine.list(open_door.db)
    assert (item.reason, item.provider) == ("refund", "alipay")
    open_door.advance(seconds=11)
    keep(open_door)
    assert open_door.bill().returned == 3000


def test_a_refund_that_ours_stood_in_the_way_of_is_booked_once_ours_was_given_up(
    alice: Town,
) -> None:
    paid(alice)
    ours = approved(alice)
    notice = at_console(alice)
    parked(alice, notice)
    keep(alice)
    assert (again(alice), alice.bill().returned) == (bills.Outcome("quarantined", "refund"), 0)
    alice.advance(minutes=2)
    repaying.go(alice.db, alice.wallets, BILL, ours.number)
    assert state(alice, ours) == "refused"
    decisions.drop(alice.db, alice.wallets, BILL, ours.number, by=SUN, note="已在后台退")
    assert again(alice) == bills.Outcome("settled")
    assert (alice.bill().refundable, alice.bill().returned) == (0, 8000)
    assert quarantine.list(alice.db) == ()


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 7999},
        {"currency": "USD"},
        {"merchant": "1900000009"},
        {"transaction": "50309"},
        {"of": "4200000000"},
        {"refund": "CONSOLE2"},
        {"refund": ""},
        {"fate": "abnormal", "amount": 1},
    ],
)
def test_what_the_wallet_does_not_prove_of_a_refund_is_not_booked(
    alice: Town, other: dict[str, Any]
) -> None:
    paid(alice)
    parked(alice, replace(at_console(alice), **other))
    keep(alice)
    assert again(alice) == bills.Outcome("quarantined", "refund")
    assert (alice.bill().refunds, alice.bill().refundable) == ({}, 8000)
    assert len(quarantine.list(alice.db)) == 1


def test_a_refund_is_asked_about_until_its_wallet_answers(alice: Town) -> None:
    paid(alice)
    parked(alice, at_console(alice))
    alice.fault(f"{REFUNDS}/*", "reset")
    with pytest.raises(Unreachable):
        keep(alice)
    alice.fault(f"{REFUNDS}/*", "reset")
    assert again(alice) == bills.Outcome("quarantined", "refund")
    alice.advance(minutes=1)
    assert keep(alice) == ["quarantine.ask"]
    assert alice.bill().returned == 8000


def test_a_refund_of_which_nothing_is_told_waits_for_the_statement(alice: Town) -> None:
    paid(alice)
    parked(alice, at_console(alice))
    alice.fault(f"{REFUNDS}/*", "error", code="NO_AUTH")
    assert keep(alice) == ["quarantine.ask"]
    assert again(alice, {}) == bills.Outcome("quarantined", "refund")
    assert (len(quarantine.list(alice.db)), alice.bill().returned) == (1, 0)


def test_what_was_dealt_with_is_neither_opened_nor_asked_about(alice: Town) -> None:
    paid(alice)
    parked(alice, at_console(alice))
    (item,) = quarantine.list(alice.db)
    quarantine.resolve(alice.db, item.id, SUN, "已核对")
    keep(alice)
    assert alice.bill().returned == 0
    acts = [row["act"] for row in alice.db["audit"].find({})]
    assert "quarantine.again" not in acts
    assert reconsidering.reconsider(alice.db, alice.wallets, item.id, SUN) == bills.Outcome(
        "settled"
    )


def test_what_proved_nothing_has_nothing_to_be_asked(alice: Town) -> None:
    quarantine.put_unproved(alice.db, "wechat", "signature", b"x")
    (item,) = quarantine.list(alice.db)
    reconsidering.ask(alice.db, alice.wallets, item.id)
    assert quarantine.list(alice.db) == (item,)


def renamed(town: Town, pems: Pems, monkeypatch: pytest.MonkeyPatch) -> Wallets:
    """Our wallets when Alipay knows us, and our settings too, by another application."""
    other = "2021000000000002"
    monkeypatch.setitem(town.place.world.config["alipay"], "app_id", other)
    told = settings(town.url, "http://127.0.0.1:1", pems)
    assert told.alipay is not None
    return wallets.build(replace(told, alipay=replace(told.alipay, app_id=other)))


def test_money_that_did_not_fit_our_settings_is_booked_once_they_are_mended(
    alice: Town, pems: Pems, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = alice.open("alipay")
    alice.pay(opened)
    wrong = renamed(alice, pems, monkeypatch)
    bills.ask(alice.db, wrong, BILL, opened.attempt)
    assert again(alice, wrong) == bills.Outcome("quarantined", "app")
    monkeypatch.undo()
    assert again(alice) == bills.Outcome("settled")
    assert (alice.bill().state, quarantine.list(alice.db)) == ("paid", ())


def test_a_wallet_that_names_another_payment_says_nothing_of_this_one(alice: Town) -> None:
    opened = paid(alice)
    true = alice.wallets["wechat"].query(opened.attempt, alice.bill().created).notice
    assert true is not None
    settlement.settle(alice.db, replace(true, transaction="4200009", amount=1))
    assert again(alice) == bills.Outcome("quarantined", "amount")


def test_a_payment_judged_again_while_its_wallet_is_silent_is_judged_as_it_was_told(
    alice: Town,
) -> None:
    opened = paid(alice)
    true = alice.wallets["wechat"].query(opened.attempt, alice.bill().created).notice
    assert true is not None
    settlement.settle(alice.db, replace(true, amount=1))
    alice.fault("/v3/pay/transactions/out-trade-no/*", "reset")
    assert again(alice) == bills.Outcome("quarantined", "amount")
    assert again(alice) == bills.Outcome("already")


def test_what_is_neither_payment_nor_refund_is_judged_as_it_was_told(alice: Town) -> None:
    opened = paid(alice)
    true = alice.wallets["wechat"].query(opened.attempt, alice.bill().created).notice
    assert true is not None
    settlement.settle(alice.db, replace(true, kind="opening"))
    assert again(alice) == bills.Outcome("quarantined", "opening")
