"""Finding a service: the catalogue, its guides, fees and places."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, Range

from catalogue import fees, forms, places, regions, search, services
from catalogue.shapes import Service

from ..runtime import here
from .guide_shapes import GuideOut, OptionOut
from .shapes import In, Money, Out, Page, Partly, rows, words

blueprint = APIBlueprint("guides", __name__, url_prefix="/api/v1")


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
    themes = words()
    charged = fields.Boolean(attribute="fees.charged")
    online = fields.Boolean(attribute="online.supported")
    promised = fields.String(attribute="limits.promised.text")


class CardsOut(Out):
    """Services found."""

    services = rows(CardOut)


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

    lines = rows(LineOut)
    total = Money()


class NearIn(In):
    """Where I am (WGS-84 or GCJ-02 degrees) and what for."""

    latitude = fields.Float(required=True, validate=Range(-90, 90))
    longitude = fields.Float(required=True, validate=Range(-180, 180))
    service = fields.String(load_default=None, validate=Length(1, 64))


class HoursOut(Partly):
    """Opening hours as [from, to] pairs in local time."""

    working_days = fields.List(words(), required=True)
    saturday = fields.List(words())


class PlaceOut(Out):
    """A service point and how far it is; `unconfirmed` names what nobody has confirmed yet."""

    id = fields.String(attribute="place.id")
    name = fields.String(attribute="place.name")
    address = fields.String(attribute="place.address")
    phone = fields.String(attribute="place.phone")
    latitude = fields.Float(attribute="place.latitude")
    longitude = fields.Float(attribute="place.longitude")
    hours = fields.Nested(HoursOut, attribute="place.hours")
    open = fields.Boolean()
    metres = fields.Integer()
    unconfirmed = fields.Dict(
        keys=fields.String(), values=fields.String(), attribute="place.unconfirmed"
    )


class PlacesOut(Out):
    """Service points, nearest first."""

    places = rows(PlaceOut)


class GroupOut(Out):
    """A town with its villages, or the choice of those who live elsewhere."""

    label = fields.String()
    options = rows(OptionOut)


class RegionsOut(Out):
    """The county's divisions, as choices of a region question."""

    regions = rows(GroupOut)


class ThemeOut(Out):
    """A theme."""

    name = fields.String()
    services = fields.Integer()


class ThemesOut(Out):
    """Every theme, the fullest first."""

    themes = rows(ThemeOut)


@blueprint.get("/themes")
@blueprint.output(ThemesOut)
def themes() -> dict[str, Any]:
    """Every theme with the number of its services."""
    found = services.themes(here().db)
    return {"themes": [{"name": name, "services": count} for name, count in found]}


@blueprint.get("/services")
@blueprint.input(FindIn, location="query")
@blueprint.output(CardsOut)
def find(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find services in plain words, or browse a theme."""
    asked, limit = query_data["words"].strip(), query_data["limit"]
    if asked:
        return {"services": search.find(here().db, asked, limit)}
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
    """The questions in order, each with the title of its section."""
    groups = forms.groups(service)
    return [dict(each) | {"section": group.title} for group in groups for each in group.fields]
