"""What the wallets read by hand is read exactly, whatever is thrown at it."""

from itertools import permutations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from simulator.wallets import alipay_wire, numbers, rsa, wechat_wire

FIELDS = {"mchid": "1", "nonce_str": "a", "signature": "s", "timestamp": "1", "serial_no": "2"}


def test_the_credential_s_fields_come_in_any_order():
    for order in permutations(FIELDS):
        pairs = ",".join(f'{name}="{FIELDS[name]}"' for name in order)
        assert wechat_wire.credential(f"WECHATPAY2-SHA256-RSA2048 {pairs}") == FIELDS


@given(st.text())
def test_no_other_text_is_a_credential(text):
    with pytest.raises(wechat_wire.Refused):
        wechat_wire.credential(text)


@given(st.integers(1, 99_999_999_999))
def test_every_sum_survives_its_writing_in_yuan(fen):
    assert numbers.fen(numbers.yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "1.", ".1", "1.001", "-1", "1e2", "01", "１", " 1", "1\n", 1])
def test_what_is_no_sum_is_not_read_as_one(text):
    assert numbers.fen(text) is None


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_signed_text_leaves_out_what_is_empty(params):
    kept = {name: value for name, value in params.items() if value}
    assert alipay_wire.sign_text(params) == alipay_wire.sign_text(kept)


def test_only_rsa_keys_are_taken():
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for read, pem in ((rsa.private_key, private), (rsa.public_key, public)):
        with pytest.raises(rsa.NotRsa):
            read(pem.decode())
