"""Signing in and out, and changing one's own password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import texts
from base.errors import Problem
from people import operators

from ..errors import status_of
from ..runtime import here
from . import sessions, store
from .guard import ANY_OPERATOR, me, needs, open_to_all

blueprint = Blueprint("account", __name__)


@blueprint.get("/sign-in")
@open_to_all("this is where one signs in")
def sign_in() -> ResponseReturnValue:
    """The form for username and password."""
    if sessions.present(here().db):
        return redirect(url_for("console.desk.page"), 303)
    return render_template("console/sign_in.html", back=_back(request.args.get("next", "")))


@blueprint.post("/sign-in")
@open_to_all("this is where one signs in")
def enter() -> ResponseReturnValue:
    """Sign in; five failures lock a username for a quarter of an hour, and the page says so."""
    name, back = request.form.get("username", ""), _back(request.form.get("next", ""))
    try:
        found = operators.sign_in(here().db, name, request.form.get("password", ""))
    except (operators.WrongPassword, operators.LockedOut) as refused:
        said = texts.explain(refused)
        page = render_template("console/sign_in.html", back=back, username=name, refused=said)
        return page, status_of(refused)
    sessions.begin(here().db, found)
    return redirect(back or url_for("console.desk.page"), 303)


@blueprint.post("/sign-out")
@open_to_all("signing out twice harms nobody")
def sign_out() -> ResponseReturnValue:
    """Sign out for good."""
    sessions.end(here().db)
    flash(texts.say("console.signed_out"), "success")
    return redirect(url_for("console.account.sign_in"), 303)


@blueprint.get("/me")
@needs(ANY_OPERATOR)
def mine() -> ResponseReturnValue:
    """Who I am here, what I may do, and the form to change my password."""
    return render_template("console/me.html", person=me())


@blueprint.post("/me/password")
@needs(ANY_OPERATOR)
def change_password() -> ResponseReturnValue:
    """Change one's own password; every other sign-in of this operator ends."""
    operator, form = me(), request.form
    try:
        _check_twice(form.get("new", ""), form.get("again", ""))
        operators.change_password(
            here().db, operator.username, form.get("old", ""), form.get("new", "")
        )
    except Problem as refused:
        said = texts.explain(refused)
        page = render_template("console/me.html", person=operator, refused=said)
        return page, status_of(refused)
    store.end_all(here().db, operator.username)
    sessions.begin(here().db, operator)
    flash(texts.say("console.password_changed"), "success")
    return redirect(url_for("console.account.mine"), 303)


class PasswordsDiffer(operators.BadOperator):
    """The new password was not typed the same way twice."""

    code = "passwords_differ"


def _check_twice(new: str, again: str) -> None:
    if new != again:
        raise PasswordsDiffer


def _back(path: str) -> str:
    """A page of ours to go to after signing in; anything else is ignored."""
    is_ours = path.startswith(f"{sessions.ROOT}/") and "\\" not in path
    return path if is_ours and path.isprintable() else ""
