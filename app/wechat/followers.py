"""Who follows the official account: the platform is asked where its pushes may have been lost."""

from datetime import timedelta
from typing import TYPE_CHECKING

from base import clock
from people import residents
from people.residents import Account, NoSuchAccount

from ..logs import log
from .verdicts import Refused

if TYPE_CHECKING:
    from ..runtime import Runtime

_TICK = timedelta(seconds=1)
"""The platform tells moments in whole seconds: a return told after our question came later."""


def link(runtime: "Runtime", _id: str, openid: str) -> None:
    """Keep "follower.link": ask whether somebody follows, and her unionid, which joins accounts.

    Of whoever has left, though no push told us, is forgotten what leaving demands; whom the
    platform does not know stays as she is.
    """
    asked = clock.now() - _TICK
    try:
        seen = runtime.wechat.follower(openid)
    except Refused as refusal:
        if refusal.retry:
            raise
        return
    account = Account("oa", runtime.wechat.oa.appid, openid, seen.unionid)
    try:
        left = residents.looked(runtime.db, account, seen.since, asked)
    except NoSuchAccount:
        return
    log.debug("follower looked up", known=seen.unionid is not None, left=left)
