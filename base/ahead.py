"""Documents whose promises are due, read a handful ahead of those who keep them.

The embedded store reads and sorts all that matches, however few are wanted (rule 4 of those for
both stores), and a lease is guarded by what was read. So what one look has shown serves for the
next five seconds: what falls due meanwhile would stand behind it anyway.
"""

import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo.collection import Collection

from . import clock

Row = dict[str, Any]

STRIDE: Final = 256
_FRESH_SECONDS: Final = 5.0
_JUST_NOW: Final = (timedelta(seconds=2), timedelta(minutes=1))


@dataclass
class Ahead:
    """What was due when it was read, and has not been asked for yet."""

    rows: deque[Row]
    read: float


_left: dict[str, Ahead] = {}


def is_due(collection: "Collection[Any]") -> bool:
    """Whether some promise wants attention now; what fell due just now is looked for first.

    (The embedded store reads all that matches, however few are wanted: rule 4.)
    """
    moment = clock.now()
    since: list[dict[str, datetime]] = [{"$gt": moment - each} for each in _JUST_NOW]
    return any(
        list(collection.find({"due": {"$lte": moment} | each}, {"_id": 1}).limit(1))
        for each in (*since, {})
    )


def soonest(collection: "Collection[Any]", moment: datetime) -> Iterator[Row]:
    """`_id`, due and outbox of what is due, soonest first, as far as it is asked for.

    Several keepers before a crowd begin at different places, lest all try the same document.
    """
    name, shown = collection.full_name, {"due": 1, "outbox": 1}
    left = _left.pop(name, None)
    if left is not None and time.monotonic() - left.read < _FRESH_SECONDS:
        yield from _given(name, left)
    while True:
        found = collection.find({"due": {"$lte": moment}}, shown).sort("due", 1).limit(STRIDE)
        read = Ahead(deque(found), time.monotonic())
        crowd = len(read.rows) == STRIDE
        if crowd:
            read.rows.rotate(secrets.randbelow(STRIDE))
        yield from _given(name, read)
        if not crowd:
            return


def _given(name: str, ahead: Ahead) -> Iterator[Row]:
    """One after another; what is left is remembered."""
    while ahead.rows:
        _left[name] = ahead
        yield ahead.rows.popleft()
