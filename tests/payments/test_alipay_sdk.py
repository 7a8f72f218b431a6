"""The seam into alipay-sdk-python: it must fail here before it fails a resident."""

import inspect
from importlib.metadata import version
from typing import Any

import pytest
import rsa
from alipay.aop.api import DefaultAlipayClient as sdk  # noqa: N813  as the seam calls it
from alipay.aop.api.util import SignatureUtils, WebUtils

from base import clock
from payments.wallets import alipay_sdk, keys

from . import keys as test_keys
from .town import Pems

CLIENT = sdk.DefaultAlipayClient


def names(function: str) -> tuple[str, ...]:
    return getattr(CLIENT, f"_DefaultAlipayClient__{function}").__code__.co_names


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_sdk_is_the_version_the_seam_was_fitted_to() -> None:
    assert version("alipay-sdk-python") in alipay_sdk.FITTED_VERSION


def test_the_names_we_replace_are_the_names_the_client_calls() -> None:
    assert {"sign_with_rsa2", "datetime", "get_sign_content"} <= set(
        names("prepare_request_params")
    )
    assert "verify_with_rsa" in names("parse_response")
    assert "do_post" in CLIENT.execute.__code__.co_names
    assert "now" in names("prepare_request_params")


def test_what_we_put_there_takes_what_the_sdk_gives() -> None:
    assert parameters(alipay_sdk.sign) == parameters(SignatureUtils.sign_with_rsa2)
    assert parameters(alipay_sdk.post) == parameters(WebUtils.do_post)
    assert len(parameters(alipay_sdk.verify)) == len(parameters(SignatureUtils.verify_with_rsa))
    replaced = (sdk.sign_with_rsa2, sdk.do_post, sdk.verify_with_rsa)
    assert replaced == (alipay_sdk.sign, alipay_sdk.post, alipay_sdk.verify)


def test_our_signature_is_the_sdk_s_signature(pems: Pems) -> None:
    theirs = SignatureUtils.sign_with_rsa2(pems.merchant, "a=费&b=1", "utf-8")
    assert alipay_sdk.sign(keys.private(pems.merchant), "a=费&b=1", "utf-8") == theirs


def test_an_answer_signed_before_slashes_were_escaped_is_believed(pems: Pems) -> None:
    public = keys.public_pem(keys.public(test_keys.public(pems.alipay)))
    signature = keys.sign(keys.private(pems.alipay), b'{"url":"a/b"}')
    assert alipay_sdk.verify(public, b'{"url":"a/b"}', signature)
    assert alipay_sdk.verify(public, rb'{"url":"a\/b"}', signature)
    with pytest.raises(rsa.VerificationError):
        alipay_sdk.verify(public, b'{"url":"a/c"}', signature)


def test_the_gateway_is_told_shanghai_time() -> None:
    began = clock.now()
    told = sdk.datetime.datetime.now()
    assert f"{told:%z}" == "+0800"
    assert began <= told <= clock.now()
