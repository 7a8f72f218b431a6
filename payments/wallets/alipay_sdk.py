"""The one guarded seam into alipay-sdk-python: our transport, our signer and our clock.

The SDK keeps requests, models, parameter assembly and the checking of answers. Its signer is pure
Python (27 ms under the GIL), its transport breaks on a port and on any status but 200, and it
tells the process's local time; its check of answers is kept, with the second look at `\\/` that
Alipay's Java SDK takes. Those four names, as `DefaultAlipayClient` imported them, are replaced
here once, at import. tests/payments/test_alipay_sdk.py fails when one of them moves.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import rsa
from alipay.aop.api import DefaultAlipayClient as sdk  # noqa: N813  a module in class's clothes
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.constant.CommonConstants import ALIPAY_SDK_PYTHON_VERSION
from alipay.aop.api.exception.Exception import RequestException, ResponseException
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa
from alipay.aop.api.util.WebUtils import url_encode
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from base import clock, outbound
from base.errors import Unreachable

from . import keys
from .wallet import Proof, Word

PARTNER = "alipay"
FITTED_VERSION = "alipay-sdk-python-3.7.1411.ALL"

if ALIPAY_SDK_PYTHON_VERSION != FITTED_VERSION:
    raise ImportError(
        f"payments/wallets/alipay_sdk.py was fitted to {FITTED_VERSION}, "
        f"found {ALIPAY_SDK_PYTHON_VERSION}: check the seam, then change FITTED_VERSION"
    )

_partner = outbound.session(PARTNER)


def sign(private_key: RSAPrivateKey, sign_content: str, charset: str) -> str:
    """Stands in for `sign_with_rsa2`; the key was parsed once, when the client was built."""
    return keys.sign(private_key, sign_content.encode(charset))


def post(
    url: str,
    query_string: str | None = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    charset: str = "utf-8",
    timeout: float = 15,  # noqa: ARG001  ours are set on the session
) -> bytes:
    """Stands in for `do_post`: pooled, any port; any status but 200 is an unknown outcome."""
    body = url_encode(params or {}, charset).encode("ascii")
    answer = _partner.request("POST", f"{url}?{query_string}", headers=headers, body=body)
    if answer.status != 200:
        raise Unreachable(PARTNER, reason=f"status {answer.status}")
    return answer.body


def local_now() -> datetime:
    """Stands in for `datetime.datetime.now`: the gateway expects Beijing time without offset."""
    return clock.now().astimezone(clock.SHANGHAI)


def verify(public_key: str, message: bytes, signature: str) -> bool:
    """Stands in for `verify_with_rsa`: the SDK's own check, also as signed before `/` was escaped.

    Raises the SDK's VerificationError when neither text was signed.
    """
    try:
        return bool(verify_with_rsa(public_key, message, signature))
    except rsa.VerificationError:
        return bool(verify_with_rsa(public_key, message.replace(b"\\/", b"/"), signature))


sdk.sign_with_rsa2 = sign
sdk.verify_with_rsa = verify
sdk.do_post = post
sdk.datetime = SimpleNamespace(datetime=SimpleNamespace(now=local_now))


class Client:
    """One application's line to the Alipay gateway; build one and keep it.

    `serial` is the fingerprint of Alipay's key.
    """

    def __init__(self, url: str, app_id: str, private_key: str, public_key: RSAPublicKey) -> None:
        self.serial = keys.fingerprint(public_key)
        config = AlipayClientConfig()
        config.server_url = url
        config.app_id = app_id
        config.app_private_key = keys.private(private_key)
        config.alipay_public_key = keys.public_pem(public_key)
        self._client = sdk.DefaultAlipayClient(config)

    def execute(self, request: Any) -> Word:
        """The inner object of a proven answer, which is what Alipay signs.

        Unreachable when the outcome is not known.
        """
        try:
            said = self._client.execute(request)
            answer = json.loads(said)
        except (RequestException, ResponseException, ValueError) as error:
            # The SDK puts the whole answer, people's accounts included, into its exceptions.
            raise Unreachable(PARTNER, reason=type(error).__name__) from None
        if not isinstance(answer, dict):
            raise Unreachable(PARTNER, reason="answer is not an object")
        return Word(answer, Proof.of("query", said.encode(), self.serial))

    def page(self, request: Any) -> str:
        """The address a browser opens for a page request (the form variant would break `&`)."""
        return str(self._client.page_execute(request, "GET"))


def signed_text(fields: Mapping[str, str]) -> bytes:
    """What a notice's signature covers: all fields but `sign` and `sign_type`, sorted, raw."""
    kept = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
    return str(get_sign_content(kept)).encode()
