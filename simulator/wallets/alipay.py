"""Alipay's open platform: `/gateway.do`, where servers call methods and browsers come to pay."""

import secrets

from flask import Blueprint, Response, g, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from ..faults import Fault
from ..world import World, here
from . import alipay_bills, alipay_wire, cashier, courier, rsa
from .alipay_methods import METHODS
from .alipay_notices import POST
from .alipay_trades import find, read
from .alipay_wire import Inner, Refused

blueprint = Blueprint("alipay", __name__)

PAGES = ("alipay.trade.wap.pay",)
# Kinds of faults by method name ("alipay.trade.query") or path, beside the transport's by path:
# "error" (code, sub_code; nothing is done), "error_after" (the same, but done), "forged_answer"
# (signed by a stranger). "reset_after" (done, but no answer) may be ordered by method too.
FAULTS = ("error", "error_after", "forged_answer")


@blueprint.record_once
def resume(state: BlueprintSetupState) -> None:
    """Plan the notices again that a restart interrupted."""
    courier.resume(state.app.extensions["world"], POST)


@blueprint.route("/gateway.do", methods=["GET", "POST"])
def gateway() -> AnyResponse:
    """Answer a method call with status 200 whatever happens, or send a browser to the cashier."""
    params = alipay_wire.merged(request)
    method = params.get("method", "")
    if method in PAGES:
        return to_cashier(here(), params)
    return answer(here(), method, params)


@blueprint.get(f"{alipay_bills.PATH}<day>")
def bill(day: str) -> Response:
    """Give the zip of a day's statement; nothing is signed."""
    return Response(alipay_bills.archive(here(), day), content_type="application/zip")


def answer(world: World, method: str, params: dict[str, str]) -> Response:
    """Call a method and sign what it answers; an ordered fault may strike before or after."""
    fault = ordered(world, method)
    try:
        inner = call(world, method, params, fault)
    except Refused as refusal:
        inner = refusal.answer()
    if fault is not None and fault.kind == "error_after":
        inner = failure(fault).answer()
    forged = fault is not None and fault.kind == "forged_answer"
    pem = rsa.stranger() if forged else world.config["alipay"]["alipay_private_key"]
    return alipay_wire.envelope(method if method in METHODS else "", inner, pem)


def ordered(world: World, method: str) -> Fault | None:
    """Return a fault ordered for this method or for the gateway's path; the app logs it."""
    fault = world.faults.take(method, *FAULTS, "reset_after")
    fault = fault or world.faults.take(request.path, *FAULTS)
    g.fault = fault or g.get("fault")
    return fault


def call(world: World, method: str, params: dict[str, str], fault: Fault | None) -> Inner:
    """Check the request, then do what it asks; Refused otherwise."""
    told = alipay_wire.check(world, params)
    if method not in METHODS:
        raise alipay_wire.invalid("method", method)
    if fault is not None and fault.kind == "error":
        raise failure(fault)
    inner = METHODS[method](world, told, params)
    tell(world, method, told, inner)
    return inner


def failure(fault: Fault) -> Refused:
    """Return the error a fault asks for; 20000, outcome unknown, unless told."""
    values = fault.values
    return Refused(values.get("sub_code", "isp.unknow-error"), str(values.get("code", "20000")))


def tell(world: World, method: str, told: Inner, inner: Inner) -> None:
    """Send the merchant the notice that closing or refunding a trade brings about."""
    event = ""
    if method == "alipay.trade.close":
        event = "closed"
    if method == "alipay.trade.refund" and inner["fund_change"] == "Y":
        event = f"refund:{told.get('out_request_no') or inner['out_trade_no']}"
    trade = find(world, told) if event else None
    if trade is not None and trade["ask"]["notify_url"]:
        courier.send(world, POST, trade["ask"]["out_trade_no"], event)


def to_cashier(world: World, params: dict[str, str]) -> AnyResponse:
    """Check the order a browser brings and open the cashier for it; no trade exists yet."""
    try:
        ask = read(world, alipay_wire.check(world, params), params)
    except Refused as refusal:
        return cashier.broken(refusal)
    session = secrets.token_urlsafe(24)
    with world.lock:
        world.part("alipay").setdefault("cashiers", {})[session] = ask
    world.changed("alipay", "cashiers", session)
    world.save()
    return redirect(f"/alipay/cashier/{session}", 302)
