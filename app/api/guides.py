"""Finding a service: the catalogue, its guides, fees and places."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, Range

from catalogue import fees, forms, places, regions, search, services
from catalogue.shapes import Service

from ..runtime import here
from .shapes import In, Money, Out, Page

blueprint = APIBlueprint("guides", __name__, url_prefix="/api/v1", tag="办事指南")


class FindIn(Page):
    """Plain words, or a theme."""

    words = fields.String(load_default="", validate=Length(0, 100))
    theme = fields.String(load_default="", validate=Length(0, 20))


class CardOut(Out):
    """A service in one line."""

    key = fields.String()
    name = fields.String()
    short_name = fields.String()
    agency = fields.String(attribute="agency.name")
    themes = fields.List(fields.String())
    charged = fields.Boolean(attribute="fees.charged")
    online = fields.Boolean(attribute="online.supported")
    promised = fields.String(attribute="limits.promised.text")


class CardsOut(Out):
    """Services found."""

    services = fields.List(fields.Nested(CardOut))


class GuideOut(Out):
    """A whole guide; `provenance` names the fields nobody has confirmed yet (L, I)."""

    key = fields.String()
    version = fields.Integer()
    name = fields.String()
    short_name = fields.String()
    agency = fields.Dict()
    real_name_level = fields.Integer()
    pay_when = fields.String(allow_none=True)
    conditions = fields.List(fields.String())
    materials = fields.List(fields.Dict())
    limits = fields.Dict()
    fees = fields.Dict()
    online = fields.Dict()
    visits = fields.Dict()
    process = fields.List(fields.String())
    result = fields.Dict()
    legal_basis = fields.List(fields.Dict())
    faq = fields.List(fields.Dict())
    form = fields.List(fields.Dict(), metadata={"description": "the questions, in order"})
    provenance = fields.Dict()


class QuoteIn(In):
    """Answers so far."""

    answers = fields.Dict(required=True, keys=fields.String())


class LineOut(Out):
    """One line of a fee."""

    code = fields.String()
    name = fields.String()
    amount = Money()
    unit = fields.String()
    quantity = fields.Integer()
    total = Money()


class QuoteOut(Out):
    """What it will cost."""

    lines = fields.List(fields.Nested(LineOut))
    total = Money()


class NearIn(In):
    """Where I am (WGS-84 or GCJ-02 degrees) and what for."""

    latitude = fields.Float(required=True, validate=Range(-90, 90))
    longitude = fields.Float(required=True, validate=Range(-180, 180))
    service = fields.String(load_default=None, validate=Length(1, 64))


class PlaceOut(Out):
    """A service point and how far it is."""

    id = fields.String(attribute="place.id")
    name = fields.String(attribute="place.name")
    address = fields.String(attribute="place.address")
    phone = fields.String(attribute="place.phone")
    open = fields.Boolean()
    metres = fields.Integer()


class PlacesOut(Out):
    """Service points, nearest first."""

    places = fields.List(fields.Nested(PlaceOut))


class RegionsOut(Out):
    """The county's divisions, as choices of a region field."""

    regions = fields.List(fields.Dict())


@blueprint.get("/services")
@blueprint.input(FindIn, location="query")
@blueprint.output(CardsOut)
def find(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find services in plain words, or browse a theme."""
    words, limit = query_data["words"].strip(), query_data["limit"]
    if words:
        return {"services": search.find(here().db, words, limit)}
    return {"services": services.browse(here().db, query_data["theme"] or None)[:limit]}


@blueprint.get("/services/<key>")
@blueprint.output(GuideOut)
def guide(key: str) -> dict[str, Any]:
    """One guide with its form."""
    service = services.get(here().db, key)
    return asdict(service) | {"form": _form(service)}


@blueprint.post("/services/<key>/quote")
@blueprint.input(QuoteIn)
@blueprint.output(QuoteOut)
def quote(key: str, json_data: dict[str, Any]) -> fees.Quote:
    """What an application with these answers will cost; the answers must be complete."""
    service = services.get(here().db, key)
    clean = forms.check(service, json_data["answers"])
    return fees.quote(service, clean, fees.claimed(service, clean))


@blueprint.get("/places/nearest")
@blueprint.input(NearIn, location="query")
@blueprint.output(PlacesOut)
def nearest(query_data: dict[str, Any]) -> dict[str, Any]:
    """The nearest points, if wanted only those that handle a service."""
    where = query_data["latitude"], query_data["longitude"]
    found = places.nearest(here().db, *where, query_data["service"], 5)
    rows = [{"place": place, "metres": far, "open": places.is_open(place)} for place, far in found]
    return {"places": rows}


@blueprint.get("/regions")
@blueprint.output(RegionsOut)
def divisions() -> dict[str, Any]:
    """The county's divisions in groups."""
    groups = regions.choices(here().db)
    return {
        "regions": [
            {"label": label, "options": [{"value": code, "label": name} for code, name in options]}
            for label, options in groups
        ]
    }


def _form(service: Service) -> list[dict[str, Any]]:
    return [dict(each) for each in forms.fields(service)]
