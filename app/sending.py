"""A message of the ledger goes out by the first way that takes it, else the inbox alone has it.

A send is opened in the ledger before the call is made. What certainly was not sent is tried again
or goes the next way; what may have been sent goes no other way. It is repeated only where the
platform knows the repetition by its id, and is otherwise unknown until the platform tells, or for
five minutes. A platform that says it is busy has almost never sent: that is tried again, and is in
doubt once the platform then knows of no credit.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from base import clock
from base.errors import Unreachable
from people import residents
from tracking import ledger, subscriptions, templates, ways
from tracking.messages import Message
from tracking.store import MessageLine, MessageRow
from tracking.ways import Way

from . import homes, quiet, sms
from .logs import log
from .wechat import verdicts
from .wechat.verdicts import Held

if TYPE_CHECKING:
    from .runtime import Runtime

_NO_CREDIT: Final = 43101
_NOT_FOLLOWING: Final = 43004
_BEGUN: Final = ("sending", "unknown")
_URGENT_WAITS: Final = timedelta(minutes=5)
_REFUSALS: Final = (verdicts.Refused, sms.Refused)


def deliver(runtime: "Runtime", key: str, *, resident: str = "", turn: str = "") -> None:
    """Keep "message.send": push one message when it is its turn, by the first way that takes it.

    Raises Unreachable when waiting helps, so that the promise is kept later.
    """
    message, before = ledger.line(runtime.db, key, resident, turn)
    message = message and _due(runtime, message, before)
    if message is None:
        return
    reach = residents.reach(runtime.db, message.resident)
    if reach.id != message.resident:
        homes.find(runtime.db, message.resident)
    notes: list[MessageLine] = []
    held: list[Held] = []
    for way in ways.of(message, reach, sms=runtime.sms is not None):
        if message.state in _BEGUN and way.channel != message.channel:
            continue
        closed = way.closed or _credit(runtime, message, way) or _held(runtime, message, way, held)
        if closed:
            notes += _once(message, way.channel, closed)
            continue
        opened = ledger.start(runtime.db, message, way, notes)
        message = opened and _send(runtime, opened, way)
        if message is None:
            return
        notes = []
    _end(runtime, message, notes, held)


def _due(runtime: "Runtime", message: Message, before: MessageRow | None) -> Message | None:
    """The message, if it may be sent now; None when nothing is left to be done.

    Raises Unreachable while the night, another message or the platform's word is waited for.
    """
    night = quiet.until(runtime.settings.quiet_hours, clock.now())
    if night and message.state != "sending" and not message.row["urgent"]:
        raise Unreachable("ledger", reason="quiet hours", until=night)
    if before is not None and message.row["urgent"]:
        before = ledger.urgent_before(runtime.db, message)
    if before is not None:
        ledger.wait_for(runtime.db, message, before)
    if message.state == "sending":
        return _interrupted(runtime, message)
    if message.state == "unknown":
        return _doubted(message)
    return message


def _interrupted(runtime: "Runtime", message: Message) -> Message:
    """A send that was opened and never closed: whoever made it has died or was cut off."""
    opened = message.row["opened"]
    if message.channel == "oa" and opened and clock.now() < opened + ledger.ONCE - ledger.MARGIN:
        return message
    raise _unknown(runtime, message, "interrupted")


def _unknown(
    runtime: "Runtime", message: Message, reason: str, *, repeated: bool = False
) -> Unreachable:
    """Note that a message may have been sent; what to raise until the platform's word is due."""
    until = ledger.doubt(runtime.db, message, reason, repeated=repeated)
    return Unreachable("ledger", reason=f"unknown: {reason}", until=until)


def _doubted(message: Message) -> Message | None:
    """A message that may have been sent: repeated once when the platform has kept silent.

    A template message is not: past its ten minutes the platform would take it for another one.
    """
    again = message.row["again"]
    if again is not None and clock.now() < again:
        raise Unreachable("ledger", reason="unknown", until=again)
    return None if message.row["repeated"] or message.channel == "oa" else message


def _held(runtime: "Runtime", message: Message, way: Way, held: list[Held]) -> str | None:
    """Why a way is passed by: its template is of no use, or opens too late for urgent words.

    The latter is added to `held`. Raises Held where opening is waited for.
    """
    try:
        _look(runtime, way)
    except Held as closed:
        begun, stopped = message.state in _BEGUN, closed.kind == "template"
        late = message.row["urgent"] and closed.until > clock.now() + _URGENT_WAITS
        if not stopped and (begun or not late):
            raise
        held += [] if stopped else [closed]
        if not begun:
            _give_back(runtime, message, way)
        return ledger.STOPPED if stopped else "held"
    return None


def _look(runtime: "Runtime", way: Way) -> None:
    """Raise Held while a send by a way would not even be made."""
    if way.channel in templates.PUSHED:
        runtime.wechat.ready(way.channel, way.template)
    else:
        assert runtime.sms is not None
        runtime.sms.ready(way.template)


def _end(runtime: "Runtime", message: Message, notes: list[MessageLine], held: list[Held]) -> None:
    """Leave a message to the inbox; one that may have been sent stays in doubt.

    Raises the first Held to end while a way is only waited for.
    """
    if held:
        raise min(held, key=lambda each: each.until)
    if message.state == "sending":
        raise _unknown(runtime, message, "interrupted")
    if message.state != "unknown":
        ledger.settle(runtime.db, message, notes)


def _credit(runtime: "Runtime", message: Message, way: Way) -> str | None:
    """Take the credit a subscription message needs; why not, if there is none."""
    if way.channel not in ways.SUBSCRIBED:
        return None
    taken = subscriptions.spend(runtime.db, way.to, way.template, _holder(message))
    return None if taken else "no_credit"


def _once(message: Message, channel: str, reason: str) -> list[MessageLine]:
    """A line saying that a way is closed, unless this round's story has it."""
    told = ledger.this_round(message.row)
    known = any(each["channel"] == channel and each["reason"] == reason for each in told)
    outcome = "failed" if reason == ledger.STOPPED else "skipped"
    return [] if known else [ledger.note(outcome, channel, reason)]


def _send(runtime: "Runtime", message: Message, way: Way) -> Message | None:
    """Make the call of an opened send; the message if it must go another way, None if it is done.

    Raises Unreachable when this way is tried again.
    """
    try:
        msgid = _SENDERS[way.channel](runtime, message, way)
    except _REFUSALS as refusal:
        if refusal.retry:
            ledger.put_back(runtime.db, message, refusal.reason, unsure=refusal.doubtful)
            raise
        return _refused(runtime, message, way, refusal)
    except Unreachable as error:
        if not error.doubtful or error.until is not None:
            ledger.put_back(runtime.db, message, error.reason)
            raise
        if way.channel == "oa":
            raise
        raise _unknown(runtime, message, error.reason) from error
    ledger.accepted(runtime.db, message, msgid or None)
    return None


def _template(runtime: "Runtime", message: Message, way: Way) -> str:
    link, once = _link(runtime, message), message.row["client"] or ""
    return runtime.wechat.send_template(way.to, way.template, message.data, link, once)


def _subscribed(runtime: "Runtime", message: Message, way: Way) -> str:
    return runtime.wechat.send_subscribed(way.to, way.template, message.data, message.page)


def _noticed(runtime: "Runtime", message: Message, way: Way) -> str:
    link = _link(runtime, message)
    return runtime.wechat.send_notice(way.to, way.template, message.data, link)


def _link(runtime: "Runtime", message: Message) -> str:
    """The page a message of the official account opens."""
    return message.link if "://" in message.link else runtime.settings.public_url + message.link


def _text(runtime: "Runtime", message: Message, way: Way) -> str:
    assert runtime.sms is not None
    return runtime.sms.send(way.to, way.template, message.parameters, message.key)


_SENDERS: Final[dict[str, Callable[["Runtime", Message, Way], str]]] = {
    "oa": _template,
    "mp": _subscribed,
    "biz": _noticed,
    "sms": _text,
}


def _refused(
    runtime: "Runtime", message: Message, way: Way, refusal: verdicts.Refused | sms.Refused
) -> Message | None:
    """A channel said no for good: give the credit back and go on.

    A person who does not want it, or cannot get it, is no fault of ours. Where an earlier try may
    have used the credit it is not given back; where the platform then knows of none, Unreachable is
    raised, for the message may have come.
    """
    log.warning("message refused", channel=way.channel, reason=refusal.reason, kind=message.kind)
    if way.channel in ways.SUBSCRIBED and refusal.code == _NO_CREDIT:
        subscriptions.empty(runtime.db, way.to, way.template)
        if ledger.unsure(message.row):
            raise _unknown(runtime, message, refusal.reason, repeated=True) from refusal
    else:
        _give_back(runtime, message, way)
    if way.channel == "oa" and refusal.code == _NOT_FOLLOWING:
        residents.look(runtime.db, message.resident, way.to)
    outcome = "refused" if refusal.kind == "refused" else "failed"
    return ledger.passed(runtime.db, message, outcome, f"{way.channel} {refusal.reason}")


def _give_back(runtime: "Runtime", message: Message, way: Way) -> None:
    """Give back the credit of what was certainly not sent."""
    if way.channel in ways.SUBSCRIBED and not ledger.unsure(message.row):
        subscriptions.restore(runtime.db, way.to, way.template, _holder(message))


def _holder(message: Message) -> str:
    """Under which name a message holds its credit: another one when it is sent once more."""
    return f"{message.key}:{message.row['round']}"
