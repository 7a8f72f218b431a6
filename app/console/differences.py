"""Differences of the reconciliation: listed, opened to the raw line, closed by two officers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, texts
from base.errors import Missing, Problem
from base.store import Database
from payments import statements
from payments.reconciliation import differences
from payments.reconciliation.store import Difference, NoSuchDifference
from payments.statements import store as raw
from people import operators

from ..runtime import here
from .guard import me, needs
from .reconciliation import mine

blueprint = Blueprint("differences", __name__, url_prefix="/differences")

Act = Callable[[Database, str, str], Difference]

ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "take": lambda db, id, by: differences.take(db, id, by=by),
        "propose": lambda db, id, by: differences.propose(
            db, id, by=by, reason=request.form.get("reason", ""), note=request.form.get("note", "")
        ),
        "agree": lambda db, id, by: differences.agree(db, id, by=by),
        "object": lambda db, id, by: differences.object(db, id, by=by),
        "ask": lambda db, id, by: differences.ask(db, id, by=by),
    }
)
_MOST: Final = 200


@blueprint.get("")
@needs("bill.settle")
def page() -> ResponseReturnValue:
    """The differences of all days in one state, of the operator's agency if she has one."""
    state = request.args.get("state", differences.STATES[0])
    if state not in differences.STATES:
        raise Missing
    rows = mine(differences.listed(here().db, state, _MOST))
    return render_template(
        "console/differences.html", rows=rows, state=state, states=differences.STATES
    )


@blueprint.get("/<id>")
@needs("bill.settle")
def show(id: str) -> ResponseReturnValue:
    """One difference: what each side says, what came of it, and what can be done."""
    return _page(_own(id), "")


@blueprint.post("/<id>/line")
@needs("bill.settle")
def line(id: str) -> ResponseReturnValue:
    """The same page with the statement's raw line, its payer masked; the look is recorded."""
    found = _own(id)
    if found.offset < 0:
        raise Missing
    audit.record(here().db, me().actor, "difference.line", f"difference:{id}")
    shown = statements.shown(found.provider, raw.line(here().db, found.file, found.offset))
    return _page(found, shown)


@blueprint.post("/<id>/<act>")
@needs("bill.settle")
def decide(id: str, act: str) -> ResponseReturnValue:
    """Take a difference on, propose to close it, agree or object, have the wallet asked again."""
    found = _own(id)
    if act not in ACTS:
        raise Missing
    try:
        ACTS[act](here().db, found.id, me().actor)
    except Missing:
        raise
    except Problem as refusal:
        flash(texts.explain(refusal), "danger")
    else:
        audit.record(here().db, me().actor, f"difference.{act}", f"difference:{id}")
        flash(texts.say(f"reconciliation.done.{act}"), "success")
    return redirect(url_for("console.differences.show", id=found.id), 303)


def _own(id: str) -> Difference:
    """A difference of the operator's agency; raises NoSuchDifference."""
    found = differences.get(here().db, id)
    if not operators.covers(me(), found.agency):
        raise NoSuchDifference
    return found


def _page(found: Difference, shown: str) -> str:
    return render_template(
        "console/difference.html",
        found=found,
        shown=shown,
        reasons=differences.REASONS,
        asked=differences.ASKED,
        note=differences.said(found.note),
        closable=found.state == "proposed" and found.proposed_by != me().actor,
    )
