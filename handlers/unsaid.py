"""Words that could not be sent to a chat: kept, and shown once with the next answer there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from base import privacy
from base.store import Database

from . import store
from .dialogue import say
from .exchange import Context, Reply, Text

_PURPOSE = "unsaid"
_KEPT = timedelta(days=30)
_LONGEST_BYTES = 2000


def leave(context: Context, place: int, words: str) -> None:
    """Keep words of an answer that the platform would not send, once per their place in it."""
    id = f"{context.message.identity}-{place}"
    keep(context.db, context.account.key, id, words, context.now)


def keep(db: Database, account: str, id: str, words: str, now: datetime) -> None:
    """Keep words for an account until it is in touch again, once per `id`."""
    store.leave(db, account, id, privacy.seal(words, _PURPOSE), now, now + _KEPT)


def pieces(words: str) -> Iterator[str]:
    """Words in as many messages as the platform's limit (2,048 bytes) asks for, cut between lines
    where there are any.
    """
    while words := words.strip("\n"):
        piece = words.encode()[:_LONGEST_BYTES].decode(errors="ignore")
        if len(piece) < len(words):
            piece = piece.rpartition("\n")[0] or piece
        yield piece
        words = words[len(piece) :]


def show(context: Context, reply: Reply) -> Reply:
    """The reply with what was left unsaid in front of it, or behind it when both are too long.

    They are claimed by this message first: its answer, made again after a crash or at the same time
    for another copy of it, shows them again, and no other does.
    """
    row = context.chat if isinstance(reply, Text) else None
    if row is None or not isinstance(reply, Text):
        return reply
    by = context.message.identity
    kept = row.get("unsaid", {})
    ids = [id for id, each in kept.items() if each["by"] in (None, by)]
    if ids and not store.shown(context.db, row, ids, by, context.now):
        found = store.dialogue(context.db, row["_id"])
        kept = found.get("unsaid", {}) if found else {}
        ids = [id for id, each in kept.items() if each["by"] == by]
    if not ids:
        return reply
    words = "\n".join(privacy.open(kept[id]["words"], _PURPOSE) for id in ids)
    both = say("unsaid", words=words, answer=reply.words)
    if len(both.encode()) <= _LONGEST_BYTES:
        return replace(reply, words=both)
    return replace(reply, more=words)
