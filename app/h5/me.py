"""What we know of the resident, what she agreed to, and who has looked."""

from itertools import chain
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import audit
from base.store import Database
from feedback import tickets
from people import residents
from people.residents import Resident
from tracking import cases

from ..runtime import here
from . import session

blueprint = Blueprint("me", __name__)
_SUBJECTS = 20
_LOOKS = 50


@blueprint.get("/me")
def show() -> str:
    """My data, masked."""
    return render_template("h5/me.html", resident=session.caller())


@blueprint.get("/me/consents")
def consents() -> str:
    """What I agreed to and may take back."""
    found = residents.standing(here().db, session.caller().id)
    return render_template("h5/consents.html", consents=found)


@blueprint.post("/me/consents")
def take_back() -> AnyResponse:
    """Take a consent back; what rested on it is asked for again when it is needed."""
    residents.withdraw(here().db, session.caller().id, request.form.get("purpose", ""))
    return redirect(url_for(".consents"))


@blueprint.get("/me/looks")
def looks() -> str:
    """Who looked at my data, my cases and my letters, newest first."""
    me = session.caller()
    return render_template("h5/looks.html", looks=_looks(here().db, me), me=me.id)


def _looks(db: Database, resident: Resident) -> list[dict[str, Any]]:
    mine = [f"case:{each.number}" for each in cases.of(db, resident.id, _SUBJECTS)]
    mine += [f"ticket:{each.number}" for each in tickets.of(db, resident.id, _SUBJECTS)]
    subjects = [f"resident:{resident.id}", *mine]
    found = chain.from_iterable(audit.of_subject(db, each, _SUBJECTS) for each in subjects)
    return sorted(found, key=lambda line: line["at"], reverse=True)[:_LOOKS]
