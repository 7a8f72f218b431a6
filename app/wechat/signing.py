"""Signing in with a code: within five minutes it stands for the same visitor again.

A double tap, a proxy or a browser whose answer was lost asks once more with a code that WeChat has
taken already (40163).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from redis.exceptions import RedisError

from base import privacy

from .gateway import LoginCodeStale, Visitor

if TYPE_CHECKING:
    from .gateway import Gateway

_KEPT_SECONDS: Final = 300
_LOOKS: Final = 3
_PAUSE_SECONDS: Final = 0.1
_CODE: Final = "login.code"


def visitor(gateway: "Gateway", code: str) -> Visitor:
    """Who a code of wx.login stands for, now or a moment ago; raises LoginCodeStale, LoginRefused.

    (wechat.md, section 9.)
    """
    return once(gateway, code, lambda: gateway.session_of(code))


def once(gateway: "Gateway", secret: str, exchange: Callable[[], Visitor]) -> Visitor:
    """Whom an exchange has found; one that comes late gets what the same `secret` has found."""
    key = f"login:{privacy.digest(secret, _CODE)[:32]}"
    known = _known(gateway, key)
    if known is not None:
        return known
    try:
        found = exchange()
    except LoginCodeStale:
        return _other(gateway, key)
    sealed = privacy.seal_json([found.openid, found.unionid], _CODE)
    with suppress(RedisError):
        gateway.mp.valves.shelf.ask(lambda redis: redis.set(key, sealed, ex=_KEPT_SECONDS))
    return found


def _other(gateway: "Gateway", key: str) -> Visitor:
    """Whom the other tap has found, as soon as it has; raises LoginCodeStale."""
    for _ in range(_LOOKS):
        time.sleep(_PAUSE_SECONDS)
        known = _known(gateway, key)
        if known is not None:
            return known
    raise LoginCodeStale


def _known(gateway: "Gateway", key: str) -> Visitor | None:
    sealed = None
    with suppress(RedisError):
        sealed = gateway.mp.valves.shelf.ask(lambda redis: redis.get(key))
    if sealed is None:
        return None
    openid, unionid = privacy.open_json(cast("bytes", sealed).decode(), _CODE)
    return Visitor(openid, unionid)
