"""The one clock: aware UTC now, moved by a stored offset in a loopback world and only there."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from base.store import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
KEPT_SECONDS = 1.0


class _Offset:
    """The offset in seconds, when it was last asked for, and where it is read from."""

    def __init__(self) -> None:
        self.db: Database | None = None
        self.last = (0.0, float("-inf"))
        self.moved = 0.0

    def current(self) -> float:
        """What was asked for before the clock was last moved here does not count."""
        if self.db is None:
            return 0.0
        seconds, asked = self.last
        if asked <= self.moved or time.monotonic() - asked > KEPT_SECONDS:
            asked = time.monotonic()
            kept = self.db["clock"].find_one({"_id": "offset"})
            seconds = float(kept["seconds"]) if kept else 0.0
            self.last = (seconds, asked)
        return seconds


_offset = _Offset()


def follow(db: "Database") -> None:
    """Add the offset kept in `clock`; the caller has made sure that every partner is loopback."""
    _offset.db = db
    _offset.moved = time.monotonic()


def stand_alone() -> None:
    """Tell real time again."""
    _offset.db = None


def move(db: "Database", seconds: float) -> None:
    """Set the stored offset, for tests and demonstrations."""
    db["clock"].replace_one({"_id": "offset"}, {"seconds": seconds}, upsert=True)
    _offset.moved = time.monotonic()


def now() -> datetime:
    """The present moment in UTC, cut to the millisecond as MongoDB keeps it."""
    moment, offset = datetime.now(UTC), _offset.current()
    if offset:
        moment += timedelta(seconds=offset)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> date:
    """The day it is in Shanghai, which is the day our residents live in."""
    return now().astimezone(SHANGHAI).date()
