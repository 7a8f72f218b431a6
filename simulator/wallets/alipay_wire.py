"""Alipay's gateway protocol, seen from the gateway's side: parameters, signatures, answers."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Request, Response

from ..world import World
from . import rsa

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "alipay.toml").read_text()
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
BUSINESS_FAILED = "40004"
Inner = dict[str, Any]
SUCCESS: Inner = {"code": "10000", "msg": "Success"}


class Refused(Exception):
    """The gateway answers with a gateway code and a sub-code of alipay.toml."""

    def __init__(self, sub_code: str, code: str = BUSINESS_FAILED, about: str = "") -> None:
        super().__init__(sub_code)
        self.sub_code, self.code, self.about = sub_code, code, about

    def answer(self) -> dict[str, Any]:
        """Return the inner object of the answer."""
        sentence = (WORDS["business"] | WORDS["invalid"]).get(self.sub_code, self.sub_code)
        return {
            "code": self.code,
            "msg": WORDS["gateway"][self.code],
            "sub_code": self.sub_code,
            "sub_msg": sentence + (f"：{self.about}" if self.about else ""),
        }


def missing(what: str, about: str = "") -> Refused:
    """Return the refusal of a request that lacks something."""
    return Refused(f"isv.missing-{what}", "40001", about)


def invalid(what: str, about: str = "") -> Refused:
    """Return the refusal of a request in which something is wrong."""
    return Refused(f"isv.invalid-{what}", "40002", about)


def merged(request: Request) -> dict[str, str]:
    """Return the parameters of query and form body as one; the body wins."""
    return request.args.to_dict() | request.form.to_dict()


def sign_text(params: Mapping[str, str], *without: str) -> str:
    """Join the parameters that are not empty as `k=v&…`, sorted by name, values raw."""
    kept = {key: params[key] for key in params if key not in without and params[key]}
    return "&".join(f"{key}={kept[key]}" for key in sorted(kept))


def check(world: World, params: Mapping[str, str]) -> dict[str, Any]:
    """Check the common parameters and the app's signature; returns biz_content, read."""
    needed = {"app_id": "app-id", "method": "method", "sign": "signature"}
    needed |= {"sign_type": "signature-type", "timestamp": "timestamp", "version": "version"}
    for key, what in needed.items():
        if not params.get(key):
            raise missing(what)
    told = {
        "app-id": params["app_id"] == world.config["alipay"]["app_id"],
        "signature-type": params["sign_type"] == "RSA2",
        "charset": params.get("charset", "utf-8").lower() == "utf-8",
        "format": params.get("format", "JSON").upper() == "JSON",
        "timestamp": MOMENT.fullmatch(params["timestamp"]) is not None,
        "signature": rsa.verifies(sign_text(params, "sign"), params["sign"], app_key(world)),
    }
    for what, right in told.items():
        if not right:
            raise invalid(what)
    return biz(params)


def app_key(world: World) -> str:
    """Return the app's public key in PEM."""
    key: str = world.config["alipay"]["app_public_key"]
    return key


def biz(params: Mapping[str, str]) -> dict[str, Any]:
    """Read biz_content, a JSON object."""
    try:
        told = json.loads(params.get("biz_content", ""))
    except ValueError:
        raise invalid("parameter", "biz_content") from None
    if not isinstance(told, dict):
        raise invalid("parameter", "biz_content")
    return told


def envelope(method: str, inner: dict[str, Any], pem: str) -> Response:
    """Write an answer: the inner object under its node name, and the signature of its very text."""
    text = json.dumps(inner, ensure_ascii=False, separators=(",", ":"))
    node = method.replace(".", "_") + "_response" if method else "error_response"
    body = f'{{{json.dumps(node)}:{text},"sign":"{rsa.sign(text, pem)}"}}'
    return Response(body, 200, content_type="text/html;charset=utf-8")


def signed(world: World, params: dict[str, str], pem: str = "") -> dict[str, str]:
    """Add sign_type and sign to what is sent to the merchant; neither is part of the text."""
    key = pem or world.config["alipay"]["alipay_private_key"]
    return params | {"sign_type": "RSA2", "sign": rsa.sign(sign_text(params), key)}
