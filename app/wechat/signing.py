"""Signing in with a code: within five minutes it stands for the same visitor again.

A double tap, a proxy or a browser whose answer was lost asks once more with a code that WeChat
takes once (40163), and shows only the answer to its last request. So the first marks its exchange
as under way, and the second waits for what it finds.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final, cast

from redis.exceptions import RedisError

from base import privacy

from .gateway import Visitor

if TYPE_CHECKING:
    from .gateway import Gateway

_KEPT_SECONDS: Final = 300
_MARKED_SECONDS: Final = 30
_PATIENCE_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 0.1
_CODE: Final = "login.code"
_MARK: Final = b"under way"
_waiting: Final = BoundedSemaphore(4)
"""Web threads of this process that may wait for the exchange of another."""


def visitor(gateway: "Gateway", code: str) -> Visitor:
    """Who a code of wx.login stands for, now or a moment ago; raises LoginCodeStale, LoginRefused.

    (wechat.md, section 9.)
    """
    return once(gateway, code, lambda: gateway.session_of(code))


def once(gateway: "Gateway", secret: str, exchange: Callable[[], Visitor]) -> Visitor:
    """Whom an exchange has found; one that comes late gets what the same `secret` has found."""
    key = f"login:{privacy.digest(secret, _CODE)[:32]}"
    ours, known = True, None
    with suppress(RedisError):
        ours = _marked(gateway, key)
        known = None if ours else _other(gateway, key)
    if known is not None:
        return known
    sealed = None
    try:
        found = exchange()
        sealed = privacy.seal_json([found.openid, found.unionid], _CODE)
    finally:
        if ours or sealed:
            _leave(gateway, key, sealed)
    return found


def _marked(gateway: "Gateway", key: str) -> bool:
    """Whether the exchange is ours to make: nobody has begun or made it."""
    shelf = gateway.mp.valves.shelf
    return bool(shelf.ask(lambda redis: redis.set(key, _MARK, nx=True, ex=_MARKED_SECONDS)))


def _leave(gateway: "Gateway", key: str, sealed: str | None) -> None:
    """Keep whom the exchange has found; without that take the mark away."""
    shelf = gateway.mp.valves.shelf
    with suppress(RedisError):
        if sealed:
            shelf.ask(lambda redis: redis.set(key, sealed, ex=_KEPT_SECONDS))
        else:
            shelf.ask(lambda redis: redis.delete(key))


def _other(gateway: "Gateway", key: str) -> Visitor | None:
    """Whom the other request has found, as soon as it has; None when it has not, or too late."""
    kept = _kept(gateway, key)
    if kept == _MARK and _waiting.acquire(blocking=False):
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while kept == _MARK and time.monotonic() < until:
                time.sleep(_PAUSE_SECONDS)
                kept = _kept(gateway, key)
        finally:
            _waiting.release()
    if kept is None or kept == _MARK:
        return None
    openid, unionid = privacy.open_json(kept.decode(), _CODE)
    return Visitor(openid, unionid)


def _kept(gateway: "Gateway", key: str) -> bytes | None:
    return cast("bytes | None", gateway.mp.valves.shelf.ask(lambda redis: redis.get(key)))
