"""Who sits at the console: a key in a cookie of its own, the sign-in itself in the store."""

import secrets
from datetime import timedelta
from typing import Final

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface

from base import clock, privacy
from base.store import Database
from people import operators
from people.operators import Operator

from . import store

ROOT: Final = "/console"
COOKIE: Final = "console"
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_TOUCHED_EVERY: Final = timedelta(seconds=30)
_KEY: Final = "operator_key"
_PURPOSE: Final = "console.session"


class Doors(SecureCookieSessionInterface):
    """Two cookies for two doors: residents' pages and the console never share a session."""

    def get_cookie_name(self, app: Flask) -> str:
        """The console's cookie has a name of its own."""
        return COOKIE if _is_console() else super().get_cookie_name(app)

    def get_cookie_path(self, app: Flask) -> str:
        """The console's cookie is sent to the console only."""
        return ROOT if _is_console() else super().get_cookie_path(app)

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Nothing outside may send the console's cookie."""
        return "Strict" if _is_console() else super().get_cookie_samesite(app)


def _is_console() -> bool:
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def begin(db: Database, operator: Operator) -> None:
    """Sign an operator in under a new key; what the cookie held before is gone."""
    end(db)
    moment, key = clock.now(), secrets.token_urlsafe(32)
    store.sessions(db).insert_one(
        {
            "_id": _id(key),
            "operator": operator.username,
            "started": moment,
            "seen": moment,
            "ends": moment + LONGEST,
        }
    )
    session[_KEY] = key


def present(db: Database, *, quiet: bool = False) -> Operator | None:
    """Who sits there, if anybody still does: idle at most IDLE, signed in at most LONGEST.

    A `quiet` look is not a sign of life: a page that refreshes itself keeps nobody signed in.
    """
    id = _id(str(session.get(_KEY, "")))
    row, moment = store.find(db, id), clock.now()
    if row is None or moment > min(row["seen"] + IDLE, row["ends"]):
        return None
    if not quiet and moment - row["seen"] > _TOUCHED_EVERY:
        store.touch(db, id, moment)
    try:
        return operators.get(db, row["operator"])
    except operators.NoSuchOperator:
        return None


def end(db: Database) -> None:
    """Sign out for good: the key opens nothing any more."""
    store.end(db, _id(str(session.get(_KEY, ""))))
    session.clear()


def _id(key: str) -> str:
    return privacy.digest(key, _PURPOSE)
