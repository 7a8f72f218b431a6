"""What every server API of WeChat shares: who calls, what was posted, how a refusal looks."""

import json
import secrets
import tomllib
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from ..people import Person
from ..world import Account, here
from . import quotas, switches, token

TEXTS: dict[str, str] = tomllib.loads((Path(__file__).parent / "errors.toml").read_text())

Answer = dict[str, Any]
SERVER_PATHS = ("/cgi-bin/", "/sns/", "/wxa/", "/wxaapi/")
DONE: Answer = {"errcode": 0, "errmsg": "ok"}


class WeChatError(Exception):
    """WeChat refuses a call with this errcode; HTTP status stays 200."""

    def __init__(self, errcode: int, text: str | None = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.text = TEXTS[str(errcode)] if text is None else text


def explain(error: WeChatError) -> Response:
    """Answer a WeChatError as WeChat does."""
    return refusal(error.errcode, error.text)


def exhausted(error: quotas.Exhausted) -> Response:
    """Answer a call whose quota is used up."""
    return refusal(error.errcode)


def astray(error: HTTPException) -> Response | HTTPException:
    """Answer an unknown path or method of a server API in WeChat's way, others as usual."""
    if not request.path.startswith(SERVER_PATHS):
        return error
    if error.code == 405:
        return refusal(43001 if request.method == "POST" else 43002)
    return refusal(40066)


def refusal(errcode: int, text: str = "") -> Response:
    """Return the JSON of a refused call; its errmsg ends with a request id of three groups."""
    text = text or TEXTS.get(str(errcode), "unknown error")
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    body = current_app.json.dumps({"errcode": errcode, "errmsg": f"{text} rid: {rid}"})
    return Response(body, mimetype="application/json")


def posted() -> dict[str, Any]:
    """Return the posted JSON object, whatever its Content-Type; 43002, 44002, 47001 otherwise."""
    if request.method != "POST":
        raise WeChatError(43002)
    raw = request.get_data()
    if not raw:
        raise WeChatError(44002)
    try:
        told = json.loads(raw)
    except ValueError:
        raise WeChatError(47001) from None
    if not isinstance(told, dict):
        raise WeChatError(47001)
    return told


def caller(*kinds: str, otherwise: int = 48001) -> Account:
    """Return the account whose access_token the request bears.

    Raises 41001, 40001, 40014 or 42001 for the token, `otherwise` for an account of another kind;
    counts the call against its quotas.
    """
    value = request.args.get("access_token", "")
    if not value:
        raise WeChatError(41001)
    kind, errcode = token.whose(here(), value)
    if errcode:
        raise WeChatError(errcode)
    if kinds and kind not in kinds:
        raise WeChatError(otherwise)
    quotas.count(here(), kind, request.path)
    return here().account(kind)


def known(appid: str, secret: str) -> Account:
    """Return the account with this appid and secret; 41002, 41004, 40013 or 40125 otherwise.

    Old accounts are told 40001 of a wrong secret. Counts the call against its quotas.
    """
    if not appid:
        raise WeChatError(41002)
    if not secret:
        raise WeChatError(41004)
    account = here().by_appid(appid)
    if account is None:
        raise WeChatError(40013)
    if not secrets.compare_digest(account.secret, secret):
        raise WeChatError(switches.of(here(), "wrong_secret"))
    quotas.count(here(), account.kind, request.path)
    return account


def admitted(account: Account) -> Account:
    """Return the account if its whitelist holds the caller's address; 40164 otherwise."""
    allowed = switches.of(here(), f"ip_whitelist_{account.kind}")
    address = request.remote_addr or ""
    if allowed and address not in allowed:
        text = f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist"
        raise WeChatError(40164, text)
    return account


def addressee(account: Account, openid: object) -> Person:
    """Return the person with this openid at the account; 40003 otherwise."""
    person = here().by_openid(account.kind, str(openid))
    if person is None:
        raise WeChatError(40003)
    return person
