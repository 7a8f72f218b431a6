"""Signing in with wx.login's code: within five minutes it stands for the same visitor again.

A double tap or a proxy asks once more with a code that WeChat has taken already (40163).
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from redis.exceptions import RedisError

from base import privacy

from .gateway import LoginCodeStale, Visitor

if TYPE_CHECKING:
    from ..runtime import Runtime

_KEPT_SECONDS: Final = 300
_LOOKS: Final = 3
_PAUSE_SECONDS: Final = 0.1
_CODE: Final = "login.code"


def visitor(runtime: "Runtime", code: str) -> Visitor:
    """Who a code stands for, now or a moment ago; raises LoginCodeStale, LoginRefused."""
    key = f"login:{privacy.digest(code, _CODE)[:32]}"
    known = _known(runtime, key)
    if known is not None:
        return known
    try:
        found = runtime.wechat.session_of(code)
    except LoginCodeStale:
        return _other(runtime, key)
    sealed = privacy.seal_json([found.openid, found.unionid], _CODE)
    with suppress(RedisError):
        runtime.wechat.mp.valves.shelf.ask(lambda redis: redis.set(key, sealed, ex=_KEPT_SECONDS))
    return found


def _other(runtime: "Runtime", key: str) -> Visitor:
    """Whom the other tap has found, as soon as it has; raises LoginCodeStale."""
    for _ in range(_LOOKS):
        time.sleep(_PAUSE_SECONDS)
        known = _known(runtime, key)
        if known is not None:
            return known
    raise LoginCodeStale


def _known(runtime: "Runtime", key: str) -> Visitor | None:
    sealed = None
    with suppress(RedisError):
        sealed = runtime.wechat.mp.valves.shelf.ask(lambda redis: redis.get(key))
    if sealed is None:
        return None
    openid, unionid = privacy.open_json(cast("bytes", sealed).decode(), _CODE)
    return Visitor(openid, unionid)
