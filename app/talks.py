"""What chats promise: an operator's replies, photographs, the story before a talk, reminders."""

from typing import Literal

from base import clock, files, outbox, texts
from base.errors import Problem, Unreachable
from feedback import talks
from feedback.talks import Line, Talk
from handlers import complaining, unsaid
from people.records import key as account_key
from tracking import messages

from . import homes
from .logs import log
from .runtime import Runtime
from .wechat import saying, trail
from .wechat.verdicts import Refused

_PHOTO = "photo"
_REFUSED = "refused"


def story(runtime: Runtime, id: str, *, key: str) -> None:
    """Keep "talk.story": put the last lines of the chat before the talk beside it."""
    talk = talks.get(runtime.db, id)
    homes.find(runtime.db, talk.resident)
    said = trail.lines(runtime, talk.kind, talk.openid, talk.opened)
    talks.remember(runtime.db, id, key, said)


def reply(runtime: Runtime, id: str, *, line: str) -> None:
    """Keep "talk.reply": send one of our lines as a customer-service message.

    Where the platform's window is closed or used up the line is marked held, so that the operator
    sees it at once; its words go into the inbox with a notice, and into our next answer here. One
    of which nobody knows whether it arrived is marked so, and goes into our next answer too.
    """
    try:
        talk, said = talks.get(runtime.db, id), talks.line(runtime.db, id, line)
    except talks.NoSuchTalk:
        return
    if said is None:
        return
    sent = _send(runtime, talk, said) if said.sent == "waiting" else said.sent
    if sent != "sent" and said.by != "system":
        _keep(runtime, talk, said, sent)


def _send(runtime: Runtime, talk: Talk, said: Line) -> str:
    """Send a line and note what became of it: sent, unknown or held; one at a time, in order."""
    if said.waits:
        raise Unreachable("talks", reason="an earlier line is to be said", until=said.waits)
    reason = ""
    try:
        sent = "sent" if _say(runtime, talk.kind, talk.openid, said.words) else "unknown"
    except Refused as refusal:
        if refusal.retry:
            raise
        log.info("reply held", talk=talk.number, reason=refusal.reason)
        sent, reason = "held", str(refusal.code)
    talks.note(runtime.db, talk.id, said.id, sent, reason)
    return sent


def _keep(runtime: Runtime, talk: Talk, said: Line, sent: str) -> None:
    """Keep words she may not have heard; repeatable, for who noted them so may have died."""
    unsaid.keep(runtime.db, account_key(talk.kind, talk.openid), said.id, said.words, clock.now())
    if sent == "held":
        values = {"number": talk.number, "at": said.at, "words": said.words}
        home = homes.find(runtime.db, talk.resident)
        key = f"{talk.number}:talk_replied:{said.id}"
        messages.tell(runtime.db, key=key, kind="talk_replied", resident=home, values=values)


def remind(runtime: Runtime, _id: str, *, kind: str, openid: str, key: str) -> None:
    """Keep "complaint.remind": a complaint told in part and then left is not filed; say so."""
    if complaining.is_unfinished(runtime.db, account_key(kind, openid), key, clock.now()):
        try:
            _say(runtime, kind, openid, texts.say("chat.complain.remind"))
        except Refused as refusal:
            if refusal.retry:
                raise
            log.info("not reminded", reason=refusal.reason)


def photo(runtime: Runtime, _id: str, *, talk: str, key: str, media_id: str) -> None:
    """Keep "talk.photo": fetch a photograph that was sent into a talk, once.

    One the platform no longer has, or that is none, is given up: its line says that there was one.
    """
    try:
        found = talks.get(runtime.db, talk)
        owner = homes.find(runtime.db, found.resident)
        content = runtime.wechat.media(_account(found.kind), media_id)
        file = files.put(runtime.db, owner, _PHOTO, content, f"talk:{talk}")
    except talks.NoSuchTalk:
        return
    except Refused as refusal:
        if refusal.retry:
            raise
        log.warning("photo lost", talk=talk, reason=refusal.reason)
        return
    except Problem as problem:
        log.warning("photo refused", talk=talk, code=problem.code)
        return
    if not talks.enclose(runtime.db, talk, key, file.id):
        files.detach(runtime.db, [file.id], f"talk:{talk}")


def _say(runtime: Runtime, kind: str, openid: str, words: str) -> bool:
    """Say the one thing that the promise being kept is about."""
    return saying.say(runtime, _account(kind), openid, words, doubted=outbox.doubted())


def _account(kind: str) -> Literal["oa", "mp"]:
    return "oa" if kind == "oa" else "mp"
