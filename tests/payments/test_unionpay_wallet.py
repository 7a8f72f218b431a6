"""UnionPay's forms, answers and notices; every true notice is signed here by the test itself."""

import base64
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from base import clock
from base.errors import Unreachable
from payments import bills, decisions, refunds
from payments.attempts import Opened
from payments.wallets import Forged, UnionPaySettings, Wallets
from payments.wallets.unionpay import UnionPay
from payments.wallets.unionpay_wire import digest
from payments.wallets.wallet import Refused, Repayment
from script import chain

from .town import BILL, SIGNER, Pems, Town, union

NUMBER = "202611214831075U00000000"
PAID = {
    "version": "5.1.0",
    "encoding": "UTF-8",
    "signMethod": "01",
    "txnType": "01",
    "merId": "777290058110048",
    "orderId": NUMBER,
    "txnTime": "20261231235900",
    "txnAmt": "8000",
    "currencyCode": "156",
    "queryId": "202612312359001234567",
    "traceTime": "0101000130",
    "respCode": "00",
    "respMsg": "成功 100%+&=",
}
# The text by hand, its digest by `openssl dgst -sha256`.
ORDERED = {
    "version": "5.1.0",
    "txnType": "01",
    "txnTime": "20261121120000",
    "txnSubType": "01",
    "txnAmt": "8000",
    "signMethod": "01",
    "signature": "not signed itself",
    "reqReserved": "",
    "orderId": NUMBER,
    "merId": "777290058110048",
    "encoding": "UTF-8",
    "certId": "68759663125",
    "bizType": "000201",
    "accessType": "0",
}
DIGEST = "7bb1d1c1dc84af6d0b463a68c8ee1f60f0999113bc07bc8c81a2582709a715b9"


def form(fields: dict[str, str], by: chain.Authority | None, pems: Pems, **after: str) -> bytes:
    """A signed notice, as the specification tells it; `after` is changed after signing."""
    cert = by.pem if by else pems.union["unionpay_signing_cert"]
    pem = by.private if by else pems.union["unionpay_signing_key"]
    told = fields | {"signPubKeyCert": cert}
    text = "&".join(f"{name}={told[name]}" for name in sorted(told))
    hexed = hashes.Hash(hashes.SHA256())
    hexed.update(text.encode())
    key: Any = serialization.load_pem_private_key(pem.encode(), None)
    signed = key.sign(hexed.finalize().hex().encode(), padding.PKCS1v15(), hashes.SHA256())
    return urlencode(told | {"signature": base64.b64encode(signed).decode()} | after).encode()


@pytest.fixture
def wallet(built: Wallets) -> Any:
    return built["unionpay"]


def test_what_is_signed_is_the_published_text() -> None:
    assert digest(ORDERED).decode() == DIGEST


def test_a_true_notice_is_read(wallet: Any, pems: Pems) -> None:
    notice = wallet.read_notice({}, form(PAID, None, pems))
    assert (notice.kind, notice.transaction, notice.amount) == ("payment", PAID["queryId"], 8000)
    assert (notice.merchant, notice.currency) == ("777290058110048", "CNY")
    assert notice.paid_at == datetime(2026, 12, 31, 16, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "fate", "other"),
    [
        ("opening", "absent", {"respCode": "A6"}),
        ("opening", "absent", {"txnType": "31"}),
        ("refund", "succeeded", {"txnType": "04", "origQryId": "1", "reqReserved": NUMBER}),
        ("refund", "processing", {"txnType": "04", "origQryId": "1", "respCode": "01"}),
    ],
)
def test_every_kind_of_notice_is_told_apart(
    wallet: Any, pems: Pems, kind: str, fate: str, other: dict[str, str]
) -> None:
    notice = wallet.read_notice({}, form(PAID | other, None, pems))
    assert (notice.kind, notice.fate) == (kind, fate)


@pytest.mark.parametrize(
    ("reason", "after"),
    [
        ("signature", {"txnAmt": "1"}),
        ("signature", {"signature": "AAAA"}),
        ("version", {"version": "5.0.0"}),
        ("version", {"signMethod": "11"}),
        ("certificate", {"signPubKeyCert": "x"}),
    ],
)
def test_a_changed_notice_is_forged(
    wallet: Any, pems: Pems, reason: str, after: dict[str, str]
) -> None:
    with pytest.raises(Forged, match=reason):
        wallet.read_notice({}, form(PAID, None, pems, **after))


def test_a_certificate_must_be_of_the_chain_and_in_their_name(pems: Pems) -> None:
    root = chain.Authority("root")
    middle = chain.Authority("middle", root)
    name = f"041@1@{SIGNER}@1"
    settings = union("http://127.0.0.1", "http://127.0.0.1", pems)
    wallet = UnionPay(replace(settings, root_cert=root.pem, middle_cert=middle.pem))
    true = chain.Authority(name, middle, leaf=True)
    assert wallet.read_notice({}, form(PAID, true, pems)).amount == 8000
    for false in (
        chain.Authority(name, leaf=True),
        chain.Authority(name, chain.Authority("middle", root), leaf=True),
        chain.Authority(name, true, leaf=True),
        chain.Authority(name, root, leaf=True),
        chain.Authority("041@1@somebody else@1", middle, leaf=True),
        chain.Authority("nobody", middle, leaf=True),
    ):
        with pytest.raises(Forged, match="certificate"):
            wallet.read_notice({}, form(PAID, false, pems))


def test_a_certificate_that_has_run_out_proves_nothing(
    wallet: Any, pems: Pems, alice: Town
) -> None:
    alice.advance(days=366 * 24)
    with pytest.raises(Forged, match="certificate"):
        wallet.read_notice({}, form(PAID, None, pems))


@pytest.mark.parametrize("name", ["cert", "middle_cert"])
def test_certificates_that_do_not_belong_together_are_refused_at_once(
    pems: Pems, name: str
) -> None:
    settings: UnionPaySettings = union("http://127.0.0.1", "http://127.0.0.1", pems)
    stranger = chain.Authority("stranger").pem
    with pytest.raises(ValueError, match="certificate"):
        UnionPay(replace(settings, **{name: stranger}))


@pytest.mark.parametrize("body", [b"", b"a=%ff", b"\xff=1", b"{}", b"a=1&a=2"])
def test_a_body_that_is_no_notice_is_forged(wallet: Any, body: bytes) -> None:
    with pytest.raises(Forged):
        wallet.read_notice({}, body)


@pytest.mark.parametrize("other", [{"txnAmt": "8e1"}, {"txnTime": "x"}, {"queryId": ""}])
def test_a_signed_notice_of_odd_shape_is_not_believed(
    wallet: Any, pems: Pems, other: dict[str, str]
) -> None:
    told = {name: value for name, value in (PAID | other).items() if value}
    with pytest.raises(Forged, match="shape"):
        wallet.read_notice({}, form(told, None, pems))


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


def test_the_statement_of_a_day_is_fetched_whole(open_door: Town) -> None:
    opened, wallet = open_door.open("unionpay"), open_door.wallets["unionpay"]
    assert isinstance(wallet, UnionPay)
    open_door.pay(opened)
    cleared = (clock.now().astimezone(clock.SHANGHAI) + timedelta(hours=1)).date()
    with zipfile.ZipFile(io.BytesIO(wallet.statement(cleared))) as held:
        (name,) = held.namelist()
        assert "ZM_" in name
        assert opened.attempt.encode() in held.read(name)
    with pytest.raises(Refused, match="98"):
        wallet.statement(cleared + timedelta(days=1))
