"""The append-only record of who looked at or did what."""

import uuid

from . import clock
from .store import Database, Document, Index

INDEXES: tuple[Index, ...] = (
    Index("audit", [("subject", 1), ("at", -1)], serves="the story of one subject"),
    Index("audit", [("actor", 1), ("at", -1)], serves="what one actor did"),
)


def record(db: Database, actor: str, act: str, subject: str, **facts: object) -> None:
    """Write one line; `facts` are codes and numbers, never personal data."""
    line = {"_id": uuid.uuid4().hex, "at": clock.now(), "actor": actor, "act": act}
    db["audit"].insert_one(line | {"subject": subject, "facts": facts})


def of_subject(db: Database, subject: str, limit: int = 50) -> list[Document]:
    """The latest lines about one subject, newest first."""
    return list(db["audit"].find({"subject": subject}).sort("at", -1).limit(limit))
