"""Documents whose promises are due, read a handful ahead of those who keep them.

The embedded store reads and sorts all that matches, however few are wanted (rule 4 of those for
both stores), and a lease is guarded by what was read. So what one look has shown serves for the
next five seconds: what falls due meanwhile would stand behind it anyway. Two keepers begin with
the same document; the one that loses it goes on elsewhere.
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


@dataclass
class Ahead:
    """What was due when it was read, and has not been asked for yet."""

    rows: deque[Row]
    read: float


_left: dict[str, Ahead] = {}


def is_due(collection: "Collection[Any]", within: timedelta | None = None) -> bool:
    """Whether some promise wants attention; `within` asks for those that do since so long only."""
    moment = clock.now()
    since = {} if within is None else {"$gt": moment - within}
    return bool(list(collection.find({"due": {"$lte": moment} | since}, {"_id": 1}).limit(1)))


def soonest(collection: "Collection[Any]", moment: datetime) -> Iterator[Row]:
    """`_id`, due and outbox of what is due, soonest first, as far as it is asked for."""
    name, shown = collection.full_name, {"due": 1, "outbox": 1}
    left = _left.pop(name, None)
    if left is not None and time.monotonic() - left.read < _FRESH_SECONDS:
        yield from _given(name, left)
    while True:
        found = collection.find({"due": {"$lte": moment}}, shown).sort("due", 1).limit(STRIDE)
        read = Ahead(deque(found), time.monotonic())
        more = len(read.rows) == STRIDE
        yield from _given(name, read)
        if not more:
            return


def elsewhere(collection: "Collection[Any]") -> None:
    """Go on at another place of what was read: here another keeper is at work."""
    left = _left.get(collection.full_name)
    if left is not None and left.rows:
        left.rows.rotate(secrets.randbelow(len(left.rows)))


def _given(name: str, ahead: Ahead) -> Iterator[Row]:
    """One after another; what is left is remembered."""
    while ahead.rows:
        _left[name] = ahead
        yield ahead.rows.popleft()
