"""The first page, the search, and where to go in person."""

from flask import Blueprint, render_template, request

from base.errors import Missing
from catalogue import places, regions, search, services

from ..runtime import here
from . import session, tasks

blueprint = Blueprint("home", __name__)
_LONGEST_WORDS = 100
_FOUND = 12
_SHOWN_TASKS = 6
_TOWN = "5"


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
def points() -> str:
    """The hall and the towns' centres; with a town chosen, its villages' stations too."""
    db, town = here().db, request.args.get("town", "")[:12]
    spots = places.handling(db)
    wide = [each for each in spots if each.level <= _TOWN]
    if town:
        wide = [each for each in spots if each.region.startswith(regions.get(db, town).code[:9])]
    rows = [(each, places.is_open(each)) for each in wide]
    return render_template("h5/places.html", rows=rows, town=town, towns=regions.choices(db, 4))
