"""What wallets tell us: proved, settled, and answered in the words they wait for.

No session, no CSRF token, no sign-in: a notice proves itself by its signature, and is answered at
the door. WeChat Pay takes 200 or 204 for yes, Alipay the seven letters `success`, UnionPay status
200; after anything else all come again.
"""

import json
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Flask, Response, request
from prometheus_client import Counter

from base import texts
from payments import attempts, bills, quarantine
from payments.wallets import Forged

from .entries import FAILURE, Entry, Said, posted
from .logs import log, request_id
from .runtime import here

if TYPE_CHECKING:
    from .runtime import Runtime

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

LIMIT_BYTES: Final = 64 * 1024
NOTICES = Counter("banshitong_notices", "Notices from wallets", ["wallet", "result", "reason"])
_PLAIN: Final = "text/plain; charset=utf-8"


def register(app: Flask) -> None:
    """Open the addresses that wallets were given."""
    app.register_blueprint(blueprint)


@blueprint.post("/wechat-pay")
def wechat_pay() -> Response:
    """A payment or refund notice of WeChat Pay APIv3."""
    return _inside("wechat")


@blueprint.post("/alipay")
def alipay() -> Response:
    """An asynchronous notice of Alipay."""
    return _inside("alipay")


@blueprint.post("/unionpay")
def unionpay() -> Response:
    """A back notice of UnionPay: a payment or a refund."""
    return _inside("unionpay")


def _inside(wallet: str) -> Response:
    """What came past the door, or failed there."""
    failure = request.environ.get(FAILURE)
    if failure is not None:
        raise failure
    said = take(wallet, here(), request.environ, request_id())
    return Response(said.content, said.status, content_type=said.kind or None)


def take(wallet: str, runtime: "Runtime", environ: dict[str, Any], id: str) -> Said:
    """Read, settle, answer; accepted only after the store holds what was said.

    Raises NoSuchWallet.
    """
    if wallet not in runtime.wallets:
        raise attempts.NoSuchWallet
    body = posted(environ, LIMIT_BYTES)
    if body is None:
        return _fail(413, "too_large")
    try:
        notice = runtime.wallets[wallet].read_notice(_headers(environ), body)
        outcome = bills.settle(runtime.db, notice)
    except Forged as forged:
        if not forged.quiet:
            quarantine.put_unproved(runtime.db, wallet, forged.reason, body)
        tell(wallet, "forged", forged.reason, id, alarm=not forged.quiet)
        return _fail(401, "forged")
    except bills.Contended:
        return _fail(503, "failed")
    tell(wallet, outcome.result, outcome.reason, id, alarm=outcome.result == "quarantined")
    return ACCEPTED[wallet] if outcome.acknowledged else _fail(422, "mismatch")


ACCEPTED: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "wechat": Said(b"", "", 204),
        "alipay": Said(b"success", _PLAIN),
        "unionpay": Said(b"ok", _PLAIN),
    }
)
ENTRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        f"/notices/{path}": Entry(f"/notices/{path}", partial(take, wallet))
        for path, wallet in {
            "wechat-pay": "wechat",
            "alipay": "alipay",
            "unionpay": "unionpay",
        }.items()
    }
)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The request's headers by their names in small letters."""
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def tell(wallet: str, result: str, reason: str, id: str, *, alarm: bool) -> None:
    """Count a notice by what came of it, and write that down in the log."""
    NOTICES.labels(wallet, result, reason).inc()
    line = log.warning if alarm else log.info
    line("notice", wallet=wallet, result=result, reason=reason, request=id)


def _fail(status: int, why: str) -> Said:
    said = {"code": "FAIL", "message": texts.say(f"payments.notices.{why}")}
    told = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return Said(told.encode(), "application/json", status)
