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
    """The offset in seconds as last read, and where it is read from."""

    def __init__(self) -> None:
        self.db: Database | None = None
        self.seconds = 0.0
        self.read_at = float("-inf")

    def current(self) -> float:
        if self.db is None:
            return 0.0
        if time.monotonic() - self.read_at > KEPT_SECONDS:
            kept = self.db["clock"].find_one({"_id": "offset"})
            self.seconds = float(kept["seconds"]) if kept else 0.0
            self.read_at = time.monotonic()
        return self.seconds


_offset = _Offset()


def follow(db: "Database") -> None:
    """Add the offset kept in `clock`; the caller has made sure that every partner is loopback."""
    _offset.db = db
    _offset.read_at = float("-inf")


def stand_alone() -> None:
    """Tell real time again."""
    _offset.db = None


def move(db: "Database", seconds: float) -> None:
    """Set the stored offset, for tests and demonstrations."""
    db["clock"].replace_one({"_id": "offset"}, {"seconds": seconds}, upsert=True)
    _offset.read_at = float("-inf")


def now() -> datetime:
    """The present moment in UTC, cut to the millisecond as MongoDB keeps it."""
    moment = datetime.now(UTC) + timedelta(seconds=_offset.current())
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> date:
    """The day it is in Shanghai, which is the day our residents live in."""
    return now().astimezone(SHANGHAI).date()
