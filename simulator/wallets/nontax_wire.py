"""The province's non-tax system seen from its side: what a unit signed, and what it signs."""

import hashlib
import hmac
import json
import re
import secrets
import tomllib
from pathlib import Path
from typing import Any

from flask import Request, Response

from ..world import World

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "nontax.toml").read_text()
)
WINDOW_SECONDS = 300


class Refused(Exception):
    """The system answers with this code of nontax.toml."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signature(world: World, parts: tuple[str, ...], body: bytes) -> str:
    """Return the HMAC-SHA256, in hex, of four lines and the body."""
    secret: str = world.config["nontax"]["secret"]
    text = "".join(part + "\n" for part in parts).encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def check(world: World, request: Request) -> dict[str, Any]:
    """Return what a unit asks, its application, signature and clock being right."""
    told = request.headers
    stamp, nonce = told.get("X-Timestamp", ""), told.get("X-Nonce", "")
    body = request.get_data()
    right = signature(world, ("POST", request.path, stamp, nonce), body)
    if told.get("X-App-Id") != world.config["nontax"]["app_id"]:
        raise Refused("1001")
    if not hmac.compare_digest(right, told.get("X-Signature", "")):
        raise Refused("1001")
    if not re.fullmatch("[0-9]{1,12}", stamp):
        raise Refused("1002")
    if abs(world.clock.seconds() - int(stamp)) > WINDOW_SECONDS:
        raise Refused("1002")
    try:
        asked = json.loads(body)
    except ValueError:
        raise Refused("1003") from None
    if not isinstance(asked, dict):
        raise Refused("1003")
    own = (world.config["nontax"]["region"], world.config["nontax"]["unit"])
    if (asked.get("region_code"), asked.get("department_code")) != own:
        raise Refused("1004")
    return asked


def headers(world: World, path: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a notice to a path."""
    return signed(world, ("POST", path, secrets.token_hex(16)), body)


def signed(world: World, about: tuple[str, str, str], body: bytes) -> dict[str, str]:
    """Return the headers that sign a body: a notice or an answer, its path and its nonce."""
    (kind, path, nonce), stamp = about, str(world.clock.stamp())
    made = signature(world, (kind, path, stamp, nonce), body)
    return {"X-Timestamp": stamp, "X-Nonce": nonce, "X-Signature": made}


def reply(world: World, request: Request, code: str, data: dict[str, Any]) -> Response:
    """Write an answer, signed over what was asked under the question's own nonce."""
    told = {"code": code, "message": WORDS["codes"][code], "data": data}
    body = json.dumps(told, ensure_ascii=False).encode()
    about = ("ANSWER", request.path, request.headers.get("X-Nonce", ""))
    made = signed(world, about, body)
    return Response(body, 200, made, content_type="application/json; charset=utf-8")
