"""WeChat's message encryption against published answers."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wechat import crypto

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
ZERO_KEY = "A" * 43
APPID = "wx0123456789abcdef"


def test_the_url_check_has_the_published_signature():
    signed = crypto.signature("AAAAA", "1714036504", "1514711492")
    assert signed == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_a_published_reply_is_sealed_and_signed_to_the_letter():
    message, appid = b'{"demo_resp":"good luck"}', "wxba5fad812f8e6fb9"
    sealed = crypto.seal(message, appid, ZERO_KEY, b"707722b803182950")
    assert sealed == (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )
    signed = crypto.signature("AAAAA", "1713424427", "415670741", sealed)
    assert signed == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_a_published_push_opens():
    sealed = (
        "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
        "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F"
        "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe"
        "OBrebufAlr7F9mFUPAJGj04="
    )
    message, appid = crypto.unseal(sealed, ZERO_KEY)
    assert len(message) == 167
    assert b'"debug_str":"hello world"' in message
    assert appid == "wxba5fad812f8e6fb9"


@given(st.binary(max_size=300), st.sampled_from([KEY, ZERO_KEY]))
def test_what_is_sealed_opens_again(message, key):
    sealed = crypto.seal(message, APPID, key)
    assert crypto.unseal(sealed, key) == (message, APPID)
    assert len(base64.b64decode(sealed)) % 32 == 0


def sealed_frame(frame: bytes) -> str:
    encryptor = crypto.cipher(KEY).encryptor()
    return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    "sealed",
    [
        "no base64 at all!",
        base64.b64encode(b"too short").decode(),
        base64.b64encode(bytes(48)).decode(),
        sealed_frame(bytes(31) + b"\x00"),
        sealed_frame(bytes(16) + b"\x10" * 16),
        sealed_frame(b"r" * 16 + b"\xff" * 4 + b"wx" + b"\x0a" * 10),
        sealed_frame(b"r" * 16 + bytes(4) + b"\xff\xfe" + b"\x0a" * 10),
    ],
)
def test_what_is_garbled_is_refused(sealed):
    with pytest.raises(crypto.Garbled):
        crypto.unseal(sealed, KEY)
