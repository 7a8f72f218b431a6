"""Style sheets and scripts: our own, and Bootstrap's and htmx's out of their wheels."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from base.errors import Missing

from .guard import open_to_all

blueprint = Blueprint("assets", __name__, url_prefix="/assets")

_OWN: Final = Path(__file__).parent / "static"
_CSS, _JS, _SVG = "text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"
_SOURCES: Final = {
    "console.css": (_OWN / "console.css", _CSS),
    "emblem.svg": (_OWN / "emblem.svg", _SVG),
    "bootstrap.css": (
        resources.files("flask_bootstrap") / "static/bootstrap5/css/bootstrap.min.css",
        _CSS,
    ),
    "htmx.js": (resources.files("js_lib_htmx") / "static/htmx/htmx.min.js", _JS),
}


@dataclass(frozen=True)
class Asset:
    """A file as it is served; `stamp` changes with its bytes, so that it may be kept for ever."""

    content: bytes
    type: str
    stamp: str


@lru_cache(maxsize=1)
def _all() -> dict[str, Asset]:
    found = {}
    for name, (source, type) in _SOURCES.items():
        content = source.read_bytes()
        found[name] = Asset(content, type, hashlib.sha256(content).hexdigest()[:12])
    return found


def url(name: str) -> str:
    """The address of an asset in its present state; KeyError when there is none."""
    return url_for("console.assets.show", stamp=_all()[name].stamp, name=name)


@blueprint.get("/<stamp>/<name>")
@open_to_all("style sheets and scripts hold nothing secret, and the sign-in page needs them")
def show(stamp: str, name: str) -> ResponseReturnValue:
    """An asset, to be kept by browsers for a year."""
    asset = _all().get(name)
    if asset is None or asset.stamp != stamp:
        raise Missing
    response = Response(asset.content, content_type=asset.type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
