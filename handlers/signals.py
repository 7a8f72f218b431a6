"""What WeChat reports about our messages: consent given and withdrawn, shown, blocked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from base.outbox import promise
from tracking import messages, subscriptions

from .exchange import Context, Message, Reply, Silence

_ACCEPTED = "accept"
_SHOWN = "success"
_SOON = timedelta(seconds=3)


def consented(context: Context) -> Reply:
    """Count a credit for each template accepted in the popup; a refusal takes what was left."""
    message = context.message
    for template, accepted in _choices(message):
        if accepted:
            subscriptions.credit(
                context.db, message.sender, template, source="popup", report=message.identity
            )
        else:
            subscriptions.empty(context.db, message.sender, template)
    return Silence()


def withdrawn(context: Context) -> Reply:
    """Forget the credits of each template the resident has taken back in the settings."""
    for template, accepted in _choices(context.message):
        if not accepted:
            subscriptions.empty(context.db, context.message.sender, template)
    return Silence()


def delivered(context: Context) -> Reply:
    """Note what became of subscription messages."""
    for entry in _entries(context.message):
        code = str(entry.get("ErrorCode", ""))
        _note(context, str(entry.get("MsgID", "")), "" if code == "0" else code)
    return Silence()


def finished(context: Context) -> Reply:
    """Note what became of a template message; one not yet in the ledger is noted in a moment.

    The platform may report before the answer to our own call has been written down.
    """
    status = context.message.text("Status").strip().lower()
    msgid = context.message.text("MsgID")
    reason = "" if status == _SHOWN else status.removeprefix("failed:").strip() or "unknown"
    if _note(context, msgid, reason):
        return Silence()
    late = promise("message.report", after=_SOON, msgid=msgid, reason=reason)
    return Silence(after=(late,))


def _note(context: Context, msgid: str, reason: str) -> bool:
    """Mark the message of this id; whether one was waiting for the report."""
    if not msgid:
        return True
    if reason:
        return messages.mark_refused(context.db, msgid, reason)
    return messages.mark_arrived(context.db, msgid)


def _choices(message: Message) -> Iterator[tuple[str, bool]]:
    """(template, accepted) of each entry."""
    for entry in _entries(message):
        yield str(entry.get("TemplateId", "")), entry.get("SubscribeStatusString") == _ACCEPTED


def _entries(message: Message) -> Iterator[dict[str, Any]]:
    for entry in message.fields.get("List", []):
        if isinstance(entry, dict):
            yield entry
