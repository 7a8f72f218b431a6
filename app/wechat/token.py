"""The access token, one for all processes: shared in Redis, fetched by whoever holds a short lock.

The platform's stable_token answers every caller with the same token, so that losing the lock, or
Redis altogether, costs a call and never invalidates what others use. In the last five minutes of
its life the old token goes on serving while one process fetches the next.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from redis.exceptions import LockError, RedisError

from base.errors import Unreachable

from .shelf import Shelf

if TYPE_CHECKING:
    from redis import Redis
    from redis.lock import Lock

Fetch = Callable[[], tuple[str, int]]

_OWN_SECONDS = 60
_OVERLAP_SECONDS = 300
_LOCK_SECONDS = 12
_PATIENCE_SECONDS = 10
_COMPARE_AND_DELETE = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)


class Purse:
    """One account's token as this process holds it, for a minute; safe to share between threads.

    `fetch` gives a new token and its lifetime in seconds.
    """

    def __init__(self, shelf: Shelf, appid: str, fetch: Fetch) -> None:
        self._shelf = shelf
        self._key = f"wechat:token:{appid}"
        self._fetch = fetch
        self._own = ("", float("-inf"))
        self._dead = ""
        self._turn = threading.Lock()
        self._turns = 0
        self._failure: Unreachable | None = None

    def token(self) -> str:
        """The token everybody uses now; raises what `fetch` raises.

        Threads that come together look once, and share the failure when that fails.
        """
        came = self._turns
        found = self._held()
        if found:
            return found
        with self._turn:
            found = self._held()
            if found:
                return found
            if self._turns != came and self._failure is not None:
                raise self._failure
            return self._take()

    def drop(self, stale: str) -> None:
        """Forget a token the platform no longer takes, unless somebody has replaced it already.

        A thread that read it from Redis a moment ago may still bring it along: it counts no more.
        """
        self._dead = stale
        with suppress(RedisError):
            self._shelf.ask(lambda redis: redis.eval(_COMPARE_AND_DELETE, 1, self._key, stale))

    def _held(self) -> str:
        value, until = self._own
        return value if time.monotonic() < until and value != self._dead else ""

    def _take(self) -> str:
        self._failure = None
        try:
            value, seconds = self._found()
        except Unreachable as error:
            self._failure = error
            raise
        finally:
            self._turns += 1
        self._own = (value, time.monotonic() + min(seconds, _OWN_SECONDS))
        return value

    def _found(self) -> tuple[str, int]:
        """The shared token, or one of our own while Redis is away; with its seconds."""
        try:
            return self._shelf.ask(self._shared)
        except RedisError:
            return self._fetched()

    def _fetched(self) -> tuple[str, int]:
        """A token of the platform's, which counts even if it is one that was dropped."""
        value, seconds = self._fetch()
        if value == self._dead:
            self._dead = ""
        return value, seconds

    def _shared(self, redis: "Redis") -> tuple[str, int]:
        kept, fresh = self._kept(redis)
        if kept and fresh:
            return kept, _OWN_SECONDS
        lock = redis.lock(f"{self._key}:lock", timeout=_LOCK_SECONDS, sleep=0.02)
        won = lock.acquire(blocking=not kept, blocking_timeout=None if kept else _PATIENCE_SECONDS)
        try:
            return self._renewed(redis, kept, won)
        finally:
            if won:
                _let_go(lock)

    def _renewed(self, redis: "Redis", old: str, won: bool) -> tuple[str, int]:
        """A new token under the lock; what others fetched meanwhile, or still the old one."""
        kept, fresh = self._kept(redis)
        if kept and (fresh or not won):
            return kept, _OWN_SECONDS
        try:
            value, seconds = self._fetched()
        except Unreachable:
            if old:
                return old, 1
            raise
        redis.set(self._key, value, ex=max(seconds, _OWN_SECONDS))
        redis.set(f"{self._key}:fresh", value, ex=max(seconds - _OVERLAP_SECONDS, _OWN_SECONDS))
        return value, seconds

    def _kept(self, redis: "Redis") -> tuple[str, bool]:
        """The shared token, "" for none, and whether it is not in its last five minutes."""
        kept, fresh = cast("list[bytes | None]", redis.mget(self._key, f"{self._key}:fresh"))
        found = (kept or b"").decode()
        return ("", False) if found == self._dead else (found, kept == fresh)


def _let_go(lock: "Lock") -> None:
    with suppress(LockError):
        lock.release()
