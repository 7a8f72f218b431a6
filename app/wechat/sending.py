"""A message of the ledger goes out: official account, else mini-program, else the inbox alone."""

import hashlib
from typing import TYPE_CHECKING

from base.errors import Unreachable
from tracking import messages, subscriptions
from tracking.messages import INBOX, Draft, Message

from .. import homes
from ..logs import log
from .verdicts import Refused

if TYPE_CHECKING:
    from ..runtime import Runtime

_NO_CREDIT = 43101
_PERSON_REFUSES = "refused"


def deliver(runtime: "Runtime", key: str) -> None:
    """Keep "message.send": push one message by the first channel that takes it.

    What the platform refuses for good falls through to the next channel; where our own data was
    at fault and no channel took it, the message is marked failed for an operator. Raises
    Unreachable when waiting helps, so that the promise is kept later.
    """
    message = messages.get(runtime.db, key)
    homes.find(runtime.db, message.resident)
    if message.state != "waiting":
        return
    faults: list[str] = []
    for draft in messages.drafts(runtime.db, message):
        try:
            msgid = _push(runtime, message, draft)
        except Unreachable as error:
            fault = _weigh(runtime, message, draft, error)
            faults += [fault] if fault else []
            continue
        if msgid is not None:
            messages.mark_sent(runtime.db, key, draft.channel, msgid or None)
            return
    if faults:
        messages.mark_failed(runtime.db, key, "; ".join(faults), final=True)
    else:
        messages.mark_sent(runtime.db, key, INBOX)


def _push(runtime: "Runtime", message: Message, draft: Draft) -> str | None:
    """Send one draft: the platform's msgid ("" if it gives none), or None without a credit."""
    if draft.channel == "oa":
        link = draft.link if "://" in draft.link else runtime.settings.public_url + draft.link
        return runtime.wechat.send_template(
            draft.openid, draft.template, draft.data, link, _once(message.key)
        )
    if not subscriptions.spend(runtime.db, draft.openid, draft.template, message.key):
        return None
    return runtime.wechat.send_subscribed(draft.openid, draft.template, draft.data, draft.page)


def _once(key: str) -> str:
    """The platform's client_msg_id: the same for every try of one message."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _weigh(runtime: "Runtime", message: Message, draft: Draft, error: Unreachable) -> str:
    """What a failed push means: raises it when waiting helps; else the fault, "" if it is none.

    A person who does not want it, or cannot get it, is no fault of ours.
    """
    if error.retry or not isinstance(error, Refused):
        messages.mark_failed(runtime.db, message.key, f"{draft.channel} {error}", final=False)
        raise error
    log.warning("message refused", channel=draft.channel, reason=error.reason, kind=message.kind)
    if draft.channel == "mp":
        subscriptions.restore(runtime.db, draft.openid, draft.template, message.key)
        if error.code == _NO_CREDIT:
            subscriptions.empty(runtime.db, draft.openid, draft.template)
    return "" if error.kind == _PERSON_REFUSES else f"{draft.channel} {error.reason}"


def report(runtime: "Runtime", _id: str, *, msgid: str, reason: str) -> None:
    """Keep "message.report": note what became of a message whose report came early."""
    messages.mark_reported(runtime.db, msgid, reason)
