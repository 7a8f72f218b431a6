"""Refunds: asked for by one officer, decided by another, and what waits for somebody."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, money, texts
from base.errors import Missing, Problem, Unreachable
from payments import decisions, refunds, reporting
from payments.moves import FOR_HUMANS, ON_THE_WAY
from payments.records import Refund

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("refunds", __name__)

Decision = Callable[[str, str, str, str], Refund]

DECISIONS: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "approve": lambda bill, number, by, _: decisions.approve(here().db, bill, number, by=by),
        "reject": lambda bill, number, by, note: decisions.reject(
            here().db, bill, number, by=by, note=note
        ),
        "again": lambda bill, number, by, _: decisions.again(here().db, bill, number, by=by),
        "transfer": lambda bill, number, by, note: decisions.transfer(
            here().db, here().wallets, bill, number, by=by, note=note
        ),
        "drop": lambda bill, number, by, note: decisions.drop(
            here().db, here().wallets, bill, number, by=by, note=note
        ),
    }
)
OWING: Final = "owing"
STATES: Final = (*FOR_HUMANS, OWING, *ON_THE_WAY)
_MOST = 100


@blueprint.get("/refunds")
@needs("bill.see")
def page() -> ResponseReturnValue:
    """The refunds that wait for somebody in one state, of the operator's agency if she has one.

    OWING lists payments that nobody owed and nobody is giving back.
    """
    state = request.args.get("state", STATES[0])
    if state not in STATES:
        raise Missing
    told = (_MOST + 1, me().agency)
    rows: list[Any] = (
        reporting.owing(here().db, *told)
        if state == OWING
        else list(refunds.waiting(here().db, state, *told))
    )
    return render_template(
        "console/refunds.html", rows=rows, most=_MOST, state=state, states=STATES
    )


@blueprint.post("/bills/<number>/refunds")
@needs("refund.request")
def ask(number: str) -> ResponseReturnValue:
    """Ask for money back; the form's own key makes a second tap the same refund."""
    bill, form = scope.bill(number), request.form
    try:
        wish = refunds.Wish(
            transaction=form.get("transaction", ""),
            amount=money.fen(form.get("amount", "").strip()),
            note=form.get("note", ""),
            by=me().actor,
            key=form.get("key", ""),
        )
        asked = refunds.request(here().db, bill.number, wish)
    except Problem as refusal:
        return _back(bill.number, texts.explain(refusal), "danger")
    _record("refund.request", bill.number, asked)
    return _back(bill.number, texts.say("console.refunds.asked"), "success")


@blueprint.post("/bills/<number>/refunds/<refund>/<act>")
@needs("refund.approve")
def decide(number: str, refund: str, act: str) -> ResponseReturnValue:
    """Approve, reject, send again, transfer or drop a refund that somebody else asked for."""
    bill = scope.bill(number)
    if act not in DECISIONS:
        raise Missing
    note = request.form.get("note", "")
    try:
        decided = DECISIONS[act](bill.number, refund, me().actor, note)
    except Missing:
        raise
    except Problem as refusal:
        return _back(bill.number, texts.explain(refusal), "danger")
    except Unreachable:
        return _back(bill.number, texts.say("errors.unreachable"), "danger")
    _record(f"refund.{act}", bill.number, decided)
    return _back(bill.number, texts.say(f"console.refunds.{act}"), "success")


def _record(act: str, bill: str, refund: Refund) -> None:
    of = {"refund": refund.number, "amount": refund.amount}
    audit.record(here().db, me().actor, act, f"bill:{bill}", **of)


def _back(bill: str, words: str, tone: str) -> ResponseReturnValue:
    flash(words, tone)
    return redirect(url_for("console.bills.show", number=bill) + "#refunds", 303)
