"""UnionPay's gateway: its payment page in the browser, and queries, refunds and files for servers.

A browser brings the merchant's signed form to `frontTransReq.do`; the payer pays or leaves on the
page that follows, and its button takes the browser back with a front notice that proves nothing.
"""

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from ..faults import Fault
from ..world import World, here
from . import cashier, courier, numbers, unionpay_files, unionpay_orders
from .unionpay_notices import POST, common, payment, repayment
from .unionpay_orders import Order, Repaid
from .unionpay_wire import ORDER, WORDS, Refused, check, reply, said, sealed

PATH = "/unionpay/"
GATEWAY = "/gateway/api/"
FORM_MISSING = "Invalid request."
# Kinds of faults by path: "answer" (respCode and what else is told; nothing is done) and
# "forged_answer", "false_certificate" (signed by a stranger, whose certificate is his own).
FAULTS = ("answer", "forged_answer", "false_certificate")
TWISTS = {"forged_answer": "forged", "false_certificate": "probe"}
SENTENCES = {"12": "duplicate", "35": "expired"}
REPAID = ("orderId", "txnTime", "txnAmt", "origQryId", "backUrl", "channelType")

blueprint = Blueprint("unionpay", __name__, template_folder="templates")


@blueprint.record_once
def resume(state: BlueprintSetupState) -> None:
    """Plan the notices again that a restart interrupted."""
    courier.resume(state.app.extensions["world"], POST)


@blueprint.post(f"{GATEWAY}frontTransReq.do")
def front() -> AnyResponse:
    """Check the order a browser brings and open the payment page for it."""
    world = here()
    try:
        told = check(world, request, *ORDER)
        if (told["txnType"], told["txnSubType"], told["bizType"]) != ("01", "01", "000201"):
            raise Refused("10", "txnType")
        order = unionpay_orders.begin(world, told)
    except Refused as refusal:
        return told_of(refusal)
    return redirect(f"{PATH}pay/{order['session']}", 303)


@blueprint.get(f"{PATH}pay/<session>")
def show(session: str) -> AnyResponse:
    """Show what is to be paid, with a button to pay and one to leave."""
    world = here()
    order, person = unionpay_orders.of_session(world, session), cashier.payer(world)
    if order is None:
        return page("unionpay_said.html", 404, said=WORDS["page"]["session"], kind="session")
    with world.lock:
        people = [person] if person else list(world.people.values())
    return page(
        "unionpay.html",
        amount=numbers.yuan(order["fen"]),
        merchant=world.account("oa").name,
        order=order,
        people=people,
        chosen=person,
    )


@blueprint.post(f"{PATH}pay/<session>/confirm")
def confirm(session: str) -> AnyResponse:
    """Take the money, tell the merchant, and offer the way back."""
    world = here()
    order, person = unionpay_orders.of_session(world, session), cashier.payer(world)
    if order is None or person is None:
        return page("unionpay_said.html", 404, said=WORDS["page"]["session"], kind="session")
    try:
        unionpay_orders.pay(world, order, person)
    except Refused as refusal:
        return told_of(refusal, order)
    courier.send(world, POST, order["orderId"], "payment")
    fields = sealed(world, payment(world, order, order["paid"]))
    return page(
        "unionpay_said.html",
        said=WORDS["page"]["paid"],
        kind="paid",
        back=order["front"],
        fields=fields,
    )


@blueprint.post(f"{PATH}pay/<session>/cancel")
def cancel(session: str) -> AnyResponse:
    """Leave unpaid; the order can still be paid until it expires."""
    order = unionpay_orders.of_session(here(), session)
    back = order["front"] if order else ""
    return page("unionpay_said.html", said=WORDS["page"]["cancelled"], kind="cancelled", back=back)


@blueprint.post(f"{GATEWAY}queryTrans.do")
def query() -> Response:
    """Tell a transaction, payment or refund, by its number and time together."""
    return answered("orderId", "txnTime", act=queried)


@blueprint.post(f"{GATEWAY}backTransReq.do")
def back() -> Response:
    """Take a refund; its notice follows when the money has gone."""
    return answered(*REPAID, act=refunded)


@blueprint.post(f"{PATH}files/")
def files() -> Response:
    """Give the file of a day's clearing."""
    return answered("settleDate", "fileType", act=filed)


def answered(*needed: str, act: Any) -> Response:
    """Check a request, do what it asks, sign the answer; an ordered fault may strike before."""
    world = here()
    if "signature" not in request.form:
        return Response(FORM_MISSING, 200, content_type="text/html;charset=UTF-8")
    fault = ordered(world)
    told: dict[str, str] = request.form.to_dict()
    names = ("txnType", "txnSubType", "bizType", "merId", "orderId", "txnTime", "reqReserved")
    echo = {name: told[name] for name in names if name in told}
    try:
        told = check(world, request, *needed)
        answer = act(world, told) if fault is None or fault.kind != "answer" else {}
    except Refused as refusal:
        answer = said(refusal.code, refusal.about)
    if fault is not None and fault.kind == "answer":
        answer = said(fault.values["respCode"]) | fault.values
    return reply(world, echo | answer, TWISTS.get(fault.kind, "") if fault else "")


def ordered(world: World) -> Fault | None:
    """Return a fault ordered for this path; the app logs it."""
    fault = world.faults.take(request.path, *FAULTS)
    g.fault = fault or g.get("fault")
    return fault


def queried(world: World, told: dict[str, str]) -> dict[str, str]:
    """Return what a transaction has come to; unpaid orders are not known yet."""
    with world.lock:
        made = unionpay_orders.refunds(world).get(told["orderId"])
        order = unionpay_orders.orders(world).get(told["orderId"])
    found: Order | Repaid | None = made or order
    if found is None or found["txnTime"] != told["txnTime"]:
        raise Refused("34")
    if made is not None:
        fact = repayment(world, made)
        code = fact["respCode"] if world.clock.seconds() >= made["arrives"] else "05"
        return fact | said("00") | origin(code) | {"txnType": "04"}
    if order is None or "paid" not in order:
        raise Refused("34")
    return common(world, order, order["paid"]) | origin("00")


def origin(code: str) -> dict[str, str]:
    """Return the outcome of the transaction that was asked about."""
    told = said(code)
    return {"origRespCode": told["respCode"], "origRespMsg": told["respMsg"]}


def refunded(world: World, told: dict[str, str]) -> dict[str, str]:
    """Take a refund and plan its notice."""
    if told["txnType"] != "04":
        raise Refused("10", "txnType")
    made = unionpay_orders.refund(world, told)
    if made is not None:
        with world.lock:
            kept = unionpay_orders.orders(world).values()
            number = next(one["orderId"] for one in kept if one["queryId"] == made["of"])
        wait = made["arrives"] - made["created"]
        courier.send(world, POST, number, "refund:" + made["orderId"], wait)
    return said("00") | {"queryId": made["queryId"] if made else told["txnTime"] + "0000000"}


def filed(world: World, told: dict[str, str]) -> dict[str, str]:
    """Return the file of the day that was asked for."""
    name, content = unionpay_files.statement(world, told["settleDate"])
    return said("00") | {"fileName": name, "fileContent": content}


def told_of(refusal: Refused, order: Order | None = None) -> Response:
    """Show why an order cannot be paid."""
    kind = SENTENCES.get(refusal.code, "")
    sentence = WORDS["page"][kind] if kind else said(refusal.code, refusal.about)["respMsg"]
    front = order["front"] if order else ""
    return page("unionpay_said.html", said=sentence, kind=kind or "broken", back=front)


def page(name: str, status: int = 200, **values: Any) -> Response:
    """Render a page, never kept by the browser."""
    html = render_template(name, **({"back": "", "fields": {}} | values))
    return Response(html, status, {"Cache-Control": "no-store"}, mimetype="text/html")
