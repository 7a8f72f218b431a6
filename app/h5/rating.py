"""Five grades in words, for a finished case and for an answer."""

from typing import TypedDict

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import texts
from base.errors import Detail
from feedback import grades, ratings, rules, tickets

from ..runtime import here
from . import cases as case_pages
from . import session, tasks
from . import tickets as ticket_pages

blueprint = Blueprint("rating", __name__)


class Said(TypedDict):
    """A rating as it is sent."""

    grade: str
    tags: list[str]
    words: str


@blueprint.get("/cases/<number>/rating")
def case(number: str) -> AnyResponse:
    """Ask how it went; a case that cannot be rated leads back to itself."""
    found = case_pages.owned(number)
    if not tasks.is_rateable(here().db, found):
        return redirect(url_for("h5.cases.story", number=found.number))
    return make_response(_page(found.service_name, []))


@blueprint.post("/cases/<number>/rating")
def rate_case(number: str) -> AnyResponse:
    """Keep the grade of a case; a second tap changes nothing."""
    found = case_pages.owned(number)
    try:
        ratings.rate_case(here().db, found, session.caller().id, **_said())
    except grades.RatingInvalid:
        return make_response(_page(found.service_name, _faults()), 422)
    except ratings.AlreadyRated:
        return redirect(url_for("h5.cases.story", number=found.number))
    return redirect(url_for("h5.cases.story", number=found.number))


@blueprint.get("/tickets/<number>/rating")
def ticket(number: str) -> AnyResponse:
    """The form is on the ticket's own page."""
    return redirect(url_for("h5.tickets.opened", number=ticket_pages.owned(number).number))


@blueprint.post("/tickets/<number>/rating")
def rate_ticket(number: str) -> AnyResponse:
    """Keep the grade of an answer; a second tap changes nothing."""
    found = ticket_pages.owned(number)
    try:
        if found.state != "done":
            tickets.rate(here().db, found.number, session.caller().id, **_said())
    except grades.RatingInvalid:
        return make_response(_page(found.kind_name, _faults()), 422)
    return redirect(url_for("h5.tickets.opened", number=found.number))


def _page(about: str, faults: list[Detail]) -> str:
    return render_template("h5/rating.html", about=about, faults=faults, tags=rules.tags())


def _faults() -> list[Detail]:
    return [
        Detail(field="grade", code="rating_invalid", message=texts.say("errors.rating_invalid"))
    ]


def _said() -> Said:
    """The grade with the tags of its own mood and the words."""
    grade = request.form.get("grade", "")
    mood = "bad" if grades.is_bad(grade) else "good"
    ticked = [each for each in rules.tags()[mood] if each in request.form.getlist("tags")]
    return Said(grade=grade, tags=ticked, words=request.form.get("words", ""))
