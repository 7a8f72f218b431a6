"""Bad ratings, so that somebody looks into them and calls back."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from base import numbers
from base.errors import Missing
from catalogue import services
from feedback import ratings
from people import operators

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("ratings", __name__, url_prefix="/ratings")


@blueprint.get("")
@needs("rating.see")
def page() -> ResponseReturnValue:
    """The bad ratings of the last three months, newest first."""
    rows = ratings.bad(here().db, me().agency)
    names = {each.service: _name(each.service) for each in rows}
    return render_template("console/ratings.html", rows=rows, names=names)


@blueprint.get("/<number>")
@needs("rating.see")
def show(number: str) -> ResponseReturnValue:
    """One rating with its words; the look is recorded."""
    plain = numbers.tidy(number)
    found = ratings.get(here().db, plain)
    if not operators.covers(me(), found.agency):
        raise ratings.NoSuchRating
    words = ratings.words(here().db, plain, me().actor, "rating page")
    return render_template(
        "console/rating.html",
        rating=found,
        words=words,
        name=_name(found.service),
        sees_case=operators.may(me(), "case.see") and scope.covers_case(plain),
    )


def _name(key: str) -> str:
    try:
        return services.get(here().db, key).name
    except Missing:
        return key
