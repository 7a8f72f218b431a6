"""Pushes, stored once and answered once: in the request, or by a promise kept afterwards.

The first delivery of a push stores it and answers; a repeat is given the very answer that was
stored. A push whose worker died before it had an answer is answered again, when it is repeated or,
if the platform has given up, by a promise: answer functions are safe to run twice for one message.
"""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from base import clock, outbox, privacy, texts
from base.errors import Problem
from handlers import table
from handlers.exchange import Card, Context, Links, Message, Reply, Text
from people import residents
from people.residents import Account

from ..logs import log
from . import envelope, store
from .envelope import ACCEPTED, Channel
from .store import PushRow
from .verdicts import Refused

if TYPE_CHECKING:
    from ..runtime import Runtime

_BODY = "push.body"
_REPLY = "push.reply"
_LEASE = timedelta(seconds=4)
_GIVEN_UP = timedelta(seconds=20)
_PATIENCE_SECONDS = 0.8
_PAUSE_SECONDS = 0.05


def receive(runtime: "Runtime", channel: Channel, message: Message) -> str:
    """The rendered answer to a push: made now, or the one its first delivery was given."""
    if store.add(runtime.db, _row(channel, message)):
        return _answer(runtime, channel, message)
    return _repeat(runtime, channel, message)


def _row(channel: Channel, message: Message) -> PushRow:
    now, owed = clock.now(), store.overlooked(_GIVEN_UP)
    return PushRow(
        _id=message.identity,
        at=now,
        appid=channel.appid,
        body=privacy.seal_json(message.fields, _BODY),
        lease=now + _LEASE,
        outbox={owed["id"]: owed},
        due=owed["due"],
    )


def _repeat(runtime: "Runtime", channel: Channel, message: Message) -> str:
    """Wait a moment for the answer in the making; take over when its maker has died."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and (row := store.find(runtime.db, message.identity)):
        if "reply" in row:
            return privacy.open(row["reply"], _REPLY)
        now = clock.now()
        if row["lease"] <= now and store.lease(runtime.db, row, now + _LEASE):
            return _answer(runtime, channel, message)
        time.sleep(_PAUSE_SECONDS)
    return ACCEPTED


def _answer(runtime: "Runtime", channel: Channel, message: Message) -> str:
    """Run the answer function, store what it says with what it promises, and give it back."""
    reply = _ask(runtime, message)
    return _keep(
        runtime, message, reply, envelope.render(reply, message, channel.format, clock.now())
    )


def _keep(runtime: "Runtime", message: Message, reply: Reply, rendered: str) -> str:
    """Store an answer, unless there is one; what was not rendered follows as customer service."""
    kept = {"reply": privacy.seal(rendered, _REPLY)}
    after = reply.after
    if rendered == ACCEPTED and _words(reply):
        kept["said"] = privacy.seal(_words(reply), _REPLY)
        after += (outbox.promise("push.answer"),)
    if store.answered(runtime.db, message.identity, kept, after):
        return rendered
    first = store.find(runtime.db, message.identity)
    return privacy.open(first["reply"], _REPLY) if first and "reply" in first else rendered


def _ask(runtime: "Runtime", message: Message) -> Reply:
    """What the answer function says; a problem is told in its own sentence."""
    settings = runtime.settings
    appid = settings.wechat_oa_appid if message.account == "oa" else settings.wechat_mp_appid
    account = Account(message.account, appid, message.sender)
    context = Context(
        db=runtime.db,
        resident=residents.arrive(runtime.db, account),
        account=account,
        message=message,
        links=Links(settings.public_url),
        now=clock.now(),
    )
    try:
        return table.find(message)(context)
    except Problem as problem:
        log.info("answer refused", code=problem.code, kind=message.event or message.kind)
        faults = [each["message"] for each in problem.details]
        return Text(words="\n".join([texts.explain(problem), *faults]))


def _words(reply: Reply) -> str:
    """A reply as plain words, for a customer-service message; silence and transfers have none."""
    match reply:
        case Text(words=words):
            return words
        case Card(title=title, words=words, link=link):
            return f"{title}\n{words}\n{link}"
    return ""


def perform(runtime: "Runtime", id: str) -> None:
    """Keep "push.answer": send as customer service what could not be answered in the request.

    A resident whose window is closed, or who refuses, is not written to again.
    """
    row = store.find(runtime.db, id)
    if row is None or "said" not in row:
        return
    message = _message(runtime, row)
    try:
        runtime.wechat.say(message.account, message.sender, privacy.open(row["said"], _REPLY))
    except Refused as refusal:
        if refusal.retry:
            raise
        log.info("answer not shown", code=refusal.code, kind=refusal.kind)
    store.told(runtime.db, id)


def catch_up(runtime: "Runtime", id: str) -> None:
    """Keep "push.overlooked": answer what no request has answered before the platform gave up."""
    row = store.find(runtime.db, id)
    if row is not None and "reply" not in row:
        message = _message(runtime, row)
        _keep(runtime, message, _ask(runtime, message), ACCEPTED)


def _message(runtime: "Runtime", row: PushRow) -> Message:
    """A stored push as it came."""
    account: Literal["oa", "mp"] = "oa" if row["appid"] == runtime.wechat.oa.appid else "mp"
    return envelope.message(account, row["appid"], privacy.open_json(row["body"], _BODY))


def link(runtime: "Runtime", id: str, openid: str) -> None:
    """Keep "follower.link": ask for a follower's unionid, so that both accounts are one resident.

    `id` is the push that promised it. Whoever has left meanwhile has none, nor has whom the
    platform does not know.
    """
    try:
        union = runtime.wechat.unionid_of(openid)
    except Refused as refusal:
        if refusal.retry:
            raise
        union = None
    if union is not None and residents.by_account(runtime.db, "oa", openid) is not None:
        residents.arrive(runtime.db, Account("oa", runtime.wechat.oa.appid, openid, union))
    log.debug("follower linked", push=id, known=union is not None)
