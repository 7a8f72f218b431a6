"""One bill, several wallets, and never two orders that can both be paid on our pages."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from base.errors import Unreachable
from payments import attempts, bills
from payments.moves import LIVE
from payments.wallets import Payer, PayerNeeded

from .town import BILL, CASE, Town

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
        attempts.open(alice.db, alice.wallets, BILL, "cash", None)
    with pytest.raises(bills.NoSuchBill):
        attempts.open(alice.db, alice.wallets, CASE, "alipay", None)
    bills.cancel(alice.db, BILL, by="operator:qian")
    with pytest.raises(attempts.BillCancelled):
        attempts.open(alice.db, alice.wallets, BILL, "alipay", None)
