"""What wakes when: a loop that only rings bells, so that any number of clocks may run."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import redis
from pymongo.errors import PyMongoError

from base import ahead, store, sweeping
from feedback import talks, tickets
from payments import reporting, trust
from tracking import cases

from . import fiscal, hearing, jobs, reconciling, watching
from .logs import log
from .runtime import Runtime

_TICK_SECONDS = 1.0
_JUST_NOW = timedelta(seconds=3)


@dataclass(frozen=True)
class Wake:
    """Something done every so many seconds, by one clock at a time."""

    name: str
    every_seconds: int
    act: Callable[[Runtime], object]


def _sweep(runtime: Runtime) -> None:
    """Ring where a promise fell due just now."""
    _ring(runtime, _JUST_NOW)


def _overdue(runtime: Runtime) -> None:
    """Ring where a promise is due, since whenever: a bell may not have been heard."""
    _ring(runtime)


def _ring(runtime: Runtime, within: timedelta | None = None) -> None:
    due = [name for name in jobs.COLLECTIONS if ahead.is_due(runtime.db[name], within)]
    if due:
        jobs.ring(runtime.redis, *due)


def _nudge(runtime: Runtime) -> None:
    """One empty transaction, so that a killed client's locks are let go (the embedded store)."""
    store.nudge(runtime.db)


def _tidy(runtime: Runtime) -> None:
    """Delete uploads that no case and no ticket has taken."""
    sweeping.sweep(runtime.db, lambda to, id: _holds(runtime, to, id))


def _holds(runtime: Runtime, to: str, id: str) -> bool:
    """Whether the case or ticket that a file was attached to, "case:…", names it."""
    kind, _, submission = to.partition(":")
    return HOLDERS[kind](runtime.db, submission, id)


def _lapse(runtime: Runtime) -> None:
    """End the talks in which nobody says anything any more."""
    talks.lapse(runtime.db)


def _certificates(runtime: Runtime) -> None:
    """Fetch what WeChat Pay signs with, and warn of certificates that end soon."""
    trust.refresh(runtime.db, runtime.wallets)


def _refunds(runtime: Runtime) -> None:
    """Say how much money that must go back waits for an officer."""
    reporting.report(runtime.db)


HOLDERS = {"case": cases.holds, "ticket": tickets.holds, "talk": talks.holds}
SCHEDULE: tuple[Wake, ...] = (
    Wake("sweep", 1, _sweep),
    Wake("overdue", 5, _overdue),
    Wake("nudge", 30, _nudge),
    Wake("valves", 10, watching.mirror),
    Wake("watch", 60, watching.look),
    Wake("knock", 1800, watching.knock),
    Wake("talks", 60, _lapse),
    Wake("texts", 20, hearing.pull),
    Wake("reports", 6 * 3600, hearing.hear),
    Wake("statements", 300, reconciling.expect),
    Wake("tidy", 3600, _tidy),
    Wake("finance", 900, fiscal.compare),
    Wake("certificates", 6 * 3600, _certificates),
    Wake("refunds", 24 * 3600, _refunds),
)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Tick until told to stop; a store or queue that is away is waited for."""
    while not stop.wait(_TICK_SECONDS):
        for wake in SCHEDULE:
            try:
                if _turn(runtime, wake):
                    wake.act(runtime)
            except (PyMongoError, redis.RedisError) as error:
                log.warning("clock waits", wake=wake.name, reason=type(error).__name__)


def _turn(runtime: Runtime, wake: Wake) -> bool:
    """Whether it is time, and nobody else has done it: a key that lasts as long as the interval."""
    lasts = wake.every_seconds * 1000 - 100
    return bool(runtime.redis.set(f"clock:{wake.name}", 1, px=lasts, nx=True))
