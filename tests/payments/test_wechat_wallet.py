"""What WeChat Pay says is believed only when WeChat's key, our clock and our own key agree."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from base import clock
from base.errors import Unreachable
from payments.wallets import Forged, Wallets, keys
from payments.wallets.wallet import Order, Refused

from . import keys as test_keys
from .town import Pems, Town, refund

SERIAL = "PUB_KEY_ID_0119000000012026112100"
PAID: dict[str, Any] = {
    "mchid": "1900000001",
    "appid": "wxoa",
    "out_trade_no": "202611214831075W00000000",
    "transaction_id": "4200001",
    "trade_state": "SUCCESS",
    "success_time": "2026-11-21T12:00:00+08:00",
    "payer": {"openid": "o-alice"},
    "amount": {"total": 8000, "currency": "CNY", "payer_total": 8000},
}


class WeChat:
    """WeChat's side of a notice, written from the specification for this test alone."""

    def __init__(self, pem: str, key: str = "0123456789abcdef0123456789abcdef") -> None:
        self.pem, self.key = pem, key

    def body(self, plain: Any, kind: str = "transaction") -> bytes:
        nonce, raw = "abcdefghijkl", json.dumps(plain).encode()
        sealed = AESGCM(self.key.encode()).encrypt(nonce.encode(), raw, kind.encode())
        resource = {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }
        return json.dumps({"id": "1", "resource": resource}).encode()

    def headers(self, body: bytes, **other: str) -> dict[str, str]:
        moment = other.get("moment", str(int(clock.now().timestamp())))
        key: Any = serialization.load_pem_private_key(self.pem.encode(), None)
        text = f"{moment}\nn\n".encode() + body + b"\n"
        signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return {
            "Wechatpay-Timestamp": moment,
            "Wechatpay-Nonce": "n",
            "Wechatpay-Serial": other.get("serial", SERIAL),
            "Wechatpay-Signature": other.get("signature", signature),
        }


@pytest.fixture
def wallet(built: Wallets) -> Any:
    return built["wechat"]


@pytest.fixture
def wechat(pems: Pems) -> WeChat:
    return WeChat(pems.wechat)


def test_a_true_notice_is_read(wallet: Any, wechat: WeChat) -> None:
    body = wechat.body(PAID)
    notice = wallet.read_notice(wechat.headers(body), body)
    assert (notice.kind, notice.transaction, notice.amount) == ("payment", "4200001", 8000)
    assert (notice.merchant, notice.app, notice.payer) == ("1900000001", "wxoa", "o-alice")
    assert notice.paid_at.isoformat() == "2026-11-21T04:00:00+00:00"


def test_a_refund_notice_is_no_payment(wallet: Any, wechat: WeChat) -> None:
    said = {
        "mchid": "1900000001",
        "out_trade_no": PAID["out_trade_no"],
        "transaction_id": "4200001",
        "out_refund_no": "R1",
        "refund_id": "50300001",
        "refund_status": "ABNORMAL",
        "amount": {"total": 8000, "refund": 100},
    }
    body = wechat.body(said, "refund")
    notice = wallet.read_notice(wechat.headers(body), body)
    assert (notice.kind, notice.transaction, notice.amount) == ("refund", "50300001", 100)


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("serial", {"serial": "PUB_KEY_ID_X"}),
        ("serial", {"serial": ""}),
        ("signature", {"signature": ""}),
        ("signature", {"signature": "签名"}),
        ("signature", {"signature": base64.b64encode(b"x" * 256).decode()}),
        ("window", {"moment": "0"}),
        ("window", {"moment": "not a number"}),
    ],
)
def test_a_notice_of_doubtful_origin_is_forged(
    wallet: Any, wechat: WeChat, reason: str, other: dict[str, str]
) -> None:
    body = wechat.body(PAID)
    with pytest.raises(Forged, match=reason) as forged:
        wallet.read_notice(wechat.headers(body, **other), body)
    assert not forged.value.quiet


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(-290, True), (290, True), (-310, False), (310, False)]
)
def test_the_window_is_three_hundred_seconds_either_way(
    wallet: Any, wechat: WeChat, seconds: int, fresh: bool
) -> None:
    moment = str(int((clock.now() + timedelta(seconds=seconds)).timestamp()))
    body = wechat.body(PAID)
    headers = wechat.headers(body, moment=moment)
    if fresh:
        assert wallet.read_notice(headers, body)
    else:
        with pytest.raises(Forged, match="window"):
            wallet.read_notice(headers, body)


def test_a_probe_of_wechat_fails_without_alarm(wallet: Any, wechat: WeChat) -> None:
    body = wechat.body(PAID)
    headers = wechat.headers(body, signature="WECHATPAY/SIGNTEST/abc")
    with pytest.raises(Forged, match="probe") as forged:
        wallet.read_notice(headers, body)
    assert forged.value.quiet


def test_one_changed_byte_is_forgery(wallet: Any, wechat: WeChat) -> None:
    body = wechat.body(PAID)
    with pytest.raises(Forged, match="signature"):
        wallet.read_notice(wechat.headers(body), body + b" ")


def test_a_notice_sealed_for_another_merchant_is_forged(wallet: Any, pems: Pems) -> None:
    stranger = WeChat(pems.wechat, key="f" * 32)
    body = stranger.body(PAID)
    with pytest.raises(Forged, match="cipher"):
        wallet.read_notice(stranger.headers(body), body)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("transaction_id"),
        lambda said: said.update(trade_state="NOTPAY"),
        lambda said: said.update(trade_state="SOMETHING"),
        lambda said: said.update(amount={"total": "8000"}),
        lambda said: said.update(amount={"total": True}),
        lambda said: said.update(amount=None),
        lambda said: said.update(payer="o-alice"),
        lambda said: said.update(success_time="2026-11-21T12:00:00"),
        lambda said: said.update(success_time="yesterday"),
    ],
)
def test_a_signed_notice_of_odd_shape_is_not_believed(
    wallet: Any, wechat: WeChat, change: Callable[[dict[str, Any]], None]
) -> None:
    said = json.loads(json.dumps(PAID))
    change(said)
    body = wechat.body(said)
    with pytest.raises(Forged, match="shape"):
        wallet.read_notice(wechat.headers(body), body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"resource": {"ciphertext": "*"}}'])
def test_a_signed_body_that_cannot_be_read_is_not_believed(
    wallet: Any, wechat: WeChat, body: bytes
) -> None:
    with pytest.raises(Forged, match="shape"):
        wallet.read_notice(wechat.headers(body), body)


def test_an_unknown_order_is_absent_and_a_definite_no_is_refused(alice: Town) -> None:
    wallet = alice.wallets["wechat"]
    assert wallet.query("202611214831075W00000000").state == "absent"
    assert wallet.close("202611214831075W00000000")
    alice.fault("/v3/pay/transactions/out-trade-no/*", "error", code="TRADE_ERROR")
    with pytest.raises(Refused, match="TRADE_ERROR"):
        wallet.query("202611214831075W00000000")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "forged_answer"},
        {"kind": "reset"},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 404, "body": "[]"},
        {"kind": "status", "status": 404, "body": "{}"},
        {"kind": "status", "status": 200, "body": "{}"},
        {"kind": "error", "code": "FREQUENCY_LIMITED"},
        {"kind": "error", "code": "SYSTEM_ERROR"},
    ],
)
def test_whatever_proves_nothing_leaves_the_outcome_unknown(
    alice: Town, fault: dict[str, Any]
) -> None:
    opened = alice.open("wechat")
    alice.fault("/v3/pay/transactions/out-trade-no/*", **fault)
    with pytest.raises(Unreachable):
        alice.wallets["wechat"].query(opened.attempt)


@pytest.mark.parametrize("kind", ["forged_answer", "probe_answer"])
def test_a_no_that_is_signed_must_be_wechats(alice: Town, kind: str) -> None:
    alice.fault("/v3/pay/transactions/out-trade-no/*", kind)
    with pytest.raises(Unreachable, match="not proved"):
        alice.wallets["wechat"].query("202611214831075W00000000")


def test_a_refunded_order_was_paid(alice: Town) -> None:
    opened = alice.open("wechat")
    alice.pay(opened)
    refund(alice, opened)
    standing = alice.wallets["wechat"].query(opened.attempt)
    assert (standing.state, standing.refunded) == ("paid", True)
    assert standing.notice is not None
    assert standing.notice.amount == 8000


def test_a_long_title_with_commas_is_fitted(alice: Town) -> None:
    order = Order(
        number="202611214831075W00000000",
        amount=1,
        title="费,用" * 60,
        placed=clock.now(),
        expires=clock.now() + timedelta(hours=1),
        payer=alice.payer(),
        back="",
    )
    assert alice.wallets["wechat"].open(order).startswith("wx")


def test_keys_are_read_in_every_dress(pems: Pems) -> None:
    pkcs8 = keys.private(pems.merchant)
    bare = "".join(pems.app.splitlines()[1:-1])
    for pem in (pems.merchant, pems.app, bare):
        assert keys.private(pem).key_size == 2048
    assert keys.public(keys.public_pem(pkcs8.public_key()))
    with pytest.raises(ValueError, match="private"):
        keys.private(ELLIPTIC)
    with pytest.raises(ValueError, match="public"):
        keys.public(test_keys.public(ELLIPTIC))


ELLIPTIC = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
"""
