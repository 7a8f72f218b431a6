"""What the clock watches: late outboxes, the day's valves, and whether WeChat lets us in.

Each finding is an alarm, raised again while it lasts and ended when it has gone.
"""

from typing import Final

from base import alarms, outbox
from base.errors import Unreachable

from . import jobs
from .logs import log
from .runtime import Runtime

LATE_MINUTES: Final = 10


def look(runtime: Runtime) -> None:
    """Sound or end the alarms about promises that are late or stuck, outbox by outbox."""
    standing = {(each["kind"], each["key"]) for each in alarms.standing(runtime.db)}
    for name in jobs.COLLECTIONS:
        minutes = int(outbox.late_seconds(runtime.db[name]) / 60)
        stuck = len(outbox.stuck(runtime.db[name]))
        for kind, wrong, facts in (
            ("promises_late", minutes >= LATE_MINUTES, {"minutes": minutes}),
            ("promises_stuck", stuck > 0, {"count": stuck}),
        ):
            if wrong:
                alarms.sound(runtime.db, kind, name, collection=name, **facts)
            elif (kind, name) in standing:
                alarms.clear(runtime.db, kind, name)


def mirror(runtime: Runtime) -> None:
    """Keep closed what is used up for today, whatever became of Redis."""
    runtime.wechat.oa.valves.mirror()


def knock(runtime: Runtime) -> None:
    """See whether both accounts are let in, so that a changed address is known before morning.

    The line sounds its own alarms.
    """
    for line in (runtime.wechat.oa, runtime.wechat.mp):
        try:
            line.knock()
        except Unreachable as error:
            log.warning("not let in", appid=line.appid, reason=error.reason)
