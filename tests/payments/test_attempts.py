"""One bill, several wallets, and never two orders that can both be paid on our pages."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from base import clock, numbers
from base.errors import Unreachable
from payments import attempts, bills, inquiries, order_numbers, store
from payments.moves import ATTEMPT_MOVES, BILL_MOVES, LIVE
from payments.wallets import Payer, PayerNeeded

from .town import BILL, CASE, Line, Town

PREPAY = "/v3/pay/transactions/jsapi"
QUERY = "/v3/pay/transactions/out-trade-no/*"
CLOSE = "/v3/pay/transactions/out-trade-no/*/close"


@pytest.mark.parametrize("account", ["oa", "mp"])
def test_wechat_pay_opens_in_either_account(alice: Town, account: str) -> None:
    opened = alice.open("wechat", alice.payer(account))
    assert set(opened.parameters) == {
        "appId",
        "timeStamp",
        "nonceStr",
        "package",
        "signType",
        "paySign",
    }
    assert opened.parameters["appId"] == f"wx{account}"
    assert alice.pay(opened)["ok"]


def test_the_same_wallet_again_offers_the_same_order(alice: Town) -> None:
    first, second = alice.open("wechat"), alice.open("wechat")
    assert first.attempt == second.attempt
    assert first.parameters["package"] == second.parameters["package"]
    assert first.parameters["nonceStr"] != second.parameters["nonceStr"]


def test_another_payer_gets_an_order_of_her_own(alice: Town) -> None:
    first = alice.open("wechat", alice.payer("oa"))
    second = alice.open("wechat", alice.payer("mp"))
    assert first.attempt != second.attempt
    assert (alice.state(first), alice.state(second)) == ("closed", "open")


def test_another_wallet_closes_the_first(alice: Town) -> None:
    first, second = alice.open("wechat"), alice.open("alipay")
    assert (alice.state(first), alice.state(second)) == ("closed", "open")
    assert alice.wallets["wechat"].query(first.attempt).state == "closed"
    assert not alice.pay(first)["ok"]


def test_an_alipay_page_not_yet_opened_is_left_and_watched_until_it_expires(alice: Town) -> None:
    first, second = alice.open("alipay"), alice.open("wechat")
    assert (alice.state(first), alice.state(second)) == ("left", "open")
    alice.pay(second)
    alice.keep()
    bills.refresh(alice.db, alice.wallets, BILL)
    alice.advance(hours=3)
    alice.keep()
    assert (alice.state(first), alice.bill().state) == ("closed", "paid")


def test_an_abandoned_alipay_page_that_is_paid_after_all_is_surplus(alice: Town) -> None:
    first, second = alice.open("alipay"), alice.open("wechat")
    alice.pay(first)
    alice.pay(second)
    bills.ask(alice.db, alice.wallets, BILL, second.attempt)
    alice.keep()
    assert (alice.state(second), alice.state(first)) == ("paid", "surplus")


def test_a_second_wallet_is_not_opened_when_the_first_was_paid(alice: Town) -> None:
    first = alice.open("wechat")
    alice.pay(first)
    with pytest.raises(attempts.AlreadyPaid):
        alice.open("alipay")
    assert alice.state(first) == "paid"


def test_a_second_wallet_waits_when_the_first_does_not_answer(alice: Town) -> None:
    first = alice.open("wechat")
    alice.fault(QUERY, "status", status=502)
    with pytest.raises(Unreachable):
        alice.open("alipay")
    assert alice.state(first) == "open"
    assert alice.open("alipay").wallet == "alipay"


def test_a_second_wallet_waits_when_the_first_will_not_close(alice: Town) -> None:
    first = alice.open("wechat")
    alice.fault(CLOSE, "error", code="RULE_LIMIT")
    with pytest.raises(attempts.EarlierUnsettled):
        alice.open("alipay")
    alice.fault(QUERY, "error", code="TRADE_ERROR")
    with pytest.raises(attempts.EarlierUnsettled):
        alice.open("alipay")
    assert alice.state(first) == "open"


@pytest.mark.parametrize("kind", ["reset_after", "reset", "error_after", "forged_answer"])
def test_an_unknown_outcome_is_a_state_and_the_same_number_goes_on(alice: Town, kind: str) -> None:
    alice.fault(PREPAY, kind)
    with pytest.raises(Unreachable):
        alice.open("wechat")
    (unsure,) = alice.bill().attempts.values()
    assert unsure.state == "unsure"
    opened = alice.open("wechat")
    assert opened.attempt == unsure.number
    assert alice.pay(opened)["ok"]


def test_a_refused_order_is_over_and_the_next_one_is_new(alice: Town) -> None:
    alice.fault(PREPAY, "error", code="NO_AUTH")
    with pytest.raises(attempts.WalletRefused):
        alice.open("wechat")
    (refused,) = alice.bill().attempts.values()
    assert refused.state == "refused"
    assert alice.open("wechat").attempt != refused.number


def test_an_order_that_changed_meanwhile_is_closed_and_not_opened(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.db["bills"].update_one(
        {"_id": BILL}, {"$set": {f"attempts.{opened.attempt}.state": "unsure", "title": "别名"}}
    )
    with pytest.raises(attempts.WalletRefused):
        alice.open("wechat")
    assert alice.state(opened) == "closed"


def test_a_paid_order_of_unknown_outcome_settles_when_it_is_opened_again(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.pay(opened)
    alice.db["bills"].update_one(
        {"_id": BILL}, {"$set": {f"attempts.{opened.attempt}.state": "unsure"}}
    )
    with pytest.raises(attempts.AlreadyPaid):
        alice.open("wechat")
    assert alice.bill().state == "paid"


def test_an_order_near_its_end_is_replaced(alice: Town) -> None:
    first = alice.open("wechat")
    alice.advance(minutes=119)
    second = alice.open("wechat")
    assert first.attempt != second.attempt
    assert alice.state(first) == "closed"


def test_a_double_tap_opens_one_order(alice: Town) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: alice.open("wechat"), range(8)))
    assert len({each.attempt for each in opened}) == 1
    assert len(alice.bill().attempts) == 1


def test_taps_on_both_wallets_leave_one_live_order(alice: Town) -> None:
    def tap(n: int) -> str:
        try:
            return alice.open(("wechat", "alipay")[n % 2]).attempt
        except (attempts.EarlierUnsettled, attempts.WalletRefused) as refused:
            return refused.code

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(tap, range(6)))
    assert sum(each.state in LIVE for each in alice.bill().attempts.values()) <= 1


@pytest.mark.parametrize("payer", [None, Payer("wxstranger", "o-1")])
def test_wechat_pay_needs_a_payer_of_ours(alice: Town, payer: Payer | None) -> None:
    with pytest.raises(PayerNeeded):
        attempts.open(alice.db, alice.wallets, BILL, "wechat", payer)


def test_what_cannot_be_opened_says_why(alice: Town) -> None:
    with pytest.raises(attempts.NoSuchWallet):
        attempts.open(alice.db, alice.wallets, BILL, "unionpay", None)
    with pytest.raises(bills.NoSuchBill):
        attempts.open(alice.db, alice.wallets, CASE, "alipay", None)
    bills.cancel(alice.db, BILL, by="operator:qian")
    with pytest.raises(attempts.BillCancelled):
        attempts.open(alice.db, alice.wallets, BILL, "alipay", None)


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


def test_asking_ends_when_an_unpaid_order_is_closed_after_its_time(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=2, minutes=1)
    alice.keep()
    assert alice.wallets["wechat"].query(opened.attempt).state == "closed"
    assert alice.state(opened) == "closed"
    alice.advance(days=1)
    alice.keep()
    assert alice.keep() == []


def test_a_silent_wallet_changes_nothing_and_is_asked_again(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.advance(hours=3)
    alice.fault(QUERY, "reset", times=2)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=0)
    entry = alice.bill().attempts[opened.attempt]
    assert (entry.state, entry.asks) == ("open", 1)


def test_the_schedule_is_the_one_wechat_advises_and_never_ends() -> None:
    created = clock.now()
    waits = [inquiries._wait(created, n) for n in range(9)]
    rounded = [round(wait.total_seconds()) for wait in waits]
    assert rounded == [5, 30, 60, 180, 300, 600, 1800, 1800, 1800]
    assert inquiries._wait(created - timedelta(days=1), 3) == timedelta()


def test_a_question_asked_twice_promises_the_next_one_once(alice: Town) -> None:
    opened = alice.open("wechat")
    for _ in range(2):
        bills.ask(alice.db, alice.wallets, BILL, opened.attempt, n=0)
    row = alice.db["bills"].find_one({"_id": BILL})
    assert row is not None
    asked = [each["data"].get("n") for each in row["outbox"].values()]
    assert sorted(asked, key=str) == [0, 1, None]


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
    assert ends >= {"paid", "surplus", "closed", "cancelled"}


def test_a_guarded_write_loses_against_a_faster_one(alice: Town) -> None:
    stale = alice.bill()
    assert store.change(alice.db, stale, {"title": "一"}, None)
    assert not store.change(alice.db, stale, {"title": "二"}, None)
    assert alice.bill().title == "一"
