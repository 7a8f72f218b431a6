"""UnionPay's notices and certificates; every true notice is signed here by the test itself."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from payments.wallets import Forged, UnionPaySettings, Wallets
from payments.wallets.unionpay import UnionPay
from payments.wallets.unionpay_wire import digest
from script import chain

from .town import SIGNER, Pems, Town, union

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


def test_a_notice_without_its_own_moment_bears_that_of_the_order(wallet: Any, pems: Pems) -> None:
    told = {name: value for name, value in PAID.items() if name != "traceTime"}
    notice = wallet.read_notice({}, form(told, None, pems))
    assert notice.paid_at == datetime(2026, 12, 31, 15, 59, tzinfo=UTC)


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
