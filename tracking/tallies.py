"""How many messages stand where, counted only as far as a gauge needs."""

from datetime import timedelta
from typing import Any, Final

from base import clock
from base.store import Database

from . import store

MOST: Final = 1000
_ON_THEIR_WAY: Final = ("waiting", "sending", "unknown")
_ENDED_BADLY: Final = ("refused", "failed", "given_up")
_LATELY: Final = timedelta(days=1)


def by_state(db: Database) -> dict[str, int]:
    """{state: messages}, MOST at most; of those that reached nobody only the last day's."""
    since = {"created": {"$gte": clock.now() - _LATELY}}
    asked: dict[str, dict[str, Any]] = {state: {"state": state} for state in _ON_THEIR_WAY}
    asked |= {state: {"state": state} | since for state in _ENDED_BADLY}
    return {
        state: store.messages(db).count_documents(query, limit=MOST)
        for state, query in asked.items()
    }
