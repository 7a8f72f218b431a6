"""Messages: whom they did not reach, what became of each, and sending one once more."""

from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, numbers, texts
from base.errors import Missing
from base.numbers import BadNumber
from feedback import tickets
from feedback.tickets import NoSuchTicket
from people import operators, residents
from tracking import ledger, messages, templates, undeliverable
from tracking.messages import Message
from tracking.undeliverable import Asked

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "all": ledger.ENDED,
    **{state: (state,) for state in ledger.ENDED},
}
PER_PAGE: Final = 50
_TALK: Final = "talk_replied"


@blueprint.get("")
@needs("message.see")
def page() -> ResponseReturnValue:
    """What reached nobody; what it says is the resident's and is not shown."""
    view = request.args.get("view", "all")
    if view not in VIEWS:
        raise Missing
    found = undeliverable.page(here().db, VIEWS[view], _moment("before"), PER_PAGE)
    rows = [each for each in found if _is_ours(each)]
    return render_template(
        "console/messages.html", rows=rows, view=view, views=VIEWS, more=_more(view, found)
    )


def _more(view: str, found: list[Message]) -> str | None:
    """The address of the next page, while there may be one."""
    if len(found) < PER_PAGE:
        return None
    asked = {"view": view, "before": found[-1].at.isoformat()}
    return f"{url_for('console.messages.page')}?{urlencode(asked)}"


def _moment(name: str) -> datetime | None:
    """A moment out of the address; what is none is left out."""
    try:
        found = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


@blueprint.route("/search", methods=["GET", "POST"])
@needs("message.see")
def search() -> ResponseReturnValue:
    """Messages by case, person, kind, state or day; posted: no name stands in an address."""
    rows = None
    if request.method == "POST":
        asked = _asked()
        rows = [each for each in undeliverable.search(here().db, asked) if _is_ours(each)]
        _record(asked, len(rows))
    return render_template(
        "console/messages_search.html",
        rows=rows,
        given=request.form,
        kinds=templates.kinds(),
        states=undeliverable.STATES,
    )


def _asked() -> Asked:
    """What the form asks for: words that are no number are a phone number or a name."""
    word, form = request.form.get("word", "").strip(), request.form
    number, people = "", tuple[str, ...]()
    if word:
        try:
            number = numbers.tidy(word)
        except BadNumber:
            people = tuple(residents.with_phone_or_name(here().db, word)) or ("nobody",)
    given: dict[str, Any] = {"kind": form.get("kind", ""), "state": form.get("state", "")}
    return Asked(number=number, residents=people, day=_day(form.get("day", "")), **given)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _record(asked: Asked, many: int) -> None:
    """Looking for a person is written down, with whom it found and never with what was typed."""
    if asked.residents:
        for id in asked.residents:
            audit.record(here().db, me().actor, "message.search", f"resident:{id}", found=many)


@blueprint.get("/story")
@needs("message.see")
def story() -> ResponseReturnValue:
    """What became of one message: each try, by which channel, and how it ended."""
    message = _ours(request.args.get("key", ""))
    return render_template("console/message.html", message=message, ended=ledger.ENDED)


@blueprint.post("/again")
@needs("message.retry")
def again() -> ResponseReturnValue:
    """Send a message that reached nobody once more."""
    key = _ours(request.form.get("key", "")).key
    if ledger.again(here().db, key, me().actor):
        audit.record(here().db, me().actor, "message.again", f"message:{key}")
        flash(texts.say("console.message_again"), "success")
    else:
        flash(texts.say("console.message_gone"), "warning")
    return redirect(url_for("console.messages.story", key=key), 303)


def _ours(key: str) -> Message:
    message = messages.get(here().db, key)
    if not _is_ours(message):
        raise messages.NoSuchMessage
    return message


def _is_ours(message: Message) -> bool:
    """Whether a message is about a case or ticket of the operator's agency, or a talk she may see.

    Talks are the whole county's.
    """
    if me().agency is None:
        return True
    if message.kind == _TALK:
        return operators.may(me(), "talk.see")
    return scope.covers_case(message.about) or _is_our_ticket(message.about)


def _is_our_ticket(number: str) -> bool:
    try:
        return tickets.may_see(me(), tickets.get(here().db, number))
    except NoSuchTicket:
        return False
