"""The access token, one for all processes: shared in Redis, fetched by whoever holds a short lock.

The platform's stable_token answers every caller with the same token, so that losing the lock, or
Redis altogether, costs a call and never invalidates what others use.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import LockError, RedisError

if TYPE_CHECKING:
    from redis import Redis

Fetch = Callable[[], tuple[str, int]]

_OVERLAP_SECONDS = 300
_SHORTEST_SECONDS = 60
_LOCK_SECONDS = 12
_PATIENCE_SECONDS = 10
_COMPARE_AND_DELETE = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)


def get(shelf: "Redis", appid: str, fetch: Fetch) -> str:
    """The token everybody uses now; `fetch` gives a new one and its lifetime in seconds."""
    try:
        return _kept(shelf, appid) or _fetched(shelf, appid, fetch)
    except RedisError:
        return fetch()[0]


def drop(shelf: "Redis", appid: str, stale: str) -> None:
    """Forget a token the platform no longer takes, unless somebody has replaced it already."""
    with suppress(RedisError):
        shelf.eval(_COMPARE_AND_DELETE, 1, _key(appid), stale)


def _key(appid: str) -> str:
    return f"wechat:token:{appid}"


def _kept(shelf: "Redis", appid: str) -> str | None:
    kept = shelf.get(_key(appid))
    return kept.decode() if isinstance(kept, bytes) else None


def _fetched(shelf: "Redis", appid: str, fetch: Fetch) -> str:
    lock = shelf.lock(
        f"{_key(appid)}:lock",
        timeout=_LOCK_SECONDS,
        blocking_timeout=_PATIENCE_SECONDS,
        sleep=0.02,
    )
    held = lock.acquire()
    try:
        kept = _kept(shelf, appid)
        if kept:
            return kept
        token, seconds = fetch()
        shelf.set(_key(appid), token, ex=max(seconds - _OVERLAP_SECONDS, _SHORTEST_SECONDS))
        return token
    finally:
        if held:
            with suppress(LockError):
                lock.release()
