"""What wallets tell us: proved, settled, and answered in the words they wait for.

No session, no CSRF token, no sign-in: a notice proves itself by its signature. WeChat Pay takes
200 or 204 for yes, Alipay the seven letters `success`, UnionPay status 200; after anything else
all come again.
"""

from flask import Blueprint, Flask, Response, jsonify, make_response, request
from prometheus_client import Counter

from base import texts
from payments import attempts, bills, quarantine
from payments.wallets import Forged

from .logs import log, request_id
from .runtime import here

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

LIMIT_BYTES = 64 * 1024
NOTICES = Counter("banshitong_notices", "Notices from wallets", ["wallet", "result", "reason"])


def register(app: Flask) -> None:
    """Open the addresses that wallets were given."""
    app.register_blueprint(blueprint)


@blueprint.post("/wechat-pay")
def wechat_pay() -> Response:
    """A payment or refund notice of WeChat Pay APIv3."""
    return _take("wechat", Response(status=204))


@blueprint.post("/alipay")
def alipay() -> Response:
    """An asynchronous notice of Alipay."""
    return _take("alipay", Response("success", content_type="text/plain; charset=utf-8"))


@blueprint.post("/unionpay")
def unionpay() -> Response:
    """A back notice of UnionPay: a payment or a refund."""
    return _take("unionpay", Response("ok", content_type="text/plain; charset=utf-8"))


@blueprint.errorhandler(413)
def too_large(_: Exception) -> Response:
    """No wallet's notice is this long."""
    return _fail(413, "too_large")


def _take(wallet: str, accepted: Response) -> Response:
    """Read, settle, answer; accepted only after the store holds what was said."""
    if wallet not in here().wallets:
        raise attempts.NoSuchWallet
    request.max_content_length = LIMIT_BYTES
    body = request.get_data()
    try:
        notice = here().wallets[wallet].read_notice(dict(request.headers), body)
        outcome = bills.settle(here().db, notice)
    except Forged as forged:
        if not forged.quiet:
            quarantine.put_unproved(here().db, wallet, forged.reason, body)
        _tell(wallet, "forged", forged.reason, alarm=not forged.quiet)
        return _fail(401, "forged")
    except bills.Contended:
        return _fail(503, "failed")
    _tell(wallet, outcome.result, outcome.reason, alarm=outcome.result == "quarantined")
    return accepted if outcome.acknowledged else _fail(422, "mismatch")


def _tell(wallet: str, result: str, reason: str, *, alarm: bool) -> None:
    NOTICES.labels(wallet, result, reason).inc()
    line = log.warning if alarm else log.info
    line("notice", wallet=wallet, result=result, reason=reason, request=request_id())


def _fail(status: int, why: str) -> Response:
    said = {"code": "FAIL", "message": texts.say(f"payments.notices.{why}")}
    return make_response(jsonify(said), status)
