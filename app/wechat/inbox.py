"""Pushes, stored once and answered once: in the request, or by a promise kept afterwards.

The first delivery of a push stores it and answers; a repeat is given the very answer that was
stored. A push whose worker died, or met a bug, before it had an answer is answered again, when it
is repeated or, if the platform has given up, by a promise: answer functions are safe to run twice
for one message.
An answer that only reads is kept with its push in the chat of its sender, in the one write that
also finds nothing under way there (handlers/store.py). What a worker answers is stored with its
promise and met with `success`; its words follow.
"""

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pymongo.errors import PyMongoError

from base import clock, outbox, privacy, texts
from base.errors import Problem, Unreachable
from base.outbox import Promise
from handlers import revoking, table, unsaid
from handlers import store as chats
from handlers.exchange import Card, Context, Links, Message, Reply, Silence, Text, Transfer
from handlers.store import Answered
from handlers.table import Row
from people import residents
from people.residents import Account

from ..logs import log
from . import envelope, saying, store
from .envelope import ACCEPTED, Channel
from .store import PushRow
from .verdicts import Refused

if TYPE_CHECKING:
    from ..runtime import Runtime

_BODY = "push.body"
_REPLY = "push.reply"
_LEASE = timedelta(seconds=4)
_GIVEN_UP = timedelta(seconds=20)
_OWED = timedelta(minutes=10)
_PATIENCE_SECONDS = 0.8
_PAUSE_SECONDS = 0.05
_SHOWN = 60
_NOBODY = 40003
_TRIES = 3
_PLACE = frozenset(
    {"Latitude", "Longitude", "Precision", "Location_X", "Location_Y", "SendLocationInfo"}
)


def receive(runtime: "Runtime", channel: Channel, message: Message) -> str:
    """The rendered answer to a push: made now, or the one its first delivery was given.

    Where a bug leaves none, the push is kept and met with `success`: its promise answers it later.
    Only a store that is away lets the platform push again.
    """
    try:
        return _receive(runtime, channel, message)
    except PyMongoError:
        raise
    except Exception as error:  # noqa: BLE001 - what is not met with success loses the message
        log.error("answer failed", error=error, kind=message.kind[:_SHOWN])
        store.add(runtime.db, _push(channel, message, store.overlooked(_GIVEN_UP)))
        return ACCEPTED


def _receive(runtime: "Runtime", channel: Channel, message: Message) -> str:
    row = table.find(message, runtime.answers)
    if row.where == "worker":
        store.add(runtime.db, _push(channel, message, outbox.promise("push.worker")))
        return ACCEPTED
    context = _context(runtime, message)
    if row.reads and (answer := _read(runtime, channel, context, row)) is not None:
        return answer
    if store.add(runtime.db, _push(channel, message, store.overlooked(_GIVEN_UP))):
        if row is table.UNKNOWN:
            log.warning("push unknown", kind=message.kind[:_SHOWN], name=message.event[:_SHOWN])
        return _answer(runtime, channel, context, row)
    return _repeat(runtime, channel, context, row)


def _push(channel: Channel, message: Message, *owed: Promise) -> PushRow:
    now = clock.now()
    push = PushRow(
        _id=message.identity,
        at=now,
        appid=channel.appid,
        who=store.who(message.account, message.sender),
        body=privacy.seal_json(message.fields, _BODY),
        lease=now + _LEASE,
        outbox={each["id"]: each for each in owed},
    )
    if owed:
        push["due"] = min(each["due"] for each in owed)
    return push


def _read(runtime: "Runtime", channel: Channel, context: Context, row: Row) -> str | None:
    """The answer to what only asks, kept with it in one write that proves its chat idle.

    Most chats are: so nothing is looked up before. None where something is under way or the answer
    owes something, and the push is stored like any other; a repeat is given the first's.
    """
    message, key = context.message, context.account.key
    moment = min(context.now, message.moment)
    context.presume(None)
    rendered = envelope.render(reply := _ask(context, row), message, channel.format, context.now)
    kept, owed = _kept(message, reply, rendered)
    body = kept.get("body") or privacy.seal_json(message.fields, _BODY)
    answer = Answered(id=message.identity, at=context.now, body=body, reply=kept["reply"])
    for _ in range(_TRIES):
        if not owed and chats.answered(runtime.db, key, answer, moment):
            return rendered
        chat = chats.dialogue(runtime.db, key)
        context.presume(chat)
        for each in chat.get("lately", ()) if chat else ():
            if each["id"] == message.identity:
                return privacy.open(each["reply"], _REPLY) if each["reply"] else ACCEPTED
        if owed or (chat and chat.get("busy", chat["gone"]) > moment):
            break
    return None


def _repeat(runtime: "Runtime", channel: Channel, context: Context, row: Row) -> str:
    """Wait a moment for the answer in the making; take over when its maker has died."""
    message = context.message
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and (push := store.find(runtime.db, message.identity)):
        if "reply" in push:
            return privacy.open(push["reply"], _REPLY)
        now = clock.now()
        if push["lease"] <= now and store.lease(runtime.db, push, now + _LEASE):
            return _answer(runtime, channel, _context(runtime, message), row)
        time.sleep(_PAUSE_SECONDS)
    return ACCEPTED


def _answer(runtime: "Runtime", channel: Channel, context: Context, row: Row) -> str:
    """Run the answer function, store what it says with what it promises, and give it back."""
    message, reply = context.message, _ask(context, row)
    rendered = envelope.render(reply, message, channel.format, context.now)
    return _keep(runtime, message, reply, rendered, in_time=True)


def _keep(
    runtime: "Runtime", message: Message, reply: Reply, rendered: str, *, in_time: bool
) -> str:
    """Store an answer, unless there is one; the one that is stored."""
    kept, after = _kept(message, reply, rendered)
    if store.answered(runtime.db, message.identity, kept, after, in_time=in_time):
        return rendered
    first = store.find(runtime.db, message.identity)
    return privacy.open(first["reply"], _REPLY) if first and "reply" in first else rendered


def _kept(
    message: Message, reply: Reply, rendered: str
) -> tuple[dict[str, Any], tuple[Promise, ...]]:
    """What is stored of an answer and what it owes: words not rendered follow as a message.

    Where somebody was is not kept beyond the answer.
    """
    kept: dict[str, Any] = {"reply": privacy.seal(rendered, _REPLY)}
    if not _PLACE.isdisjoint(message.fields):
        told = {name: each for name, each in message.fields.items() if name not in _PLACE}
        kept["body"] = privacy.seal_json(told, _BODY)
    late = [_words(reply) if rendered == ACCEPTED else "", reply.more]
    if not any(late):
        return kept, reply.after
    pieces = (piece for words in late for piece in unsaid.pieces(words))
    kept["said"] = [privacy.seal(piece, _REPLY) for piece in pieces]
    return kept, (*reply.after, outbox.promise("push.answer"))


def _context(runtime: "Runtime", message: Message) -> Context:
    """What the answer to a message may use."""
    settings = runtime.settings
    appid = settings.wechat_oa_appid if message.account == "oa" else settings.wechat_mp_appid
    return Context(
        db=runtime.db,
        account=Account(message.account, appid, message.sender),
        message=message,
        links=Links(settings.public_url),
        now=clock.now(),
    )


def _ask(context: Context, row: Row) -> Reply:
    """What the answer function says, with what was left unsaid; a problem in its own sentence.

    Whoever has left since she spoke is told nothing.
    """
    message = context.message
    try:
        return unsaid.show(context, row.answer(context))
    except residents.NoSuchAccount:
        return Silence()
    except Problem as problem:
        log.info("answer refused", code=problem.code, kind=message.event or message.kind)
        faults = [each["message"] for each in problem.details]
        return Text(words="\n".join([texts.explain(problem), *faults]))


def _words(reply: Reply) -> str:
    """A reply as plain words, for a customer-service message; silence has none.

    Only the answer to a push hands over to WeChat's own client: too late for that, she is asked to
    call again.
    """
    match reply:
        case Text(words=words):
            return words
        case Card(title=title, words=words, link=link):
            return f"{title}\n{words}\n{link}"
        case Transfer():
            return texts.say("chat.talk.call_again")
    return ""


def perform(runtime: "Runtime", id: str) -> None:
    """Keep "push.answer": send as customer service what could not be answered in the request.

    What the platform will not show her now (her window has closed), or may not have shown her,
    waits for her next message; the address of nobody is let go.
    """
    push = store.find(runtime.db, id)
    said = push.get("said") if push else None
    if push is None or not said:
        return
    for count, words in enumerate(said, 1):
        _say(runtime, push, len(said) - count, privacy.open(words, _REPLY))
        store.told(runtime.db, id, said[count:])


def _say(runtime: "Runtime", push: PushRow, place: int, words: str) -> None:
    """Say one message of an answer; `place` is how many follow it, the same at every try."""
    message, doubted = _message(runtime, push), push.get("doubted") == place
    try:
        if saying.say(runtime, message.account, message.sender, words, doubted=doubted):
            return
    except Unreachable as error:
        if error.retry:
            if error.doubtful:
                store.doubt(runtime.db, push["_id"], place)
            raise
        log.info("answer not shown", reason=error.reason)
        if isinstance(error, Refused) and error.code == _NOBODY:
            return
    unsaid.leave(_context(runtime, message), place, words)


def catch_up(runtime: "Runtime", id: str) -> None:
    """Keep "push.worker" and "push.overlooked": answer what no request has answered.

    Whoever has left since she spoke is told nothing, and nothing is kept of what she said.
    """
    push = store.find(runtime.db, id)
    if push is None or "reply" in push:
        return
    message = _message(runtime, push)
    context = _context(runtime, message)
    reply = _ask(context, table.find(message, runtime.answers))
    left = residents.has_left(runtime.db, context.account, message.moment)
    if left:
        reply = Silence(after=reply.after)
        revoking.unlearn(runtime.db, context.account.key)
    _keep(runtime, message, reply, ACCEPTED, in_time=False)
    if left:
        store.empty(runtime.db, [id], privacy.seal(ACCEPTED, _REPLY))


def _message(runtime: "Runtime", push: PushRow) -> Message:
    """A stored push as it came."""
    account: Literal["oa", "mp"] = "oa" if push["appid"] == runtime.wechat.oa.appid else "mp"
    return envelope.message(account, push["appid"], privacy.open_json(push["body"], _BODY))


def forget(runtime: "Runtime", id: str, *, kind: str, openid: str, until: datetime) -> None:
    """Keep "account.forgotten": empty what an account that has left pushed up to a moment.

    What is still owed for a push (a photograph of a ticket) is waited for, and what an answer on
    its way has left behind is deleted then. `id` is the push that told of the leaving, or the
    resident of whom the platform was asked.
    """
    done, waits = store.owing(runtime.db, store.who(kind, openid), until, but=id)
    store.empty(runtime.db, done if waits else [*done, id], privacy.seal(ACCEPTED, _REPLY))
    if waits:
        again = clock.now() + _OWED
        raise Unreachable("pushes", reason="something is owed", until=again)
    if residents.by_account(runtime.db, kind, openid) is None:
        revoking.unlearn(runtime.db, Account(kind, "", openid).key)
