"""Who works at the console: the list, newcomers with a first password, and those who leave."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, texts
from base.errors import Conflict, Problem
from catalogue import agencies
from people import operators
from people.operators import Operator
from people.roles import ROLES

from ..errors import status_of
from ..runtime import here
from . import store
from .guard import me, needs

blueprint = Blueprint("staff", __name__, url_prefix="/operators")


class Oneself(Conflict):
    """Nobody ends their own access, lest nobody be left who can undo it."""

    code = "retiring_oneself"


@blueprint.get("")
@needs("operator.manage")
def page() -> ResponseReturnValue:
    """Who works here, and the form for a newcomer."""
    return _page()


@blueprint.post("")
@needs("operator.manage")
def create() -> ResponseReturnValue:
    """Add an operator with a first password."""
    form = request.form
    newcomer = Operator(
        username=form.get("username", "").strip(),
        name=form.get("name", "").strip(),
        roles=tuple(form.getlist("roles")),
        agency=form.get("agency") or None,
    )
    try:
        _check(newcomer)
        operators.create(here().db, newcomer, form.get("password", ""))
    except (operators.BadOperator, operators.OperatorExists) as refused:
        return _page(refused), status_of(refused)
    roles = ",".join(newcomer.roles)
    audit.record(here().db, me().actor, "operator.create", newcomer.actor, roles=roles)
    flash(texts.say("console.operator_created", name=newcomer.name), "success")
    return redirect(url_for("console.staff.page"), 303)


@blueprint.get("/<username>/retire")
@needs("operator.manage")
def leaving(username: str) -> ResponseReturnValue:
    """Ask once more before an operator's access ends."""
    person = operators.get(here().db, username)
    return render_template("console/retire.html", person=person)


@blueprint.post("/<username>/retire")
@needs("operator.manage")
def retire(username: str) -> ResponseReturnValue:
    """End an operator's access at once."""
    person = operators.get(here().db, username)
    if person.username == me().username:
        raise Oneself
    operators.retire(here().db, person.username, me().actor)
    store.end_all(here().db, person.username)
    flash(texts.say("console.operator_retired", name=person.name), "success")
    return redirect(url_for("console.staff.page"), 303)


def _check(newcomer: Operator) -> None:
    """A newcomer has a name, and an agency the county knows."""
    if not newcomer.name:
        raise operators.BadOperator
    if newcomer.agency is not None and newcomer.agency not in _offices():
        raise operators.BadOperator


def _page(refused: Problem | None = None) -> str:
    return render_template(
        "console/staff.html",
        rows=operators.everyone(here().db),
        roles=list(ROLES),
        offices=_offices(),
        given=request.form,
        refused=texts.explain(refused) if refused else None,
    )


def _offices() -> dict[str, str]:
    return {office.id: office.name for office in agencies.browse(here().db)}
