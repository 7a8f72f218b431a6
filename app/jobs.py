"""What our promises mean, and the keeper who makes them true: RQ rings, the store remembers."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from base import outbox
from base.errors import Problem, Unreachable

from . import effects, sending, talks
from .logs import log
from .runtime import Runtime, of_this_process
from .wechat import inbox, photos

Effect = Callable[..., None]

QUEUE = "effects"
COLLECTIONS = ("pushes", "residents", "cases", "bills", "tickets", "ratings", "messages", "talks")
EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "case.submitted": effects.charging("case_submitted"),
        "case.supplementing": effects.telling("case_supplementing"),
        "case.supplemented": effects.charging("case_supplemented"),
        "case.accepted": effects.charging("case_accepted"),
        "case.declined": effects.ending("case_declined"),
        "case.approved": effects.charging("case_approved"),
        "case.refused": effects.ending("case_refused"),
        "case.closed": effects.telling("case_closed"),
        "case.withdrawn": effects.ending("case_withdrawn"),
        "bill.issued": effects.bill_issued,
        "bill.paid": effects.bill_paid,
        "attempt.ask": effects.ask_wallet,
        "refund.go": effects.go_refund,
        "refund.told": effects.tell_refund,
        "ticket.opened": effects.ticket("ticket_received"),
        "ticket.answered": effects.ticket("ticket_answered"),
        "ticket.urgent": effects.noted,
        "ticket.rated": effects.noted,
        "rating.bad": effects.noted,
        "talk.story": talks.story,
        "talk.reply": talks.reply,
        "talk.photo": talks.photo,
        "message.send": sending.deliver,
        "message.report": sending.report,
        "push.answer": inbox.perform,
        "push.worker": inbox.catch_up,
        "push.overlooked": inbox.catch_up,
        "photo.fetch": photos.fetch,
        "follower.link": inbox.link,
        "resident.merged": effects.merged,
        "account.removed": effects.account_removed,
    }
)

_BUSY_SECONDS = 20.0
_WAITING = 4


def bell(connection: "redis.Redis") -> Queue:
    """The queue the workers listen to."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def ring(connection: "redis.Redis") -> None:
    """Tell a worker to look; a bell that cannot be rung costs a second, the clock rings too."""
    try:
        queue = bell(connection)
        if queue.count < _WAITING:
            queue.enqueue("app.jobs.look", result_ttl=0, failure_ttl=60, job_timeout=60)
    except redis.RedisError as error:
        log.warning("bell silent", reason=type(error).__name__)


def look() -> int:
    """Keep what is due until nothing is, or for twenty seconds; returns how many were tried."""
    runtime = of_this_process()
    until = time.monotonic() + _BUSY_SECONDS
    total = 0
    while time.monotonic() < until:
        tried = keep_due(runtime)
        total += tried
        if not tried:
            break
    return total


def keep_due(runtime: Runtime) -> int:
    """One round through every outbox; returns how many promises were tried."""
    tried = 0
    for name in COLLECTIONS:
        for held in outbox.take(runtime.db[name]):
            for owed in held.promises:
                _keep(runtime, held, owed)
                tried += 1
            outbox.release(runtime.db[name], held)
    return tried


def _keep(runtime: Runtime, held: outbox.Held, owed: outbox.Promise) -> None:
    """Perform one effect; whatever goes wrong, the promise stays and the keeper goes on."""
    rows = runtime.db[held.collection]
    about: dict[str, Any] = {"effect": owed["effect"], "collection": held.collection}
    try:
        EFFECTS[owed["effect"]](runtime, held.id, **owed["data"])
    except Unreachable as error:
        log.warning("effect delayed", partner=error.partner, reason=error.reason, **about)
        outbox.delayed(rows, held, owed, str(error), error.until)
    except Problem as error:
        log.warning("effect refused", code=error.code, **about)
        outbox.delayed(rows, held, owed, error.code)
    except Exception as error:  # noqa: BLE001 - a bug in one effect must not stop the others
        log.error("effect failed", error=error, **about)
        outbox.delayed(rows, held, owed, type(error).__name__)
    else:
        outbox.kept(rows, held, owed)
