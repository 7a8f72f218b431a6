"""Words sent into a chat as customer service, which WeChat knows no idempotency id for."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from base import clock
from base.errors import Unreachable

from ..logs import log

if TYPE_CHECKING:
    from ..runtime import Runtime

_AGAIN: Final = timedelta(seconds=30)


def say(
    runtime: "Runtime", account: Literal["oa", "mp"], openid: str, words: str, *, doubted: bool
) -> bool:
    """Say something for the promise being kept; False when it is unknown whether it was heard.

    Words that may have been heard are repeated once, half a minute later: then they are `doubted`.
    Raises what Gateway.say raises while the promise is to be kept later, and Refused.
    """
    try:
        runtime.wechat.say(account, openid, words)
    except Unreachable as error:
        if not error.doubtful:
            raise
        if doubted:
            log.warning("words unknown", account=account, reason=error.reason)
            return False
        error.until = clock.now() + _AGAIN
        raise
    return True
