"""Alipay's pages, answers and notices; every true one is signed here by the test itself."""

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from base import clock
from base.errors import Unreachable
from payments import attempts, bills, quarantine
from payments.wallets import Forged, Payer, Wallets
from payments.wallets.wallet import Refused
from simulator.wallets import alipay_trades

from .town import BILL, Pems, Town

NUMBER = "202611214831075A00000000"
PAID = {
    "app_id": "2021000000000001",
    "seller_id": "2088000000000001",
    "out_trade_no": NUMBER,
    "trade_no": "2026112122001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "80.00",
    "buyer_id": "2088999",
    "gmt_payment": "2026-11-21 12:00:00",
    "subject": "100%+工本费 &amp;",
    "charset": "utf-8",
    "version": "1.0",
}


def form(pem: str, fields: dict[str, str], **other: str) -> bytes:
    """A signed notice, as the specification tells it; `other` is added after signing."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()
    key: Any = serialization.load_pem_private_key(pem.encode(), None)
    signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    return urlencode(fields | {"sign_type": "RSA2", "sign": signature} | other).encode()


@pytest.fixture
def wallet(built: Wallets) -> Any:
    return built["alipay"]


def test_a_true_notice_is_read(wallet: Any, pems: Pems) -> None:
    notice = wallet.read_notice({}, form(pems.alipay, PAID))
    assert (notice.kind, notice.transaction, notice.amount) == ("payment", "2026112122001", 8000)
    assert (notice.merchant, notice.app) == ("2088000000000001", "2021000000000001")
    assert notice.paid_at.isoformat() == "2026-11-21T04:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("closing", {"trade_status": "TRADE_CLOSED"}),
        ("opening", {"trade_status": "WAIT_BUYER_PAY"}),
        ("payment", {"trade_status": "TRADE_FINISHED"}),
        ("refund", {"refund_fee": "1.00", "gmt_refund": "2026-11-21 13:00:00", "out_biz_no": "R1"}),
        ("refund", {"trade_status": "TRADE_CLOSED", "refund_fee": "80.00", "out_biz_no": "R1"}),
    ],
)
def test_every_kind_of_notice_is_told_apart(
    wallet: Any, pems: Pems, kind: str, other: dict[str, str]
) -> None:
    assert wallet.read_notice({}, form(pems.alipay, PAID | other)).kind == kind


@pytest.mark.parametrize(
    ("reason", "after"),
    [
        ("signature", {"total_amount": "0.01"}),
        ("signature", {"sign": "AAAA"}),
        ("signature", {"sign_type": "RSA"}),
        ("charset", {"charset": "utf-7"}),
    ],
)
def test_a_changed_notice_is_forged(
    wallet: Any, pems: Pems, reason: str, after: dict[str, str]
) -> None:
    with pytest.raises(Forged, match=reason):
        wallet.read_notice({}, form(pems.alipay, PAID, **after))


@pytest.mark.parametrize("pem", ["merchant", "app", "wechat"])
def test_a_notice_signed_by_anybody_else_is_forged(wallet: Any, pems: Pems, pem: str) -> None:
    with pytest.raises(Forged, match="signature"):
        wallet.read_notice({}, form(getattr(pems, pem), PAID))


@pytest.mark.parametrize("body", [b"", b"a=%ff", b"\xff=1", b"{}"])
def test_a_body_that_is_no_notice_is_forged(wallet: Any, body: bytes) -> None:
    with pytest.raises(Forged):
        wallet.read_notice({}, body)


def test_a_field_named_twice_is_forged(wallet: Any, pems: Pems) -> None:
    with pytest.raises(Forged, match="shape"):
        wallet.read_notice({}, form(pems.alipay, PAID) + b"&total_amount=80.00")


@pytest.mark.parametrize("other", [{"total_amount": "8e1"}, {"trade_status": "?"}])
def test_a_signed_notice_of_odd_shape_is_not_believed(
    wallet: Any, pems: Pems, other: dict[str, str]
) -> None:
    with pytest.raises(Forged, match="shape"):
        wallet.read_notice({}, form(pems.alipay, PAID | other))


def test_the_page_carries_the_order_and_no_forbidden_signs(alice: Town) -> None:
    opened = alice.open("alipay")
    asked = parse_qs(urlsplit(opened.parameters["url"]).query)
    assert asked["method"] == ["alipay.trade.wap.pay"]
    assert '"total_amount":"80.00"' in asked["biz_content"][0]
    assert asked["return_url"] == ["http://127.0.0.1/back"]
    assert "sign" in asked


def test_a_page_opened_again_bears_the_same_order(alice: Town) -> None:
    def content() -> str:
        return parse_qs(urlsplit(alice.open("alipay").parameters["url"]).query)["biz_content"][0]

    assert content() == content()


def test_a_trade_is_absent_then_open_then_paid(alice: Town) -> None:
    opened, wallet = alice.open("alipay"), alice.wallets["alipay"]
    assert wallet.query(opened.attempt).state == "absent"
    assert not wallet.close(opened.attempt)
    url = opened.parameters["url"]
    alice.control(f"people/{alice.alice['id']}/pay", wallet="alipay", url=url, outcome="wait")
    assert wallet.query(opened.attempt).state == "open"
    alice.pay(opened)
    standing = wallet.query(opened.attempt)
    assert standing.state == "paid"
    assert standing.notice is not None
    assert not wallet.close(opened.attempt)


def test_a_waiting_trade_is_closed_for_good(alice: Town) -> None:
    opened, wallet = alice.open("alipay"), alice.wallets["alipay"]
    url = opened.parameters["url"]
    alice.control(f"people/{alice.alice['id']}/pay", wallet="alipay", url=url, outcome="wait")
    assert wallet.close(opened.attempt)
    assert wallet.query(opened.attempt).state == "closed"
    assert not alice.pay(opened)["ok"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "forged_answer"},
        {"kind": "reset"},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 200, "body": "<html>"},
        {"kind": "error", "code": "20000"},
        {"kind": "error", "code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"},
    ],
)
def test_whatever_proves_nothing_leaves_the_outcome_unknown(
    alice: Town, fault: dict[str, Any]
) -> None:
    opened = alice.open("alipay")
    alice.fault("/gateway.do", **fault)
    with pytest.raises(Unreachable):
        alice.wallets["alipay"].query(opened.attempt)


def test_a_refunded_trade_was_paid(alice: Town) -> None:
    opened, wallet = alice.open("alipay"), alice.wallets["alipay"]
    alice.pay(opened)
    said = {"out_trade_no": opened.attempt, "trade_no": "1", "total_amount": "80.00"}
    closed = wallet._standing(opened.attempt, said | {"trade_status": "TRADE_CLOSED"})
    refunded = {"trade_status": "TRADE_CLOSED", "refund_fee": "80.00"}
    given_back = wallet._standing(opened.attempt, said | refunded)
    assert (closed.state, closed.refunded) == ("closed", False)
    assert (given_back.state, given_back.refunded) == ("paid", True)


def test_an_answer_about_another_trade_is_no_answer(wallet: Any) -> None:
    with pytest.raises(ValueError, match="another trade"):
        wallet._standing(NUMBER, PAID | {"out_trade_no": "another"})


def test_a_definite_no_is_refused(alice: Town) -> None:
    opened = alice.open("alipay")
    alice.fault("/gateway.do", "error", code="40004", sub_code="ACQ.INVALID_PARAMETER")
    with pytest.raises(Refused, match=r"ACQ\.INVALID_PARAMETER"):
        alice.wallets["alipay"].query(opened.attempt)


def mini(town: Town, option: str = "buyer_id") -> Payer:
    """Alice as our application in Alipay knows her."""
    town.control("wallets/alipay/options", buyer=option)
    shown = alipay_trades.buyer_shown(town.place.world, town.alice["id"])
    return Payer(town.wallets["alipay"].binds(None).app, shown[option])


@pytest.mark.parametrize("option", ["buyer_id", "buyer_open_id"])
def test_the_mini_programs_user_pays_the_trade_made_for_her(alice: Town, option: str) -> None:
    opened = alice.open("alipay", mini(alice, option))
    assert alice.open("alipay", mini(alice, option)).parameters == opened.parameters
    assert alice.bill().attempts[opened.attempt].payer != ""
    assert alice.wallets["alipay"].query(opened.attempt, clock.now()).state == "open"
    assert alice.pay(opened)["transaction"] == opened.parameters["tradeNO"]
    assert bills.refresh(alice.db, alice.wallets, BILL).paid["attempt"] == opened.attempt


@pytest.mark.parametrize("name", ["buyer_id", "buyer_open_id"])
@pytest.mark.parametrize("source", ["notice", "query"])
def test_a_user_is_known_by_either_name_where_alipay_tells_both(
    open_door: Town, name: str, source: str
) -> None:
    opened = open_door.open("alipay", mini(open_door, name))
    open_door.control("wallets/alipay/options", buyer="both")
    if source == "query":
        open_door.fault("notify/alipay", "drop", times=-1)
    open_door.pay(opened)
    bills.refresh(open_door.db, open_door.wallets, BILL)
    assert open_door.bill().paid["attempt"] == opened.attempt
    assert [each["source"] for each in bills.facts(open_door.db, BILL)] == [source]
    assert quarantine.list(open_door.db) == ()


def test_a_user_of_two_other_names_settles_nothing(open_door: Town) -> None:
    opened = open_door.open("alipay", mini(open_door))
    open_door.control("wallets/alipay/options", buyer="both")
    open_door.fault("notify/alipay", "other_payer")
    assert open_door.pay(opened)["notice"]["status"] == 422
    assert [item.reason for item in quarantine.list(open_door.db)] == ["payer"]


def test_money_of_another_user_than_the_trade_was_made_for_settles_nothing(
    open_door: Town,
) -> None:
    opened = open_door.open("alipay", mini(open_door))
    stranger = open_door.control("people", name="王五")
    told = {"wallet": "alipay", "trade_no": opened.parameters["tradeNO"]}
    assert not open_door.control(f"people/{stranger['id']}/pay", **told)["ok"]
    open_door.fault("notify/alipay", "other_payer")
    assert open_door.pay(opened)["notice"]["status"] == 422
    assert (open_door.bill().state, quarantine.list(open_door.db)[0].reason) == ("open", "payer")
    assert bills.refresh(open_door.db, open_door.wallets, BILL).state == "paid"


def test_a_trade_of_which_nobody_knows_is_made_again_under_its_number(alice: Town) -> None:
    alice.fault("alipay.trade.create", "error_after")
    with pytest.raises(Unreachable):
        alice.open("alipay", mini(alice))
    (before,) = alice.bill().attempts
    opened = alice.open("alipay", mini(alice))
    assert (opened.attempt, alice.state(opened)) == (before, "open")


def test_a_page_for_anybody_ends_the_trade_for_one(alice: Town) -> None:
    mine = alice.open("alipay", mini(alice))
    page = alice.open("alipay")
    assert (alice.state(mine), "url" in page.parameters) == ("closed", True)


def test_a_buyer_that_alipay_does_not_know_is_refused(alice: Town) -> None:
    with pytest.raises(attempts.WalletRefused):
        alice.open("alipay", replace(mini(alice), openid="2088000000000009"))
