"""A refund on its way: whatever its wallet answers or does not, the money goes back once."""

import pytest

from base import audit
from base.errors import Unreachable
from payments import attempts, bills, decisions, quarantine, refunds, repaying
from payments.records import Refund

from .refunding import SUN, approved, later, paid, state, sums, wish
from .town import BILL, Town

WALLETS = ("wechat", "alipay")
REFUND = {"wechat": "/v3/refund/domestic/refunds", "alipay": "alipay.trade.refund"}
DONE = {"received": 8000, "fee": 0, "owed": 0, "returned": -8000}


def given_back(town: Town, opened: attempts.Opened) -> int:
    """What the wallet itself says it has given back for an order."""
    url = f"{town.url}/control/v1/wallets/{opened.wallet}/orders"
    for order in town.web.get(url).json()["orders"]:
        number = order.get("out_trade_no") or order["ask"]["out_trade_no"]
        if number == opened.attempt:
            return sum(
                each["fen"] for each in order["refunds"].values() if each.get("fate") != "CLOSED"
            )
    return 0


@pytest.mark.parametrize("wallet", WALLETS)
def test_an_approved_refund_goes_back_and_is_told(alice: Town, wallet: str) -> None:
    opened = paid(alice, wallet)
    refund = approved(alice)
    kept = later(alice, 3, seconds=15)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)
    assert sums(alice) == DONE
    facts = {each["kind"]: each["amount"] for each in bills.facts(alice.db, BILL)}
    assert facts == {"payment": 8000, "refund": 8000}
    assert kept.count("refund.told") == 2
    assert alice.bill().returned == 8000
    alice.advance(days=2)
    assert alice.keep() == []


@pytest.mark.parametrize("wallet", WALLETS)
@pytest.mark.parametrize("fault", ["reset", "reset_after", "error", "error_after", "forged_answer"])
def test_an_unknown_outcome_is_a_state_and_is_asked_about(
    alice: Town, wallet: str, fault: str
) -> None:
    opened = paid(alice, wallet)
    refund = approved(alice)
    alice.fault(REFUND[wallet] if fault != "reset" else _path(wallet), fault)
    alice.keep()
    assert state(alice, refund) == "unsure"
    later(alice, 6, seconds=61)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)
    assert sums(alice) == DONE


def _path(wallet: str) -> str:
    return REFUND["wechat"] if wallet == "wechat" else "/gateway.do"


def test_a_refund_may_take_days(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault("refund/wechat", "processing", seconds=2 * 86400)
    later(alice, 4, hours=6)
    assert state(alice, refund) == "sent"
    later(alice, 6, hours=6)
    assert state(alice, refund) == "succeeded"


@pytest.mark.parametrize("kind", ["processing", "lost"])
def test_at_alipay_only_changed_funds_prove_a_refund(alice: Town, kind: str) -> None:
    opened = paid(alice, "alipay")
    refund = approved(alice)
    alice.fault("refund/alipay", kind, seconds=90)
    alice.keep()
    assert state(alice, refund) == "sent"
    later(alice, 8, minutes=5)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)


def test_an_abnormal_refund_is_a_human_s_task_until_it_is_handled_there(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault("refund/wechat", "abnormal")
    kept = later(alice, 3, seconds=15)
    assert (state(alice, refund), kept.count("refund.told")) == ("abnormal", 2)
    assert [each.number for _, each in refunds.waiting(alice.db, "abnormal")] == [refund.number]
    alice.control("wallets/wechat/refunds", out_refund_no=refund.number, fate="SUCCESS")
    repaying.refresh(alice.db, alice.wallets, BILL)
    assert (state(alice, refund), sums(alice)) == ("succeeded", DONE)


def test_a_closed_refund_is_dropped_and_asked_for_anew(alice: Town) -> None:
    opened = paid(alice)
    refund = approved(alice)
    alice.fault("refund/wechat", "closed")
    later(alice, 3, seconds=15)
    assert state(alice, refund) == "closed"
    with pytest.raises(refunds.NotRefundable):
        refunds.request(alice.db, BILL, wish(alice, 1, "anew"))
    drop(alice, refund)
    second = approved(alice, 8000, "anew")
    later(alice, 5, minutes=1)
    assert (state(alice, second), given_back(alice, opened)) == ("succeeded", 8000)
    assert sums(alice) == DONE


def drop(town: Town, refund: Refund) -> Refund:
    note = "平台关闭，重新退"
    return decisions.drop(town.db, town.wallets, BILL, refund.number, by=SUN, note=note)


def test_a_refund_its_wallet_knows_of_after_all_is_not_dropped(alice: Town) -> None:
    opened = paid(alice)
    refund = approved(alice)
    alice.fault(REFUND["wechat"], "error_after", code="NOT_ENOUGH")
    alice.fault(f"{REFUND['wechat']}/*", "error", code="RESOURCE_NOT_EXISTS")
    alice.keep()
    assert state(alice, refund) == "refused"
    alice.fault(f"{REFUND['wechat']}/*", "reset")
    with pytest.raises(Unreachable):
        drop(alice, refund)
    with pytest.raises(Unreachable):
        decisions.drop(alice.db, {}, BILL, refund.number, by=SUN, note="线下退")
    alice.advance(seconds=15)
    with pytest.raises(decisions.NotDecidable):
        drop(alice, refund)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)
    assert "refund_corrected" in [line["move"] for line in alice.bill().history]
    acts = [line["act"] for line in audit.of_subject(alice.db, f"bill:{BILL}")]
    assert acts == ["money.corrected"]


def test_a_refused_refund_its_wallet_knows_nothing_of_is_dropped(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault(REFUND["wechat"], "error", code="NOT_ENOUGH")
    alice.keep()
    assert drop(alice, refund).state == "dropped"
    assert alice.bill().refundable == 8000


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_refused_refund_is_sent_again_under_its_own_number(alice: Town, wallet: str) -> None:
    opened = paid(alice, wallet)
    refund = approved(alice)
    code = {"wechat": {"code": "NOT_ENOUGH"}, "alipay": NOT_ENOUGH}[wallet]
    alice.fault(REFUND[wallet], "error", **code)
    alice.keep()
    assert state(alice, refund) == "refused"
    assert alice.bill().refunds[refund.number].code.endswith("NOT_ENOUGH")
    decisions.again(alice.db, BILL, refund.number, by=SUN)
    later(alice, 3, seconds=61)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)


@pytest.mark.parametrize("executed", [True, False])
def test_a_refused_question_is_no_refusal_of_the_refund(alice: Town, executed: bool) -> None:
    opened = paid(alice)
    refund = approved(alice)
    alice.fault(REFUND["wechat"], "reset_after" if executed else "error", code="NO_AUTH")
    alice.fault(f"{REFUND['wechat']}/*", "error", code="NO_AUTH")
    later(alice, int(executed), seconds=11)
    assert state(alice, refund) == "unsure"
    later(alice, 6, seconds=61)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)


NOT_ENOUGH = {"code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}


def test_a_payment_wechat_does_not_find_yet_is_asked_about_again(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    alice.fault(REFUND["wechat"], "error", code="RESOURCE_NOT_EXISTS")
    alice.keep()
    assert state(alice, refund) == "unsure"
    later(alice, 4, seconds=61)
    assert state(alice, refund) == "succeeded"


@pytest.mark.parametrize(("wallet", "apart"), [("wechat", 60), ("alipay", 3)])
def test_two_refunds_of_one_order_keep_their_distance(alice: Town, wallet: str, apart: int) -> None:
    opened = paid(alice, wallet)
    first, second = approved(alice, 3000, "a"), approved(alice, 5000, "b")
    alice.keep()
    states = sorted([state(alice, first), state(alice, second)])
    assert states in (["approved", "sent"], ["approved", "succeeded"])
    later(alice, 2, seconds=apart + 1)
    later(alice, 2, seconds=15)
    assert {state(alice, each) for each in (first, second)} == {"succeeded"}
    assert (given_back(alice, opened), sums(alice)) == (8000, DONE)


def test_a_wallet_out_of_service_keeps_its_refunds_waiting(alice: Town) -> None:
    paid(alice)
    refund = approved(alice)
    repaying.go(alice.db, {}, BILL, refund.number, refund.asks)
    assert state(alice, refund) == "approved"
    later(alice, 3, seconds=15)
    assert state(alice, refund) == "succeeded"
    repaying.go(alice.db, alice.wallets, BILL, refund.number)


@pytest.mark.parametrize("wallet", WALLETS)
def test_money_paid_twice_goes_back_by_itself(alice: Town, wallet: str) -> None:
    """Two attempts of one bill, both paid."""
    first = alice.open("alipay")
    second = alice.open("wechat")
    order = (second, first) if wallet == "alipay" else (first, second)
    for opened in order:
        alice.pay(opened)
    bills.ask(alice.db, alice.wallets, BILL, order[0].attempt)
    bills.ask(alice.db, alice.wallets, BILL, order[1].attempt)
    (refund,) = alice.bill().refunds.values()
    assert (refund.wallet, refund.reason, refund.amount) == (wallet, "surplus", 8000)
    later(alice, 3, seconds=15)
    assert given_back(alice, order[1]) == 8000
    assert given_back(alice, order[0]) == 0
    assert sums(alice) == {"received": 16000, "fee": -8000, "owed": 0, "returned": -8000}
    assert quarantine.list(alice.db) == ()


def test_money_paid_after_the_bill_was_cancelled_goes_back_by_itself(alice: Town) -> None:
    opened = alice.open("wechat")
    bills.cancel(alice.db, BILL, by="operator:qian")
    alice.keep()
    alice.bring(opened, "late")
    notice = alice.wallets["wechat"].query(opened.attempt).notice
    assert notice is not None
    assert bills.settle(alice.db, notice) == bills.Outcome("returning")
    later(alice, 3, seconds=15)
    assert (alice.bill().state, given_back(alice, opened)) == ("cancelled", 8000)
    assert sums(alice) == DONE
