"""WeChat Pay APIv3 for one direct merchant in both trust modes, on the platform's own paths."""

from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState

from ..world import here
from . import (
    courier,
    wechat_bills,
    wechat_certificates,
    wechat_orders,
    wechat_refunds,
    wechat_wire,
)
from .wechat_notices import POST, PROBE
from .wechat_wire import Refused

blueprint = Blueprint("wechat_pay", __name__)

# Kinds of faults of this wallet's paths beside the transport's: "error" (code; nothing is done),
# "error_after" (code; done all the same), "forged_answer" (signed by a stranger), "probe_answer"
# (WeChat's SIGNTEST), "stale_answer" (seconds; signed as of so much later, or earlier below zero).
FAULTS = ("error", "error_after", "forged_answer", "probe_answer", "stale_answer")
UNSIGNED = "wechat_pay.download"


@blueprint.record_once
def resume(state: BlueprintSetupState) -> None:
    """Plan the notices again that a restart interrupted."""
    courier.resume(state.app.extensions["world"], POST)


@blueprint.before_request
def enter() -> None:
    """Check the merchant's signature, then let an ordered error strike."""
    world = here()
    g.wallet_fault = None
    wechat_wire.authenticate(world, request)
    g.wallet_fault = world.faults.take(request.path, *FAULTS)
    g.fault = g.wallet_fault or g.get("fault")
    if g.wallet_fault is not None and g.wallet_fault.kind == "error":
        raise Refused(g.wallet_fault.values.get("code", "SYSTEM_ERROR"))


@blueprint.after_request
def leave(response: Response) -> Response:
    """Sign the answer, unless a fault wants another one, another signature or none at all."""
    if "wallet_fault" not in g or (request.endpoint == UNSIGNED and response.status_code < 300):
        return response
    world, fault = here(), g.wallet_fault
    kind, told = (fault.kind, fault.values) if fault is not None else ("", {})
    if kind == "error_after" and response.status_code < 300:
        response = wechat_wire.error(Refused(told.get("code", "SYSTEM_ERROR")))
    wanted = request.headers.get("Wechatpay-Serial", "")
    forged = kind == "forged_answer"
    seal = wechat_wire.forged_seal(world) if forged else wechat_wire.true_seal(world, wanted)
    ahead = int(told["seconds"]) if kind == "stale_answer" else 0
    signed = wechat_wire.sign(world, response, seal, ahead)
    if kind == "probe_answer":
        signed.headers["Wechatpay-Signature"] = PROBE + signed.headers["Wechatpay-Signature"]
    return signed


@blueprint.errorhandler(Refused)
def refused(refusal: Refused) -> Response:
    """Answer a refusal in the platform's shape."""
    return wechat_wire.error(refusal)


def own(merchant: object) -> None:
    """Refuse when the merchant number in the request is missing or not ours."""
    if merchant != here().config["wechat_pay"]["mchid"]:
        raise Refused("PARAM_ERROR", "bad" if merchant else "absent", "mchid", merchant)


@blueprint.post("/v3/pay/transactions/jsapi")
def prepay() -> Response:
    """Open an order."""
    return wechat_wire.reply(wechat_orders.prepay(here(), wechat_wire.body_of(request)))


@blueprint.get("/v3/pay/transactions/out-trade-no/<number>")
def query(number: str) -> Response:
    """Tell an order by the merchant's number."""
    own(request.args.get("mchid"))
    world = here()
    with world.lock:
        return wechat_wire.reply(wechat_orders.shown(world, wechat_orders.find(world, number)))


@blueprint.get("/v3/pay/transactions/id/<id>")
def query_transaction(id: str) -> Response:
    """Tell an order by its transaction."""
    own(request.args.get("mchid"))
    world = here()
    with world.lock:
        order = wechat_orders.find_transaction(world, id)
        return wechat_wire.reply(wechat_orders.shown(world, order))


@blueprint.post("/v3/pay/transactions/out-trade-no/<number>/close")
def close(number: str) -> Response:
    """Close an unpaid order; 204 without a body."""
    own(wechat_wire.body_of(request).get("mchid"))
    wechat_orders.close(here(), number)
    return Response(status=204)


@blueprint.post("/v3/refund/domestic/refunds")
def refund() -> Response:
    """Accept a refund; its notice follows when the money has arrived."""
    world = here()
    order, made, new = wechat_refunds.refund(world, wechat_wire.body_of(request))
    if new and made["notify_url"]:
        event = "refund:" + made["out_refund_no"]
        wait = made["arrives"] - made["created"]
        courier.send(world, POST, order["out_trade_no"], event, wait)
    return wechat_wire.reply(wechat_refunds.refund_shown(world, order, made))


@blueprint.get("/v3/refund/domestic/refunds/<number>")
def query_refund(number: str) -> Response:
    """Tell a refund by the merchant's refund number."""
    world = here()
    order, made = wechat_refunds.find_refund(world, number)
    return wechat_wire.reply(wechat_refunds.refund_shown(world, order, made))


@blueprint.get("/v3/bill/<kind>")
def bill(kind: str) -> Response:
    """Announce the trade bill or the fund-flow bill of a past day."""
    if kind not in wechat_bills.KINDS:
        raise Refused("PARAM_ERROR", "bad", "path", kind)
    told = wechat_bills.announce(here(), kind, request.args.to_dict(), request.host_url)
    return wechat_wire.reply(told)


@blueprint.get("/v3/billdownload/file")
def download() -> Response:
    """Give the bytes of an announced bill; the answer is not signed."""
    return Response(wechat_bills.file(here(), request.args.to_dict()), content_type="text/plain")


@blueprint.get("/v3/certificates")
def certificates() -> Response:
    """List the platform certificates; 500 for a merchant who has the public key and none."""
    told = wechat_certificates.listed(here())
    if not told["data"]:
        raise Refused("SYSTEM_ERROR")
    return wechat_wire.reply(told)
