"""Answers made public: what others have asked, service by service."""

from flask import Blueprint, Response, render_template

from base import files, numbers
from base.errors import Missing
from catalogue import services
from feedback import publishing
from feedback.publishing import Publication

from .. import downloads
from ..runtime import here

blueprint = Blueprint("answers", __name__)
_LISTED = 100


@blueprint.get("/answers")
def listed() -> str:
    """The latest public answers, by the service they are about."""
    found: dict[str, list[Publication]] = {}
    for each in publishing.shown(here().db, limit=_LISTED):
        found.setdefault(each.service or "", []).append(each)
    groups = [(_name(key), each) for key, each in found.items()]
    return render_template("h5/answers.html", groups=groups)


@blueprint.get("/answers/<number>/photos/<id>")
def photo(number: str, id: str) -> Response:
    """A photograph made public with its answer."""
    try:
        file = publishing.photo(here().db, numbers.tidy(number), id)
    except numbers.BadNumber as error:
        raise files.NoSuchFile from error
    return downloads.send(files.get(here().db, file), files.read(here().db, file))


def _name(key: str) -> str:
    try:
        return services.get(here().db, key).short_name if key else ""
    except Missing:
        return key
