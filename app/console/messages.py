"""Messages that did not reach anybody, and sending them once more."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, texts
from feedback import tickets
from feedback.tickets import NoSuchTicket
from tracking import cases, ledger, messages, undeliverable
from tracking.cases import NoSuchCase

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("messages", __name__, url_prefix="/messages")


@blueprint.get("")
@needs("message.see")
def page() -> ResponseReturnValue:
    """What failed or waits too long; what it says is the resident's and is not shown."""
    rows = [each for each in undeliverable.page(here().db) if _is_ours(each.key)]
    return render_template("console/messages.html", rows=rows)


@blueprint.post("/again")
@needs("message.retry")
def again() -> ResponseReturnValue:
    """Send a failed message once more."""
    key = messages.get(here().db, request.form.get("key", "")).key
    if ledger.again(here().db, key, me().actor):
        audit.record(here().db, me().actor, "message.again", f"message:{key}")
        flash(texts.say("console.message_again"), "success")
    else:
        flash(texts.say("console.message_gone"), "warning")
    return redirect(url_for("console.messages.page"), 303)


def _is_ours(key: str) -> bool:
    """Whether a message is about a case or ticket of the operator's agency."""
    if me().agency is None:
        return True
    number = key.partition(":")[0]
    try:
        cases.get(here().db, number)
    except NoSuchCase:
        return _is_our_ticket(number)
    return scope.covers_case(number)


def _is_our_ticket(number: str) -> bool:
    try:
        return tickets.may_see(me(), tickets.get(here().db, number))
    except NoSuchTicket:
        return False
