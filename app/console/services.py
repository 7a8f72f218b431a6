"""The published services, their versions, and what in them nobody has confirmed yet."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base.errors import Missing
from catalogue import forms, services
from catalogue.shapes import Service

from ..runtime import here
from .guard import ANY_OPERATOR, needs

blueprint = Blueprint("services", __name__, url_prefix="/services")

_MOST_VERSIONS = 20


@blueprint.get("")
@needs(ANY_OPERATOR)
def page() -> ResponseReturnValue:
    """Every published service, or those of a theme."""
    theme, db = request.args.get("theme", ""), here().db
    rows = services.browse(db, theme or None)
    return render_template(
        "console/services.html", rows=rows, theme=theme, themes=services.themes(db)
    )


@blueprint.get("/<key>")
@needs(ANY_OPERATOR)
def show(key: str) -> ResponseReturnValue:
    """One service as published, or in an older version."""
    current = services.get(here().db, key)
    shown = _at(current, request.args.get("version"))
    return render_template(
        "console/service.html",
        service=shown,
        current=current.version,
        versions=_versions(current),
        groups=forms.groups(shown),
    )


def _at(current: Service, version: str | None) -> Service:
    if not version or version == str(current.version):
        return current
    if not (version.isascii() and version.isdigit() and len(version) < 6):
        raise services.NoSuchVersion
    return services.at(here().db, current.key, int(version))


def _versions(current: Service) -> list[int]:
    """The versions there are, newest first; numbers may be missing in between."""
    found = []
    for number in range(current.version, max(0, current.version - _MOST_VERSIONS), -1):
        try:
            found.append(services.at(here().db, current.key, number).version)
        except Missing:
            continue
    return found
