"""What the channels say of messages they took: reports noted, asked for, and missed."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from base import clock
from base.errors import Unreachable
from tracking import reports

from .logs import log

if TYPE_CHECKING:
    from .runtime import Runtime

_REPORTED_WITHIN: Final = timedelta(minutes=20)
_LOOK_AGAIN: Final = timedelta(seconds=20)
_BLOCKED: Final = "wechat:blocked"


def report(
    runtime: "Runtime",
    _id: str,
    *,
    msgid: str,
    reason: str,
    address: str = "",
    since: datetime | None = None,
) -> None:
    """Keep "message.report": note what became of a message whose report came early.

    A report on an interrupted send waits until the send is taken up again; one on nothing of ours
    is let go after a while.
    """
    if reports.note(runtime.db, msgid, reason, address):
        return
    if since is not None and clock.now() < since + _REPORTED_WITHIN:
        again = clock.now() + _LOOK_AGAIN
        raise Unreachable("ledger", reason="no message of this report", until=again)
    log.info("report on nothing of ours", reason=reason or "shown")


def pull(runtime: "Runtime") -> None:
    """Ask what became of text messages, and note it; a service that is away is asked later."""
    if runtime.sms is None:
        return
    try:
        for each in runtime.sms.reports():
            reports.by_key(runtime.db, each.context, each.serial, each.reason)
    except Unreachable as error:
        log.warning("text reports wait", reason=error.reason)


def hear(runtime: "Runtime") -> None:
    """Ask which template messages WeChat has blocked, and doubt those nobody reports on."""
    try:
        _ask_blocked(runtime)
    except Unreachable as error:
        log.warning("blocked messages wait", reason=error.reason)
    reports.doubt_silent(runtime.db)


def _ask_blocked(runtime: "Runtime") -> None:
    """Note what was blocked since it was last asked for; from the beginning where Redis forgot."""
    last = int(cast("bytes | None", runtime.redis.get(_BLOCKED)) or 0)
    while found := [each for each in runtime.wechat.blocked(last) if each[0] > last]:
        for _, msgid in found:
            reports.note(runtime.db, msgid, reports.WITHHELD)
        last = max(number for number, _ in found)
        runtime.redis.set(_BLOCKED, last)
