"""What every page shares: security headers, words and signs, who is signed in, large letters."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from base import clock, money, numbers, texts
from tracking import days, messages

from ..runtime import here
from . import session
from .county import county

blueprint = Blueprint("frame", __name__)
ELDER: Final = "elder"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_HEADERS: Final = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@blueprint.get("/elder")
def elder() -> AnyResponse:
    """Switch large letters on or off, and go back to where one was."""
    back = redirect(session.own_path(request.args.get("to", "")))
    on = request.args.get("on") == "1"
    lasts = _YEAR_SECONDS if on else 0
    back.set_cookie(ELDER, "1" if on else "", max_age=lasts, path="/", samesite="Lax")
    return back


def is_elder() -> bool:
    """Whether the pages are to be shown in large letters."""
    return request.cookies.get(ELDER) == "1"


def protect(app: Flask) -> None:
    """Put the security headers on every answer under /h5, errors included.

    Error pages stand outside the blueprint and yet must say whose pages they are.
    """
    app.add_template_global(county, "county_of_pages")

    @app.after_request
    def headers(response: Response) -> Response:
        if request.path.startswith("/h5"):
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Content-Security-Policy", policy())
            if request.endpoint != "h5.static":
                private = "private, no-store" if cookie else "no-cache"
                response.headers.setdefault("Cache-Control", private)
        return response


def policy(*origins: str) -> str:
    """What a page may load, and where its forms may lead beside to us."""
    forms = " ".join(("form-action 'self'", *origins))
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"{forms}; frame-ancestors 'none'"
    )


def context() -> dict[str, Any]:
    """What the templates may say without being told."""
    return {
        "words": texts.table("h5"),
        "county": county,
        "visitor": session.visitor,
        "elder": is_elder(),
        "here": request.full_path.rstrip("?"),
        "unread": _unread,
        "grade_name": _named("feedback.grades"),
        "tag_name": _named("feedback.tags"),
        "level_name": _named("people.levels"),
        "standing_name": _named("people.standings"),
        "standing_needed": _named("people.standing_needed"),
        "category_name": lambda kind, key: texts.say(f"feedback.categories.{kind}.{key}"),
        "yuan": yuan,
        "moment": moment,
        "day": day,
        "spoken": numbers.spoken,
        "sign_in": _sign_in,
    }


def yuan(fen: int) -> str:
    """8000 fen as people say it: 80; 8050 as 80.50."""
    return money.yuan(fen).removesuffix(".00")


def moment(at: datetime) -> str:
    """A moment in Shanghai, to the minute."""
    local = at.astimezone(clock.SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


def day(of: date | str) -> str:
    """A day as people say it."""
    return days.spoken_day(of if isinstance(of, str) else of.isoformat())


def _unread() -> int:
    found = session.visitor()
    return messages.unread(here().db, found.id) if found else 0


def _sign_in(to: str) -> str:
    return url_for("h5.signing.sign_in", to=to)


def _named(table: str) -> Callable[[object], str]:
    """The words of a table of config/texts by their key."""
    return lambda key: texts.say(f"{table}.{key}")
