"""UnionPay's forms and answers: orders, refunds and the statement, at the simulated gateway."""

from datetime import timedelta
from typing import Any

import pytest

from base import clock
from base.errors import Unreachable
from payments import bills, decisions, refunds
from payments.attempts import Opened
from payments.wallets.wallet import Refused, Repayment

from .town import BILL, Town


def test_the_form_carries_the_order_and_is_the_same_again(alice: Town) -> None:
    opened, again = alice.open("unionpay"), alice.open("unionpay")
    told = opened.parameters
    assert told["url"].endswith("/gateway/api/frontTransReq.do")
    assert (told["txnAmt"], told["frontUrl"]) == ("8000", "http://127.0.0.1/back")
    assert told["riskRateInfo"] == "{commodityName=不动产权证书工本费, 3本}"
    assert told == again.parameters


def standing(town: Town, opened: Opened) -> Any:
    placed = town.bill().attempts[opened.attempt].created
    return town.wallets["unionpay"].query(opened.attempt, placed)


def test_an_order_is_absent_until_it_is_paid(alice: Town) -> None:
    opened = alice.open("unionpay")
    assert standing(alice, opened).state == "absent"
    assert not alice.wallets["unionpay"].close(opened.attempt)
    alice.pay(opened)
    found = standing(alice, opened)
    assert (found.state, found.notice.amount) == ("paid", 8000)
    stranger = alice.wallets["unionpay"].query(opened.attempt, clock.now() - timedelta(days=1))
    assert stranger.state == "absent"


@pytest.mark.parametrize(
    ("code", "state"), [("03", "open"), ("05", "open"), ("A6", "open"), ("30", "absent")]
)
def test_an_order_under_way_is_told_from_one_that_failed(
    alice: Town, code: str, state: str
) -> None:
    opened = alice.open("unionpay")
    alice.fault("/gateway/api/queryTrans.do", "answer", respCode="00", origRespCode=code)
    assert standing(alice, opened).state == state


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "forged_answer"},
        {"kind": "false_certificate"},
        {"kind": "reset"},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 200, "body": "Invalid request."},
        {"kind": "answer", "respCode": "06"},
        {"kind": "answer", "respCode": "00", "orderId": "another1"},
    ],
)
def test_whatever_proves_nothing_leaves_the_outcome_unknown(
    alice: Town, fault: dict[str, Any]
) -> None:
    opened = alice.open("unionpay")
    alice.fault("/gateway/api/queryTrans.do", **fault)
    with pytest.raises(Unreachable):
        standing(alice, opened)


def test_a_definite_no_is_refused(alice: Town) -> None:
    opened = alice.open("unionpay")
    alice.fault("/gateway/api/queryTrans.do", "answer", respCode="31")
    with pytest.raises(Refused, match="31"):
        standing(alice, opened)


def test_another_wallet_may_be_opened_and_a_late_payment_goes_back(open_door: Town) -> None:
    first, second = open_door.open("unionpay"), open_door.open("wechat")
    assert open_door.state(first) == "left"
    open_door.pay(second)
    open_door.pay(first)
    assert (open_door.state(second), open_door.state(first)) == ("paid", "surplus")


def test_unpaid_to_the_end_it_is_closed(alice: Town) -> None:
    opened = alice.open("unionpay")
    alice.advance(minutes=125)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    assert alice.state(opened) == "closed"


def repayment(town: Town, opened: Opened, amount: int = 3000) -> Repayment:
    told = town.bill().paid
    assert told is not None
    number = f"{opened.attempt}R2345678"
    return Repayment(number, opened.attempt, told["transaction"], amount, 8000, "退", clock.now())


def test_a_refund_is_taken_then_arrives_and_never_twice(open_door: Town) -> None:
    opened, wallet = open_door.open("unionpay"), open_door.wallets["unionpay"]
    open_door.pay(opened)
    asked = repayment(open_door, opened)
    assert wallet.query_refund(asked).fate == "absent"
    assert wallet.refund(asked).fate == "processing"
    with pytest.raises(Refused, match="12"):
        wallet.refund(asked)
    assert wallet.query_refund(asked).fate == "processing"
    open_door.advance(seconds=10)
    done = wallet.query_refund(asked)
    assert (done.fate, done.notice.amount, done.notice.of) == ("succeeded", 3000, asked.transaction)


@pytest.mark.parametrize("trouble", ["", "lost", "reset_after", "drop"])
def test_an_approved_refund_comes_back_once_whatever_gets_lost(
    open_door: Town, trouble: str
) -> None:
    paid = open_door.pay(open_door.open("unionpay"))
    ends = {"": "none", "lost": "refund/unionpay", "drop": "notify/unionpay"}
    open_door.fault(ends.get(trouble, "/gateway/api/backTransReq.do"), trouble)
    wish = refunds.Wish(paid["transaction"], 3000, "退", "operator:qian", "once")
    asked = refunds.request(open_door.db, BILL, wish)
    open_door.advance(days=2)
    decisions.approve(open_door.db, BILL, asked.number, by="operator:sun")
    for _ in range(4):
        open_door.keep()
        open_door.advance(minutes=6)
    bill = open_door.bill()
    (fact,) = [each for each in bills.facts(open_door.db, BILL) if each["kind"] == "refund"]
    assert (bill.refunds[asked.number].state, fact["amount"]) == ("succeeded", 3000)
    assert bill.refundable == 5000


def test_a_refund_that_fails_in_the_end_is_closed(open_door: Town) -> None:
    opened, wallet = open_door.open("unionpay"), open_door.wallets["unionpay"]
    open_door.pay(opened)
    asked = repayment(open_door, opened)
    open_door.fault("refund/unionpay", "closed")
    wallet.refund(asked)
    open_door.advance(seconds=10)
    assert wallet.query_refund(asked).fate == "closed"


def test_more_than_was_paid_is_refused(open_door: Town) -> None:
    opened = open_door.open("unionpay")
    open_door.pay(opened)
    with pytest.raises(Refused, match="33"):
        open_door.wallets["unionpay"].refund(repayment(open_door, opened, 8001))
