"""Talks with residents in the chat: who waits for a human, what was said, and the reply."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import files, texts
from base.errors import Invalid, Missing
from feedback import rules, talks, tickets, triage
from feedback.moves import OPEN
from feedback.talks import Talk
from people import operators, residents
from tracking import cases

from .. import downloads, homes
from ..errors import status_of
from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("talks", __name__, url_prefix="/talks")

_SHOWN = 10
VIEWS = ("waiting", "mine", "running", "past")


@blueprint.get("")
@needs("talk.see")
def page() -> ResponseReturnValue:
    """The talks of one view."""
    return render_template("console/talks.html", **_list())


@blueprint.get("/live")
@needs("talk.see", quiet=True)
def live() -> ResponseReturnValue:
    """The list alone, asked for every five seconds; an unchanged one costs a 304."""
    return _unchanged(render_template("console/talks_list.html", **_list()))


@blueprint.get("/<id>")
@needs("talk.see")
def show(id: str) -> ResponseReturnValue:
    """One talk with the story before it; the look is recorded."""
    return _page(talks.get(here().db, id))


@blueprint.get("/<id>/lines")
@needs("talk.see", quiet=True)
def lines(id: str) -> ResponseReturnValue:
    """What is said, asked for every three seconds while the page is open."""
    talk = talks.get(here().db, id)
    said, _ = talks.read(here().db, id, me(), "")
    shown = render_template("console/talk_lines.html", talk=talk, lines=said, **_rights(talk))
    return _unchanged(shown)


@blueprint.get("/<id>/files/<file>")
@needs("talk.see")
def file(id: str, file: str) -> ResponseReturnValue:
    """A photograph sent into the talk."""
    db = here().db
    if not talks.holds(db, id, file):
        raise files.NoSuchFile
    return downloads.send(files.get(db, file), files.read(db, file))


@blueprint.post("/<id>/take")
@needs("talk.answer")
def take(id: str) -> ResponseReturnValue:
    """Take a waiting talk, or take it over from a colleague."""
    talks.take(here().db, id, me())
    return _back(id)


@blueprint.post("/<id>/reply")
@needs("talk.answer")
def reply(id: str) -> ResponseReturnValue:
    """Say something; it goes out at once."""
    form = request.form
    try:
        talk = talks.reply(here().db, id, me(), form.get("key", "")[:64], form.get("text", ""))
    except Invalid as wrong:
        faults = [each["message"] for each in wrong.details] or [texts.explain(wrong)]
        return _page(talks.get(here().db, id), faults), status_of(wrong)
    if not talk.left:
        flash(texts.say("console.talk_held"), "warning")
    return _back(id)


@blueprint.post("/<id>/close")
@needs("talk.answer")
def close(id: str) -> ResponseReturnValue:
    """End the talk; the resident is told."""
    talks.close(here().db, id, me())
    flash(texts.say("console.talk_closed"), "success")
    return redirect(url_for("console.talks.page"), 303)


def _back(id: str) -> ResponseReturnValue:
    return redirect(url_for("console.talks.show", id=id, _anchor="last"), 303)


def _unchanged(page: str) -> Response:
    """A part of a page that is asked for again and again."""
    response = Response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _list() -> dict[str, object]:
    view = request.args.get("view", "waiting")
    if view not in VIEWS:
        raise Missing
    db, mine = here().db, me().username
    rows = talks.past(db) if view == "past" else talks.running(db)
    if view == "waiting":
        rows = [each for each in rows if each.owner is None]
    if view == "mine":
        rows = [each for each in rows if each.owner == mine]
    named = [(each, _name(each)) for each in rows]
    return {"rows": named, "view": view, "views": VIEWS, "serves": rules.talk().desk}


def _name(talk: Talk) -> str | None:
    try:
        return residents.get(here().db, talk.resident).name_masked
    except residents.NoSuchResident:
        return None


def _rights(talk: Talk) -> dict[str, bool]:
    """What this operator may do with the talk now."""
    may = talk.is_open and operators.may(me(), "talk.answer")
    own = talk.owner == me().username
    return {"replies": may and (own or talk.owner is None), "takes": may and not own, "ends": may}


def _page(talk: Talk, faults: list[str] | None = None) -> str:
    said, told = talks.read(here().db, talk.id, me(), "talk page")
    owner = homes.find(here().db, talk.resident)
    return render_template(
        "console/talk.html",
        talk=talk,
        lines=said,
        told=told,
        name=_name(talk),
        own=_cases(owner),
        letters=_letters(owner),
        key=uuid.uuid4().hex,
        most=rules.talk().line_most,
        faults=faults or [],
        given=request.form,
        **_rights(talk),
    )


def _cases(resident: str) -> list[tuple[cases.Case, bool]]:
    """Her unfinished cases, each with whether this operator may open it."""
    sees = operators.may(me(), "case.see")
    own = [each for each in cases.of(here().db, resident, _SHOWN) if not each.finished]
    return [(each, sees and scope.covers_case(each.number)) for each in own]


def _letters(resident: str) -> list[tuple[tickets.Ticket, bool]]:
    own = [each for each in tickets.of(here().db, resident, _SHOWN) if each.state == OPEN]
    ordinary = [each for each in own if each.route != triage.INTEGRITY]
    return [(each, tickets.may_see(me(), each)) for each in ordinary]
