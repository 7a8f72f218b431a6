"""One answer per key: whoever repeats a request is answered as before, for a day.

A key belongs to its asker and to one act. What is done must itself be safe to do again: two equal
requests at once may both do it, and the first answer that is kept is the answer of both.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from . import clock, privacy
from .errors import Invalid
from .store import Database, Document, Index, add

NAME: Final = "answers"
KEPT: Final = timedelta(hours=24)
_PURPOSE: Final = "once.answer"

INDEXES: tuple[Index, ...] = (
    Index(
        NAME,
        [("at", 1)],
        expire_seconds=int(KEPT.total_seconds()),
        serves="forgetting answers after a day",
    ),
)


class KeyReused(Invalid):
    """The same key came with another request before."""

    code = "key_reused"


def answer(
    db: Database, who: str, act: str, key: str, asked: object, make: Callable[[], Document]
) -> Document:
    """What `make` answers, or answered before for this key; plain JSON, kept sealed.

    Raises KeyReused, and whatever `make` raises; then nothing is kept and the key may be tried
    again.
    """
    id = privacy.digest(f"{who}\n{act}\n{key}", "once.key")
    body = privacy.digest(json.dumps(asked, sort_keys=True), "once.body")
    held = _claim(db, id, body)
    if held["body"] != body:
        raise KeyReused
    if held["answer"] is not None:
        return _opened(held)
    made = make()
    kept = {"$set": {"answer": privacy.seal_json(made, _PURPOSE)}}
    if db[NAME].update_one({"_id": id, "body": body, "answer": None}, kept).modified_count:
        return made
    return _opened(db[NAME].find_one({"_id": id, "body": body}) or {"answer": None}) or made


def _claim(db: Database, id: str, body: str) -> Document:
    """The row of a key, made now or less than a day ago."""
    fresh: Document = {"_id": id, "body": body, "answer": None, "at": clock.now()}
    if add(db[NAME], fresh):
        return fresh
    held = db[NAME].find_one({"_id": id}) or fresh
    if clock.now() < held["at"] + KEPT:
        return held
    db[NAME].replace_one({"_id": id, "at": held["at"]}, fresh)
    return db[NAME].find_one({"_id": id}) or fresh


def _opened(held: Document) -> Document:
    found: Document = privacy.open_json(held["answer"], _PURPOSE) if held["answer"] else {}
    return found
