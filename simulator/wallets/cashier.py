"""Alipay's cashier: the page on which the payer sees subject, amount and merchant, and decides."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ..people import Person
from ..world import NoSuchPerson, World, here
from . import courier, numbers
from .alipay_notices import POST, return_url
from .alipay_trades import Ask, Trade, begin, settle
from .alipay_wire import WORDS, Refused

PATH = "/alipay/cashier/"
blueprint = Blueprint("cashier", __name__, url_prefix=PATH[:-1], template_folder="templates")

#: The phone's browser says here whose phone it is; without it the page lets one choose.
PERSON_HEADER = "X-Phone-Person"
SENTENCES = {
    "ACQ.TRADE_HAS_SUCCESS": "paid",
    "ACQ.TRADE_HAS_CLOSE": "closed",
    "ACQ.TRADE_EXPIRED": "expired",
    "ACQ.CONTEXT_INCONSISTENT": "changed",
}


@blueprint.get("/<session>")
def show(session: str) -> AnyResponse:
    """Show what is to be paid, with a button to pay and one to leave."""
    world = here()
    ask = order_of(world, session)
    if ask is None:
        return told("session", 404)
    if "MicroMessenger" in request.headers.get("User-Agent", ""):
        return told("inside_wechat")
    person = payer(world)
    with world.lock:
        people = [person] if person else list(world.people.values())
    return page(
        "cashier.html",
        amount=numbers.yuan(ask["fen"]),
        subject=ask["subject"],
        merchant=world.account("oa").name,
        session=session,
        people=people,
        chosen=person,
    )


@blueprint.post("/<session>/confirm")
def confirm(session: str) -> AnyResponse:
    """Take the money, tell the merchant, send the browser back with signed parameters."""
    world = here()
    ask = order_of(world, session)
    person = payer(world)
    if ask is None or person is None:
        return told("session", 404)
    try:
        trade = pay(world, ask, person)
    except Refused as refusal:
        return told(SENTENCES.get(refusal.sub_code, "closed"), back=ask["quit_url"])
    if ask["notify_url"]:
        courier.send(world, POST, ask["out_trade_no"], "payment")
    onward = back(world, trade, ask)
    return redirect(onward, 303) if onward else told("done")


@blueprint.post("/<session>/cancel")
def cancel(session: str) -> AnyResponse:
    """Send the browser back unpaid."""
    ask = order_of(here(), session)
    if ask is None:
        return told("session", 404)
    back = ask["quit_url"] or ask["return_url"]
    return redirect(back, 303) if back else told("cancelled")


def order_of(world: World, session: str) -> Ask | None:
    """Return what the browser of this cashier session came to pay, None for an unknown one."""
    with world.lock:
        found: Ask | None = world.part("alipay").get("cashiers", {}).get(session)
    return found


def payer(world: World) -> Person | None:
    """Return whose phone this is, by the browser's word or the choice made on the page."""
    chosen = request.headers.get(PERSON_HEADER) or request.values.get("person", "")
    try:
        return world.person(chosen)
    except NoSuchPerson:
        return None


def pay(world: World, ask: Ask, person: Person) -> Trade:
    """Make the trade if there is none and book it as paid; Refused when it cannot be paid."""
    with world.lock:
        trade = begin(world, ask, person)
        settle(world, trade)
    return trade


def back(world: World, trade: Trade, ask: Ask) -> str:
    """Return the signed address the browser goes back to; empty when the merchant gave none."""
    return return_url(world, trade, ask["return_url"]) if ask["return_url"] else ""


def told(kind: str, status: int = 200, back: str = "") -> Response:
    """Show one sentence of alipay.toml."""
    return page("cashier_said.html", status, said=WORDS["cashier"][kind], kind=kind, back=back)


def broken(refusal: Refused) -> Response:
    """Show why the gateway does not take the order a browser brought."""
    answer = refusal.answer()
    sentence = f"{answer['sub_msg']}（{answer['sub_code']}）"
    return page("cashier_said.html", said=sentence, kind="broken", back="")


def page(name: str, status: int = 200, **values: Any) -> Response:
    """Render a page of the cashier, never kept by the browser."""
    html = render_template(name, **values)
    return Response(html, status, {"Cache-Control": "no-store"}, mimetype="text/html")
