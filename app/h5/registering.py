"""Becoming known: the agreement, then the real name, then back to where one was going."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import texts
from base.errors import Detail, Invalid, Problem, Unreachable
from people import residents

from ..errors import status_of
from ..runtime import here
from . import session

blueprint = Blueprint("registering", __name__)


@blueprint.get("/register")
def next_step() -> AnyResponse:
    """Go to the step that is still open, or back to where she was going."""
    to, resident = _to(), session.caller()
    if resident.agreement != texts.say("agreement.version"):
        return redirect(url_for(".agreement", to=to))
    if resident.level < session.REAL_NAME:
        return redirect(url_for(".identity", to=to))
    return redirect(to)


@blueprint.get("/register/agreement")
def agreement() -> str:
    """The agreement in force."""
    resident, found = session.caller(), texts.table("agreement")
    agreed = resident.agreement == found["version"]
    return render_template("h5/agreement.html", agreement=found, agreed=agreed, to=_to())


@blueprint.post("/register/agreement")
def agree() -> AnyResponse:
    """Accept the agreement; an older version is shown anew."""
    resident = session.caller()
    if request.form.get("version") == texts.say("agreement.version"):
        residents.agree(here().db, resident.id, request.form["version"])
    return redirect(url_for(".next_step", to=_to()))


@blueprint.get("/register/identity")
def identity() -> AnyResponse:
    """Ask for the real name."""
    if session.caller().level >= session.REAL_NAME:
        return redirect(_to())
    return make_response(_form())


@blueprint.post("/register/identity")
def verify() -> AnyResponse:
    """Check the real name; whatever is wrong is said beside the form, and nothing is lost."""
    runtime, id, said = here(), session.caller().id, request.form
    if not said.get("consent"):
        return make_response(_form(faults=[_fault("consent", "consent_needed")]), 422)
    residents.allow(runtime.db, id, "identity_check", texts.say("agreement.version"))
    name, number = said.get("name", ""), said.get("id_number", "")
    try:
        residents.verify(runtime.db, id, name, number, runtime.identity)
    except Problem as problem:
        fault = Detail(field=_place(problem), code=problem.code, message=texts.explain(problem))
        return make_response(_form(faults=[fault]), status_of(problem))
    except Unreachable:
        return make_response(_form(faults=[_fault("name", "unreachable")]), 503)
    return redirect(url_for(".next_step", to=_to()))


def needed(_: session.StepNeeded) -> AnyResponse:
    """Send on to the step that is missing."""
    return redirect(url_for("h5.registering.next_step", to=request.path))


def _to() -> str:
    return session.own_path(request.values.get("to", ""))


def _form(**more: Any) -> str:
    return render_template("h5/identity.html", to=_to(), **({"faults": []} | more))


def _fault(field: str, code: str) -> Detail:
    return Detail(field=field, code=code, message=texts.say(f"errors.{code}"))


def _place(problem: Problem) -> str:
    """The field a problem of the identity check is about."""
    about_number = isinstance(problem, Invalid) and problem.code != "bad_name"
    return "id_number" if about_number else "name"
