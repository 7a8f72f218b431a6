"""The append-only record of who looked at or did what."""

import uuid

from . import clock
from .store import Database, Document, Index, add

INDEXES: tuple[Index, ...] = (
    Index("audit", [("subject", 1), ("at", -1)], serves="the story of one subject"),
    Index("audit", [("actor", 1), ("at", -1)], serves="what one actor did"),
)


def record(db: Database, actor: str, act: str, subject: str, **facts: object) -> None:
    """Write one line; `facts` are codes and numbers, never personal data."""
    _write(db, uuid.uuid4().hex, actor, act, subject, facts)


def record_once(
    db: Database, act: str, key: str, subject: str, *, actor: str = "system", **facts: object
) -> None:
    """Write down, once per act and key, what was done and may have to be written down again."""
    _write(db, f"{act}:{key}", actor, act, subject, facts)


def _write(
    db: Database, id: str, actor: str, act: str, subject: str, facts: dict[str, object]
) -> None:
    line = {"_id": id, "at": clock.now(), "actor": actor, "act": act, "subject": subject}
    add(db["audit"], line | {"facts": facts})


def of_subject(db: Database, subject: str, limit: int = 50) -> list[Document]:
    """The latest lines about one subject, newest first."""
    return list(db["audit"].find({"subject": subject}).sort("at", -1).limit(limit))
