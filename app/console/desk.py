"""The desk: what awaits me, counted on cards and listed by the day it is due."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import clock, numbers
from base.errors import Missing
from feedback import tickets
from people import operators
from people.operators import Operator
from tracking import cases, desks

from ..runtime import here
from . import scope, views
from .cards import cards
from .guard import ANY_OPERATOR, me, needs
from .views import VIEWS, View

blueprint = Blueprint("desk", __name__)

PER_PAGE: Final = 50
_MOST_ROWS: Final = 500


@blueprint.get("/")
@needs(ANY_OPERATOR)
def page() -> ResponseReturnValue:
    """What awaits me: cards, and the cases of one view."""
    operator = me()
    view = request.args.get("view") or views.first(operator)
    if view not in VIEWS:
        raise Missing
    since, limit = _day(request.args.get("from")), _limit(request.args.get("limit"))
    sees_cases = operators.may(operator, "case.see")
    rows = _listed(operator, VIEWS[view], since, limit) if sees_cases else []
    return render_template(
        "console/desk.html",
        cards=cards(operator),
        view=view,
        views=VIEWS,
        rows=rows,
        since=since,
        more=_more(view, rows, since, limit),
        sees_cases=sees_cases,
    )


@blueprint.get("/live")
@needs(ANY_OPERATOR, quiet=True)
def live() -> ResponseReturnValue:
    """The cards alone, asked for every ten seconds; unchanged ones cost a 304."""
    view = request.args.get("view", "")
    response = Response(render_template("console/cards.html", cards=cards(me()), view=view))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/find")
@needs(ANY_OPERATOR)
def find() -> ResponseReturnValue:
    """Go to the case, ticket or bill of a number, whichever it is of those one may see."""
    number = numbers.tidy(request.args.get("number", ""))
    for right, seen, endpoint in (
        ("case.see", scope.case, "console.cases.page"),
        ("ticket.see", _ticket, "console.tickets.show"),
        ("bill.see", scope.bill, "console.bills.show"),
    ):
        if operators.may(me(), right):
            try:
                seen(number)
            except Missing:
                continue
            return redirect(url_for(endpoint, number=number), 303)
    raise cases.NoSuchCase


def _ticket(number: str) -> tickets.Ticket:
    return tickets.seen(here().db, number, me())


def _listed(operator: Operator, view: View, start: date | None, limit: int) -> list[cases.Case]:
    """The cases of a view from a day on: due days upwards, ends of finished cases downwards."""
    since, until = view.days()
    if view.finished:
        until = start
    elif start and (since is None or start > since):
        since = start
    rows = [
        case
        for state in view.states
        for case in desks.page(
            here().db, operator.agency, state, since=since, until=until, limit=limit
        )
    ]
    if view.finished:
        return sorted(rows, key=lambda case: case.changed, reverse=True)[:limit]
    return sorted(rows, key=_row_day)[:limit]


def _more(view: str, rows: list[cases.Case], since: date | None, limit: int) -> str | None:
    """The next page: from the last row's day on, or more rows where one day fills the page."""
    if len(rows) < limit or limit >= _MOST_ROWS:
        return None
    last = _row_day(rows[-1])
    if last == _row_day(rows[0]):
        return _at(view, since.isoformat() if since else "", limit + PER_PAGE)
    return _at(view, last, PER_PAGE)


def _at(view: str, day: str, limit: int) -> str:
    return (
        url_for("console.desk.page") + "?" + urlencode({"view": view, "from": day, "limit": limit})
    )


def _row_day(case: cases.Case) -> str:
    if case.deadline is None:
        return case.changed.astimezone(clock.SHANGHAI).date().isoformat()
    return case.deadline.due_day


def _day(text: str | None) -> date | None:
    """A day out of the address; what is none is left out."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _limit(text: str | None) -> int:
    sound = text and text.isascii() and text.isdigit() and len(text) < 4
    return min(max(int(text), PER_PAGE), _MOST_ROWS) if text and sound else PER_PAGE
