"""Asking, complaining, and saying how well one was served."""

from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, OneOf, Range

from base import numbers, texts
from catalogue import services
from feedback import filing, grades, ratings, tickets
from feedback.moves import STATES
from tracking import cases

from ..runtime import here
from .cases import KeyIn
from .guard import auth, caller
from .shapes import In, Number, Out, Page, maybe, rows, words

blueprint = APIBlueprint("tickets", __name__, url_prefix="/api/v1")
_FILED = {"consultation": filing.ask, "complaint": filing.complain}


class PlaceIn(In):
    """Where it happened."""

    latitude = fields.Float(required=True, validate=Range(-90, 90))
    longitude = fields.Float(required=True, validate=Range(-180, 180))
    label = fields.String(load_default="", validate=Length(0, 100))


class TicketIn(In):
    """A question or a complaint; photos are uploaded first."""

    kind = fields.String(required=True, validate=OneOf(sorted(_FILED)))
    text = fields.String(required=True)
    category = fields.String(load_default="other")
    files = fields.List(fields.String(), load_default=list, validate=Length(0, 9))
    place = fields.Nested(PlaceIn, load_default=None, allow_none=True)
    service = fields.String(load_default=None, allow_none=True)
    case = fields.String(load_default=None, allow_none=True)
    may_publish = fields.Boolean(load_default=False)


class RatingIn(In):
    """A grade with reasons."""

    grade = fields.String(required=True, validate=OneOf(grades.GRADES))
    tags = fields.List(fields.String(), load_default=list)
    words = fields.String(load_default="")


class TicketOut(Out):
    """A ticket in one line."""

    number = Number()
    kind = fields.String(validate=OneOf(sorted(_FILED)))
    kind_name = fields.String()
    category_name = fields.String()
    state = fields.String(validate=OneOf(STATES))
    state_name = fields.String()
    due_day = fields.Date()
    grade = maybe()
    created = fields.DateTime()


class FiledOut(TicketOut):
    """A ticket that was taken, and what to do at once where it sounds like an emergency."""

    advice = words()


class OpenedOut(TicketOut):
    """A ticket with its words and its answer."""

    text = fields.String()
    answer = maybe()
    files = words()


class TicketsOut(Out):
    """My tickets, newest first."""

    tickets = rows(TicketOut)


class RatingOut(Out):
    """A grade that was kept."""

    grade = fields.String()
    at = fields.DateTime()


@blueprint.post("/tickets")
@blueprint.auth_required(auth)
@blueprint.input(KeyIn, location="headers")
@blueprint.input(TicketIn)
@blueprint.output(FiledOut, 201)
def file(headers_data: dict[str, Any], json_data: dict[str, Any]) -> dict[str, Any]:
    """Ask or complain; the same key is the same ticket. What cannot wait is told at once."""
    kind, resident = json_data.pop("kind"), caller()
    given = {name: value for name, value in json_data.items() if value is not None}
    if "case" in given:
        given["case"] = cases.owned(here().db, numbers.tidy(given["case"]), resident.id).number
    if "service" in given:
        services.get(here().db, given["service"])
    key = headers_data["idempotency_key"]
    filed = _FILED[kind](here().db, resident=resident.id, key=key, channel="mp", **given)
    advice = [texts.say(f"feedback.advice.{alarm}") for alarm in filed.alarms]
    return _shown(filed) | {"advice": advice}


@blueprint.get("/tickets")
@blueprint.auth_required(auth)
@blueprint.input(Page, location="query")
@blueprint.output(TicketsOut)
def mine(query_data: dict[str, Any]) -> dict[str, Any]:
    """My tickets."""
    return {"tickets": tickets.of(here().db, caller().id, query_data["limit"])}


@blueprint.get("/tickets/<number>")
@blueprint.auth_required(auth)
@blueprint.output(OpenedOut)
def opened(number: str) -> dict[str, Any]:
    """One of my tickets with its answer."""
    resident = caller()
    found = tickets.owned(here().db, numbers.tidy(number), resident.id)
    inside = tickets.read(here().db, found.number, f"resident:{resident.id}", "own")
    return _shown(found) | {"text": inside.text, "answer": inside.answer}


@blueprint.post("/tickets/<number>/rating")
@blueprint.auth_required(auth)
@blueprint.input(RatingIn)
@blueprint.output(TicketOut)
def rate(number: str, json_data: dict[str, Any]) -> tickets.Ticket:
    """Rate the answer."""
    return tickets.rate(here().db, numbers.tidy(number), caller().id, **json_data)


@blueprint.post("/cases/<number>/rating")
@blueprint.auth_required(auth)
@blueprint.input(RatingIn)
@blueprint.output(RatingOut, 201)
def rate_case(number: str, json_data: dict[str, Any]) -> ratings.Rating:
    """Rate a finished case, once."""
    case = cases.owned(here().db, numbers.tidy(number), caller().id)
    return ratings.rate_case(here().db, case, caller().id, **json_data)


def _shown(ticket: tickets.Ticket) -> dict[str, Any]:
    """The ticket as the schema reads it, with its names in words."""
    names = (*ticket.__dataclass_fields__, "kind_name", "category_name", "state_name")
    return {name: getattr(ticket, name) for name in names}
