"""The signatures of WeChat Pay APIv3, seen from WeChat's side, and the shape of its errors."""

import json
import re
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Request, Response

from ..world import World
from . import rsa

WORDS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "wechat_pay.toml").read_text()
)
SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW_SECONDS = 300
PAIR = r'\s*([a-z_]+)="([^"]*)"\s*'
CREDENTIAL = re.compile(rf"{SCHEME}\s+{PAIR}(?:,{PAIR})*")
CREDENTIAL_KEYS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


class Refused(Exception):
    """WeChat Pay answers with an error code; `issue` names a sentence of wechat_pay.toml."""

    def __init__(self, code: str, issue: str = "", field: str = "", value: object = None) -> None:
        super().__init__(code)
        self.code, self.issue, self.field, self.value = code, issue, field, value


@dataclass(frozen=True)
class Seal:
    """The key WeChat signs with, and the id it gives that key in `Wechatpay-Serial`."""

    pem: str
    serial: str


def true_seal(world: World, wanted: str = "") -> Seal:
    """Return the seal of this serial; without one, that of the option `signs`.

    It is the WeChat Pay public key unless a platform certificate was told to sign.
    """
    setup, pay = world.config["wechat_pay"], world.part("wechat_pay")
    with world.lock:
        serial = wanted or pay.get("options", {}).get("signs", "")
        made = pay.get("certificates", {}).get(serial)
    if made is not None:
        return Seal(made["key"], made["serial"])
    return Seal(setup["platform_private_key"], setup["public_key_id"])


def forged_seal(world: World) -> Seal:
    """Return a seal with the right id and a forger's key."""
    return Seal(rsa.stranger(), true_seal(world).serial)


def headers(body: str, timestamp: int, seal: Seal) -> dict[str, str]:
    """Return the five `Wechatpay-*` headers that sign an answer or a notice."""
    nonce = secrets.token_hex(16)
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": seal.serial,
        "Wechatpay-Signature": rsa.sign(f"{timestamp}\n{nonce}\n{body}\n", seal.pem),
        "Wechatpay-Signature-Type": SCHEME,
    }


def authenticate(world: World, request: Request) -> None:
    """Check headers, merchant, serial, clock (300 s) and signature; Refused otherwise."""
    if not request.headers.get("Accept") or not request.headers.get("User-Agent"):
        raise Refused("PARAM_ERROR", "agent")
    told = credential(request.headers.get("Authorization", ""))
    setup = world.config["wechat_pay"]
    if (told["mchid"], told["serial_no"]) != (setup["mchid"], setup["merchant_serial"]):
        raise Refused("SIGN_ERROR", "merchant", "mchid", told["mchid"])
    if abs(world.clock.seconds() - int(told["timestamp"])) > WINDOW_SECONDS:
        raise Refused("SIGN_ERROR", "clock", "timestamp", told["timestamp"])
    if not rsa.verifies(signed_text(request, told), told["signature"], merchant_key(world)):
        raise Refused("SIGN_ERROR", "", "signature", told["signature"])
    wanted = request.headers.get("Wechatpay-Serial")
    known = (setup["public_key_id"], *world.part("wechat_pay").get("certificates", {}))
    if wanted is not None and wanted not in known:
        raise Refused("PARAM_ERROR", "platform_serial", "Wechatpay-Serial", wanted)


def merchant_key(world: World) -> str:
    """Return the merchant's public key in PEM."""
    key: str = world.config["wechat_pay"]["merchant_public_key"]
    return key


def credential(header: str) -> dict[str, str]:
    """Read the `Authorization` header, its five fields in any order; Refused if it is malformed."""
    pairs = re.findall(PAIR, header) if CREDENTIAL.fullmatch(header) else []
    told = dict(pairs)
    if set(told) != CREDENTIAL_KEYS or len(pairs) != len(told):
        raise Refused("SIGN_ERROR", "authorization")
    if not re.fullmatch("[0-9]{1,12}", told["timestamp"]):
        raise Refused("SIGN_ERROR", "authorization", "timestamp", told["timestamp"])
    return told


def signed_text(request: Request, told: dict[str, str]) -> str:
    """Return the five lines the merchant signed: method, target as sent, time, nonce, body."""
    body = request.get_data().decode(errors="surrogateescape")
    lines = (request.method, target(request), told["timestamp"], told["nonce_str"], body)
    return "".join(line + "\n" for line in lines).encode(errors="replace").decode()


def target(request: Request) -> str:
    """Return path and query exactly as they stood in the request line."""
    raw: str = request.environ.get("RAW_URI", "") or request.environ.get("REQUEST_URI", "")
    return raw or request.full_path.rstrip("?")


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; Refused for anything else."""
    try:
        told = json.loads(request.get_data())
    except ValueError:
        raise Refused("PARAM_ERROR", "json") from None
    if not isinstance(told, dict):
        raise Refused("PARAM_ERROR", "json")
    return told


def error(refusal: Refused) -> Response:
    """Write the error answer: code, message and, where a field is to blame, the detail."""
    entry = WORDS["errors"][refusal.code]
    issue = WORDS["issues"].get(refusal.issue, "")
    answer: dict[str, Any] = {"code": refusal.code, "message": issue or entry["message"]}
    if refusal.field:
        answer["detail"] = {
            "field": refusal.field,
            "value": refusal.value,
            "issue": issue or entry["message"],
            "location": "body",
        }
    return reply(answer, entry["status"])


def reply(answer: object, status: int = 200) -> Response:
    """Write an answer as JSON; signing is done when it leaves."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, content_type="application/json; charset=utf-8")


def sign(world: World, response: Response, seal: Seal, ahead: int = 0) -> Response:
    """Sign an answer, the empty body of a 204 too, and give it a `Request-ID`.

    The clock it is signed by goes `ahead` so many seconds.
    """
    body = response.get_data(as_text=True)
    response.headers.update(headers(body, world.clock.stamp() + ahead, seal))
    response.headers["Request-ID"] = secrets.token_hex(12).upper()
    return response
