"""Consultations and complaints: what awaits an answer by deadline, and the answer itself."""

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, files, numbers, texts
from base.errors import Invalid, Missing
from catalogue import agencies, services
from feedback import checking, grades, masking, publishing, tickets, triage
from feedback.moves import ANSWERED, DONE, OPEN
from feedback.store import CheckRow
from feedback.tickets import Ticket
from people import operators

from .. import downloads
from ..errors import status_of
from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("tickets", __name__, url_prefix="/tickets")

STATES = (OPEN, ANSWERED, DONE)
REVIEW = publishing.REVIEW


@blueprint.get("")
@needs("ticket.see")
def page() -> ResponseReturnValue:
    """The tickets of one state and, if wanted, one kind: urgent ones first, then by deadline.

    A supervisor also finds those whose public answer waits for her hand.
    """
    state, kind = request.args.get("state", OPEN), request.args.get("kind", "")
    states = (*STATES, REVIEW) if _is_supervisor() else STATES
    if state not in states:
        raise Missing
    if state == REVIEW:
        rows = [each for each in _to_review() if kind in ("", each.kind)]
    else:
        rows = tickets.desk(here().db, me(), state, limit=100, kind=kind)
    if state == OPEN:
        rows.sort(key=lambda each: (not each.urgent, each.due_day))
    return render_template(
        "console/tickets.html",
        rows=rows,
        state=state,
        states=states,
        kind=kind,
        offices=_offices(),
    )


@blueprint.get("/<number>")
@needs("ticket.see")
def show(number: str) -> ResponseReturnValue:
    """One ticket, opened; the look is recorded."""
    return _page(_ticket(number))


@blueprint.get("/<number>/files/<id>")
@needs("ticket.see")
def file(number: str, id: str) -> ResponseReturnValue:
    """A photograph or paper sent along; the look is recorded."""
    ticket = _ticket(number)
    if id not in ticket.files:
        raise files.NoSuchFile
    db = here().db
    audit.record(db, me().actor, "ticket.file", f"ticket:{ticket.number}", file=id)
    return downloads.send(files.get(db, id), files.read(db, id))


# The verbs themselves ask for the right to answer or to pass on: integrity matters have their own.
@blueprint.post("/<number>/answer")
@needs("ticket.see")
def answer(number: str) -> ResponseReturnValue:
    """Answer; the resident is told."""
    ticket = _ticket(number)
    scope.check_version(ticket.version)
    try:
        tickets.answer(here().db, ticket.number, me(), request.form.get("text", ""))
    except Invalid as wrong:
        faults = [each["message"] for each in wrong.details] or [texts.explain(wrong)]
        return _page(ticket, faults), status_of(wrong)
    flash(texts.say("console.ticket_answered"), "success")
    return redirect(url_for("console.tickets.show", number=ticket.number), 303)


@blueprint.post("/<number>/transfer")
@needs("ticket.transfer")
def transfer(number: str) -> ResponseReturnValue:
    """Pass on to another agency; the deadline stays."""
    ticket = _ticket(number)
    scope.check_version(ticket.version)
    office = agencies.get(here().db, request.form.get("agency", ""))
    tickets.transfer(here().db, ticket.number, me(), office.id, request.form.get("note", ""))
    flash(texts.say("console.ticket_transferred", agency=office.name), "success")
    return redirect(url_for("console.tickets.page"), 303)


@blueprint.post("/<number>/publish")
@needs("ticket.answer")
def publish(number: str) -> ResponseReturnValue:
    """Ask for the answer to be public, in the words of the form."""
    ticket, form = _ticket(number), request.form
    scope.check_version(ticket.version)
    words = form.get("question", ""), form.get("reply", "")
    photos = ticket.files if form.get("photos") == "yes" else ()
    try:
        done = publishing.propose(here().db, ticket.number, me(), *words, tuple(photos))
    except (Invalid, publishing.NotAgreed) as wrong:
        faults = [each["message"] for each in wrong.details] or [texts.explain(wrong)]
        return _page(ticket, faults), status_of(wrong)
    flash(texts.say(f"console.publication.{done.state}"), "success")
    return _back(ticket)


@blueprint.post("/<number>/confirm")
@needs("ticket.publish")
def confirm(number: str) -> ResponseReturnValue:
    """Publish what wants a supervisor's hand."""
    ticket = _ticket(number)
    publishing.confirm(here().db, ticket.number, me())
    flash(texts.say("console.publication.published"), "success")
    return _back(ticket)


@blueprint.post("/<number>/unpublish")
@needs("ticket.see")
def unpublish(number: str) -> ResponseReturnValue:
    """Take the public answer back."""
    ticket = _ticket(number)
    publishing.withdraw(here().db, ticket.number, me())
    flash(texts.say("console.publication.withdrawn"), "success")
    return _back(ticket)


def _to_review() -> list[Ticket]:
    """The tickets of this operator's house whose public answer waits for a supervisor."""
    found = []
    for each in publishing.pending(here().db):
        with suppress(Missing):
            found.append(tickets.seen(here().db, each.number, me()))
    return found


def _back(ticket: Ticket) -> ResponseReturnValue:
    return redirect(url_for("console.tickets.show", number=ticket.number), 303)


def _ticket(number: str) -> Ticket:
    return tickets.seen(here().db, numbers.tidy(number), me())


def _page(ticket: Ticket, faults: list[str] | None = None) -> str:
    db, operator = here().db, me()
    inside = tickets.read(db, ticket.number, operator.actor, "ticket page")
    ordinary = ticket.route != triage.INTEGRITY
    is_open = ticket.state == OPEN
    return render_template(
        "console/ticket.html",
        ticket=ticket,
        inside=inside,
        offices=_offices(),
        service=_service(ticket),
        papers=[files.get(db, id) for id in ticket.files],
        sees_case=bool(ticket.case)
        and operators.may(operator, "case.see")
        and scope.covers_case(str(ticket.case)),
        answers=is_open and (not ordinary or operators.may(operator, "ticket.answer")),
        transfers=is_open and operators.may(operator, "ticket.transfer"),
        bad=bool(ticket.grade) and grades.is_bad(str(ticket.grade)),
        **_public(ticket, inside),
        faults=faults or [],
        given=request.form,
    )


def _public(ticket: Ticket, inside: tickets.Content) -> dict[str, object]:
    """What the page says of making the answer public, and what this operator may do about it."""
    found = publishing.get(here().db, ticket.number)
    state = found.state if found else ""
    goes = state in publishing.OPEN
    answers = operators.may(me(), "ticket.answer")
    may_ask = bool(inside.answer) and ticket.route != triage.INTEGRITY and not goes and answers
    return {
        "public": found,
        "checks": _checks(ticket, found),
        "publishes": may_ask,
        "confirms": found is not None and publishing.may_confirm(found, me()),
        "unpublishes": goes and (answers or _is_supervisor()),
        "question": masking.question(inside.text) if ticket.may_publish else "",
        "masked": masking.answer(inside.answer or ""),
    }


def _checks(ticket: Ticket, found: publishing.Publication | None) -> list[tuple[str, CheckRow]]:
    """The verdicts on a ticket and on what of it is or was to be public: (what, verdict)."""
    slots = {checking.TEXT: "text"} | dict.fromkeys(ticket.files, "photo")
    if found:
        slots |= {checking.of(found.answer): "answer", checking.of(found.question): "question"}
    known = checking.get(here().db, ticket.number)
    return [
        (texts.say(f"console.checked.{what}"), known[slot])
        for slot, what in slots.items()
        if slot in known
    ]


def _is_supervisor() -> bool:
    return operators.may(me(), "ticket.publish")


def _service(ticket: Ticket) -> str | None:
    """The name of the service a ticket is about."""
    try:
        return services.get(here().db, ticket.service).name if ticket.service else None
    except Missing:
        return ticket.service


def _offices() -> dict[str, str]:
    return {office.id: office.name for office in agencies.browse(here().db)}
