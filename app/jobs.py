"""What our promises mean, and the keeper who makes them true: RQ rings, the store remembers."""

import signal
from collections.abc import Callable, Mapping
from types import FrameType, MappingProxyType
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from base import outbox
from base.errors import Problem, Unreachable

from . import billing, checking, effects, fiscal, hearing, reconciling, scenes, sending, talks
from .keeper import EVERYWHERE, RUNG, Keeper
from .logs import log
from .runtime import Runtime, of_this_process
from .wechat import followers, inbox, photos

Effect = Callable[..., None]

QUEUE = "effects"
COLLECTIONS = (
    "pushes",
    "residents",
    "cases",
    "bills",
    "quarantine",
    "fiscal",
    "tickets",
    "ratings",
    "messages",
    "talks",
    "scenes",
    "statements",
    "differences",
)
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
        "bill.issued": fiscal.with_finance(billing.issued),
        "bill.paid": fiscal.with_finance(billing.paid),
        "bill.reduced": fiscal.with_finance(billing.reduced),
        "bill.told": fiscal.with_finance(billing.told),
        "bill.term": billing.term,
        "attempt.ask": effects.ask_wallet,
        "refund.go": effects.go_refund,
        "quarantine.ask": effects.ask_about_refund,
        "quarantine.over": effects.doubt_over,
        "fiscal.go": fiscal.go,
        "refund.told": fiscal.with_finance(effects.tell_refund),
        "statement.fetch": reconciling.fetch,
        "statement.match": reconciling.match,
        "difference.heal": reconciling.heal,
        "ticket.opened": effects.ticket("ticket_received"),
        "ticket.answered": effects.ticket("ticket_answered"),
        "ticket.urgent": effects.noted,
        "ticket.rated": effects.noted,
        "rating.bad": effects.noted,
        "complaint.remind": talks.remind,
        "content.check": checking.check,
        "content.late": checking.late,
        "content.verdict": checking.verdict,
        "scene.make": scenes.make,
        "talk.story": talks.story,
        "talk.reply": talks.reply,
        "talk.photo": talks.photo,
        "message.send": sending.deliver,
        "message.report": hearing.report,
        "push.answer": inbox.perform,
        "push.worker": inbox.catch_up,
        "push.overlooked": inbox.catch_up,
        "photo.fetch": photos.fetch,
        "follower.link": followers.link,
        "account.forgotten": inbox.forget,
        "resident.merged": effects.merged,
        "account.removed": effects.account_removed,
    }
)

_WAITING = 4
_LOOK_SECONDS = 5000


def bell(connection: "redis.Redis") -> Queue:
    """The queue the workers listen to."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def ring(connection: "redis.Redis", *collections: str) -> None:
    """Tell a worker to look, into some collections or into all.

    A bell that cannot be rung costs some seconds: the clock rings too. A client that is closed in
    the middle raises ValueError.
    """
    try:
        queue = bell(connection)
        with connection.pipeline(transaction=False) as all:
            for name in collections or (EVERYWHERE,):
                all.hincrby(RUNG, name)
            all.llen(queue.key)
            *_, waiting = all.execute()
        if waiting < _WAITING:
            queue.enqueue("app.jobs.look", result_ttl=0, failure_ttl=60, job_timeout=_LOOK_SECONDS)
    except (redis.RedisError, ValueError) as error:
        log.warning("bell silent", reason=type(error).__name__)


def look() -> int:
    """Keep promises until nothing is due; returns how many documents were tried.

    Told to end (SIGTERM), it takes nothing new and finishes what it has begun.
    """
    keeper = Keeper(of_this_process(), COLLECTIONS, perform)
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        keeper.stop()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, stop)
    try:
        return keeper.run()
    finally:
        signal.signal(signal.SIGTERM, before)


def perform(runtime: Runtime, held: outbox.Held) -> None:
    """Keep what is due of one leased document, and let it go."""
    for owed in held.promises:
        _keep(runtime, held, owed)
    outbox.release(runtime.db[held.collection], held)


def _keep(runtime: Runtime, held: outbox.Held, owed: outbox.Promise) -> None:
    """Perform one effect; whatever goes wrong, the promise stays and the keeper goes on."""
    rows = runtime.db[held.collection]
    about: dict[str, Any] = {"effect": owed["effect"], "collection": held.collection}
    hand = outbox.at_hand.set((held, owed))
    try:
        EFFECTS[owed["effect"]](runtime, held.id, **owed["data"])
    except Unreachable as error:
        log.warning("effect delayed", partner=error.partner, reason=error.reason, **about)
        outbox.delayed(rows, held, owed, str(error), error.until, doubtful=error.doubtful)
    except Problem as error:
        log.warning("effect refused", code=error.code, **about)
        outbox.delayed(rows, held, owed, error.code)
    except Exception as error:  # noqa: BLE001 - a bug in one effect must not stop the others
        log.error("effect failed", error=error, **about)
        outbox.delayed(rows, held, owed, type(error).__name__)
    else:
        outbox.kept(rows, held, owed)
    finally:
        outbox.at_hand.reset(hand)
