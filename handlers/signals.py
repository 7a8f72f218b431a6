"""What WeChat reports about our messages: consent given and withdrawn, shown, blocked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from base.outbox import Promise, promise
from people import residents
from tracking import reports, subscriptions, ways

from .exchange import Context, Message, Reply, Silence

_ACCEPTED = "accept"
_SHOWN = "success"
_SOON = timedelta(seconds=3)


def consented(context: Context) -> Reply:
    """Count a credit for each template accepted in the popup; a refusal takes what was left."""
    message = context.message
    told: dict[str, Any] = {"report": message.identity, "told": message.created}
    for template, accepted in _choices(message):
        if accepted:
            subscriptions.credit(context.db, message.sender, template, source="popup", **told)
        else:
            subscriptions.refuse(context.db, message.sender, template, **told)
    return _unless_left(context)


def withdrawn(context: Context) -> Reply:
    """Forget the credits of each template the resident has taken back in the settings."""
    message = context.message
    told: dict[str, Any] = {"report": message.identity, "told": message.created}
    for template, accepted in _choices(message):
        if not accepted:
            subscriptions.refuse(context.db, message.sender, template, **told)
    return _unless_left(context)


def _unless_left(context: Context) -> Reply:
    """Nothing is said; of whoever has left since she chose, which is told late, nothing is kept."""
    if residents.has_left(context.db, context.account, context.message.moment):
        subscriptions.forget(context.db, context.message.sender)
    return Silence()


def delivered(context: Context) -> Reply:
    """Note what became of subscription messages, or notices of the official account."""
    late: list[Promise] = []
    channel = "mp" if context.message.account == "mp" else "biz"
    for entry in _entries(context.message):
        code, template = str(entry.get("ErrorCode", "")), str(entry.get("TemplateId", ""))
        went = ways.address(channel, context.message.sender, template)
        late += _note(context, str(entry.get("MsgID", "")), "" if code == "0" else code, went)
    return Silence(after=tuple(late))


def finished(context: Context) -> Reply:
    """Note what became of a template message."""
    status = context.message.text("Status").strip().lower()
    reason = "" if status == _SHOWN else status.removeprefix("failed:").strip() or "unknown"
    went = ways.address("oa", context.message.sender)
    return Silence(after=tuple(_note(context, context.message.text("MsgID"), reason, went)))


def _note(context: Context, msgid: str, reason: str, went: str) -> list[Promise]:
    """Note what became of the message of this id, or that went there; else look again in a moment.

    The platform may report before the answer to our own call has been written down.
    """
    if not msgid or reports.note(context.db, msgid, reason, went):
        return []
    told: dict[str, Any] = {"msgid": msgid, "reason": reason, "address": went}
    return [promise("message.report", after=_SOON, since=context.now, **told)]


def _choices(message: Message) -> Iterator[tuple[str, bool]]:
    """(template, accepted) of each entry."""
    for entry in _entries(message):
        status = str(entry.get("SubscribeStatusString", ""))
        yield str(entry.get("TemplateId", "")), status.startswith(_ACCEPTED)


def _entries(message: Message) -> Iterator[dict[str, Any]]:
    for entry in message.fields.get("List", []):
        if isinstance(entry, dict):
            yield entry
