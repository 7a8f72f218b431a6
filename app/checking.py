"""Content security: the platform looks at what residents wrote, and at all that is published."""

from base import files
from feedback import checking, publishing, tickets
from people import residents

from . import homes, lending
from .logs import log
from .runtime import Runtime
from .wechat.verdicts import Refused

_FORUM = 3
_LARGEST_BYTES = 10 * 1024 * 1024
_NO_PROGRAM = "no_program"
_NO_PICTURE = "no_picture"


def check(runtime: Runtime, number: str) -> None:
    """Keep "content.check": have a ticket's words and photographs judged, and its public words.

    Only what users of the mini-program wrote can be judged, and within two hours of their visit;
    everything else is left to a human.
    """
    db, ticket = runtime.db, tickets.get(runtime.db, number)
    openid = residents.account_of(db, homes.find(db, ticket.resident), "mp")
    known, words = checking.get(db, number), publishing.unjudged(db, number)
    if checking.TEXT not in known:
        by = f"resident:{ticket.resident}"
        words[checking.TEXT] = tickets.read(db, number, by, "check").text
    for slot in (*words, *(each for each in ticket.files if each not in known)):
        if openid is None:
            checking.judge(db, number, slot, checking.REVIEW, 0, _NO_PROGRAM)
            continue
        try:
            _ask(runtime, ticket, slot, openid, words.get(slot))
        except Refused as refusal:
            if refusal.retry:
                raise
            log.info("content unchecked", ticket=number, reason=refusal.reason)
            checking.judge(db, number, slot, checking.REVIEW, 0, str(refusal.code))
    publishing.settle(db, number)


def _ask(
    runtime: Runtime, ticket: tickets.Ticket, slot: str, openid: str, words: str | None
) -> None:
    """Have one thing judged: words at once, a photograph by an event later."""
    db = runtime.db
    if words is not None:
        found = runtime.wechat.msg_check(openid, words, _FORUM)
        checking.judge(db, ticket.number, slot, checking.read(found.suggest), found.label)
        return
    file = files.get(db, slot)
    if not file.is_picture or file.size > _LARGEST_BYTES:
        checking.judge(db, ticket.number, slot, checking.REVIEW, 0, _NO_PICTURE)
        return
    address = lending.address(runtime.settings, ticket.number, slot)
    trace = runtime.wechat.media_check(openid, address, _FORUM)
    checking.begin(db, ticket.number, slot, trace)


def late(runtime: Runtime, number: str, *, slot: str) -> None:
    """Keep "content.late": what has no verdict after half an hour is left to a human."""
    known = checking.get(runtime.db, number).get(slot)
    if known is not None and known["verdict"] == checking.WAITING:
        checking.judge(runtime.db, number, slot, checking.REVIEW, 0, checking.LATE)
    publishing.settle(runtime.db, number)


def verdict(runtime: Runtime, _id: str, *, trace: str, suggest: str, label: int, why: str) -> None:
    """Keep "content.verdict": a verdict whose event overtook the answer to our own call."""
    if not publishing.judged(runtime.db, trace=trace, suggest=suggest, label=label, why=why):
        log.warning("verdict of nothing", trace=trace[:40])
