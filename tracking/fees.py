"""Which cases owe a fee, many at once: for the daily reconciliation."""

from collections.abc import Collection
from typing import Any

from base.store import Database, patience

from . import store


def owing(db: Database, among: Collection[str] | None = None) -> set[str]:
    """The cases that still owe their fee: of these, 100 at most, or of all there are."""
    asked: dict[str, Any] = {"payment.state": "due"}
    if among is not None:
        asked["_id"] = {"$in": sorted(among)}
    with patience():
        return {row["_id"] for row in store.cases(db).find(asked, {"_id": 1})}
