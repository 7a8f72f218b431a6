"""What becomes of the account's certification; without it WeChat takes its interfaces away."""

from datetime import UTC, datetime
from typing import Final

from base import alarms, clock

from .exchange import Context, Reply, Silence

_SETTLES: Final = {
    "qualification_verify_success": (
        "qualification_verify_fail",
        "annual_renew",
        "verify_expired",
    ),
    "naming_verify_success": ("naming_verify_fail",),
}


def told(context: Context) -> Reply:
    """Sound an alarm for what somebody must act on; a success clears what it settles."""
    message = context.message
    where = context.account.appid
    if message.event in _SETTLES:
        for event in _SETTLES[message.event]:
            alarms.clear(context.db, f"wechat_{event}", where)
        return Silence()
    reason = message.text("FailReason")[:100]
    when = _day(message.text("ExpiredTime") or message.text("FailTime"))
    facts = {"appid": where, "until": when, "reason": reason}
    alarms.sound(context.db, f"wechat_{message.event}", where, **facts)
    return Silence()


def _day(stamp: str) -> str:
    """A moment in unix seconds as a day of Shanghai; "" when it is none."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 10):
        return ""
    return f"{datetime.fromtimestamp(int(stamp), UTC).astimezone(clock.SHANGHAI):%Y-%m-%d}"
