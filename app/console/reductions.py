"""Reductions of bills: asked for by one officer, granted by another, and those that wait."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base import audit, money, texts
from base.errors import Missing, Problem
from base.store import Database
from payments import waivers
from payments.records import Reduction

from ..runtime import here
from . import scope
from .bills import back
from .guard import me, needs

blueprint = Blueprint("reductions", __name__)

Decision = Callable[[Database, str, str, str, str], Reduction]

DECISIONS: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "grant": lambda db, bill, id, by, _: waivers.grant(db, bill, id, by=by),
        "refuse": lambda db, bill, id, by, note: waivers.refuse(db, bill, id, by=by, note=note),
    }
)
_MOST = 100


@blueprint.get("/reductions")
@needs("bill.see")
def page() -> ResponseReturnValue:
    """The reductions that wait for a second officer, of the operator's agency if she has one."""
    rows = waivers.waiting(here().db, _MOST + 1, me().agency)
    return render_template("console/reductions.html", rows=rows, most=_MOST)


@blueprint.post("/bills/<number>/reductions")
@needs("bill.reduce")
def ask(number: str) -> ResponseReturnValue:
    """Ask for a reduction; the form's own key makes a second tap the same one."""
    bill, form = scope.bill(number), request.form
    try:
        wish = waivers.Wish(
            amount=money.fen(form.get("amount", "").strip()),
            line=form.get("line", ""),
            basis=form.get("basis", ""),
            note=form.get("note", ""),
            by=me().actor,
            key=form.get("key", ""),
        )
        asked = waivers.ask(here().db, bill.number, wish)
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger", "#reductions")
    return _done("ask", bill.number, asked)


@blueprint.post("/bills/<number>/reductions/<id>/<act>")
@needs("bill.grant")
def decide(number: str, id: str, act: str) -> ResponseReturnValue:
    """Grant or refuse a reduction that somebody else asked for."""
    bill = scope.bill(number)
    if act not in DECISIONS:
        raise Missing
    note = request.form.get("note", "")
    try:
        decided = DECISIONS[act](here().db, bill.number, id, me().actor, note)
    except Missing:
        raise
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger", "#reductions")
    return _done(act, bill.number, decided)


def _done(act: str, bill: str, reduction: Reduction) -> ResponseReturnValue:
    of = {"reduction": reduction.id, "amount": reduction.amount}
    audit.record(here().db, me().actor, f"reduction.{act}", f"bill:{bill}", **of)
    return back(bill, texts.say(f"console.reductions.{act}"), "success", "#reductions")
