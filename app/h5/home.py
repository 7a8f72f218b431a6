"""The first page, the search, and where to go in person."""

from flask import Blueprint, Response, render_template, request

from base.errors import Missing
from catalogue import places, regions, search, services
from catalogue.places import Place

from ..runtime import here
from . import sdk, session, tasks

blueprint = Blueprint("home", __name__)
_LONGEST_WORDS = 100
_FOUND = 12
_SHOWN_TASKS = 6
_TOWN = "5"
_NEAREST = 10


@blueprint.get("/")
def index() -> str:
    """Search, what awaits me, and every theme."""
    db, resident = here().db, session.visitor()
    waiting = tasks.of(db, resident.id) if resident else tasks.NONE
    return render_template(
        "h5/home.html", waiting=waiting, shown=_SHOWN_TASKS, themes=services.themes(db)
    )


@blueprint.get("/services")
def browse() -> str:
    """Services found by words, of a theme, or all."""
    db = here().db
    words = request.args.get("words", "").strip()[:_LONGEST_WORDS]
    theme = request.args.get("theme", "")[:_LONGEST_WORDS]
    found = search.find(db, words, _FOUND) if words else services.browse(db, theme or None)
    if theme and not found and not words:
        raise Missing
    return render_template(
        "h5/services.html", found=found, asked=words, theme=theme, themes=services.themes(db)
    )


@blueprint.get("/places")
def points() -> Response:
    """The hall and the towns' centres; those of one town; or the nearest, open ones first."""
    db, town = here().db, request.args.get("town", "")[:12]
    at, key = _position(), request.args.get("service", "")[:64] or None
    spots: list[tuple[Place, int | None]] = []
    if at:
        spots = [*places.nearest(db, *at, key, _NEAREST)]
        spots.sort(key=lambda spot: not places.is_open(spot[0]))
    else:
        spots = [(each, None) for each in _listed(town, key)]
    page = render_template(
        "h5/places.html",
        rows=[(each, places.is_open(each), metres) for each, metres in spots],
        town=town,
        near=bool(at),
        service=services.get(db, key) if key else None,
        towns=regions.choices(db, 4),
        config=sdk.config(),
        sdk=sdk.script(),
    )
    return sdk.loading(page)


def _listed(town: str, key: str | None) -> list[Place]:
    """The hall and the towns' centres; with a town chosen, its villages' stations too."""
    spots = places.handling(here().db, key)
    if town:
        code = regions.get(here().db, town).code[:9]
        return [each for each in spots if each.region.startswith(code)]
    return [each for each in spots if each.level <= _TOWN]


def _position() -> tuple[float, float] | None:
    """Where the phone says it is, if that is a place on Earth."""
    try:
        north, east = float(request.args["latitude"]), float(request.args["longitude"])
    except (KeyError, ValueError):
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None
