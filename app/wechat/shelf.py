"""Redis as the line uses it: shared by all processes, and left alone for a second once it fails."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
_PAUSE_SECONDS = 1.0


class Away(RedisError):
    """Redis did not answer a moment ago; nobody waits for its time-outs once more."""


class Shelf:
    """What all processes share; safe to share between threads."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._back = 0.0

    def ask(self, act: "Callable[[Redis], T]") -> T:
        """Do something with Redis; raises a RedisError, Away when it is not worth trying.

        After a failure one at a time tries again, and nobody else waits with her.
        """
        if self._back:
            if time.monotonic() < self._back:
                raise Away
            self._back = time.monotonic() + _PAUSE_SECONDS
        try:
            found = act(self._redis)
        except RedisError:
            self._back = time.monotonic() + _PAUSE_SECONDS
            raise
        self._back = 0.0
        return found
