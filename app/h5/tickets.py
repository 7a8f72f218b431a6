"""Asking and complaining, and what became of it."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import audit, files, numbers, texts
from base.errors import Detail
from catalogue import services
from feedback import filing, rules, tickets
from feedback.tickets import Place, Ticket
from tracking import cases

from .. import downloads
from ..runtime import here
from . import drafts, session, uploads
from .drafts import Draft

blueprint = Blueprint("tickets", __name__)
_LISTED: Final = 50
_PHOTOS: Final = "photos"
_LONGEST_LABEL: Final = 100
_FILED: Final[dict[str, Callable[..., Ticket]]] = {
    rules.CONSULTATION: filing.ask,
    rules.COMPLAINT: filing.complain,
}


@blueprint.get("/tickets")
def mine() -> str:
    """My questions and complaints, newest first."""
    found = tickets.of(here().db, session.caller().id, _LISTED)
    return render_template("h5/tickets.html", tickets=found)


@blueprint.get("/ask")
def ask() -> str:
    """An empty question, perhaps about a service."""
    return _page(rules.CONSULTATION, drafts.fresh(), [])


@blueprint.get("/complain")
def complain() -> str:
    """An empty complaint, perhaps about a case."""
    return _page(rules.COMPLAINT, drafts.fresh(), [])


@blueprint.post("/ask")
def send_question() -> AnyResponse:
    """File a question."""
    return _take(rules.CONSULTATION)


@blueprint.post("/complain")
def send_complaint() -> AnyResponse:
    """File a complaint."""
    return _take(rules.COMPLAINT)


@blueprint.get("/tickets/<number>")
def opened(number: str) -> str:
    """One of mine with its answer."""
    ticket = owned(number)
    db, by = here().db, f"resident:{ticket.resident}"
    return render_template(
        "h5/ticket.html",
        ticket=ticket,
        inside=tickets.read(db, ticket.number, by, "own"),
        attached=[files.get(db, id) for id in ticket.files],
        advice=[texts.say(f"feedback.advice.{each}") for each in ticket.alarms],
        tags=rules.tags(),
        faults=[],
    )


@blueprint.get("/tickets/<number>/files/<id>")
def file(number: str, id: str) -> Response:
    """One of the files of my ticket; the look is recorded."""
    db, ticket = here().db, owned(number)
    if id not in ticket.files:
        raise files.NoSuchFile
    audit.record(db, f"resident:{ticket.resident}", "file.read", f"file:{id}")
    return downloads.send(files.get(db, id), files.read(db, id))


def owned(number: str) -> Ticket:
    """The signed-in resident's own ticket; whatever else the number is raises NoSuchTicket."""
    resident = session.caller()
    try:
        return tickets.owned(here().db, numbers.tidy(number), resident.id)
    except numbers.BadNumber as error:
        raise tickets.NoSuchTicket from error


def _page(kind: str, draft: Draft, faults: list[Detail]) -> str:
    resident = session.caller()
    about = request.values.get("service", "")
    return render_template(
        "h5/write.html",
        kind=kind,
        categories=rules.categories(kind),
        limits=rules.limits(),
        said=request.values,
        service=services.get(here().db, about) if about else None,
        kept=draft["files"],
        faults=faults,
        accepted=uploads.ACCEPTED,
        sealed=drafts.seal(draft, resident.id, kind),
    )


def _take(kind: str) -> AnyResponse:
    resident, said = session.caller(), request.form
    draft = drafts.unseal(said.get("draft.sealed", ""), resident.id, kind)
    faults = uploads.take(here().db, resident.id, (_PHOTOS,), draft["files"])
    wish, _, about = said.get("draft.do", "check").partition(":")
    if wish == "drop":
        draft["files"] = uploads.drop(draft["files"], about)
    if wish == "check" and not faults:
        try:
            ticket = _FILED[kind](here().db, **_written(resident.id, draft))
        except tickets.TicketInvalid as wrong:
            faults = wrong.details
        else:
            return redirect(url_for(".opened", number=ticket.number))
    return make_response(_page(kind, draft, faults), 422 if faults else 200)


def _written(resident: str, draft: Draft) -> dict[str, Any]:
    """What was written, as feedback.filing takes it."""
    said = request.form
    text, place = said.get("text", ""), _place()
    label = said.get("place", "").strip()[:_LONGEST_LABEL]
    if label and place is None and text.strip():
        text = f"{text}\n{texts.say('h5.tickets.at', label=label)}"
    written: dict[str, Any] = {
        "resident": resident,
        "text": text,
        "category": said.get("category") or "other",
        "files": uploads.ids(draft["files"]).get(_PHOTOS, []),
        "key": draft["key"],
        "channel": "h5",
        "place": place,
        "may_publish": said.get("may_publish") == "yes",
    }
    if said.get("service"):
        written["service"] = services.get(here().db, said["service"]).key
    if said.get("case"):
        written["case"] = cases.owned(here().db, numbers.tidy(said["case"]), resident).number
    return written


def _place() -> Place | None:
    """Where it happened, if both degrees can be read; what was typed stays as words otherwise."""
    said = request.form
    try:
        latitude, longitude = float(said["latitude"]), float(said["longitude"])
    except (KeyError, ValueError):
        return None
    label = said.get("place", "").strip()[:_LONGEST_LABEL]
    return Place(latitude=latitude, longitude=longitude, label=label)
