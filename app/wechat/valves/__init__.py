"""Valves: whether an endpoint is asked at all, after what it answered before.

A valve is a circuit named "appid endpoint" ("appid token" for the token itself, "appid endpoint
template" for one template; text messages have the appid "sms"), short-lived and kept in Redis. What
is used up for today lies in the collection `valves` as well, for it must outlive Redis; the clock
brings it back there (`mirror`). Quotas are never cleared from here.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pymongo
from pymongo.errors import PyMongoError

from base import alarms, clock
from base.errors import Unreachable

from ...logs import log
from .. import breaker
from ..breaker import Circuit, Circuits, Policy
from ..shelf import Shelf
from ..verdicts import Held, Refused
from . import store

if TYPE_CHECKING:
    from redis import Redis

    from base.store import Database

T = TypeVar("T")
TOKEN: Final = "token"  # noqa: S105  a valve's name
_JITTER_SECONDS: Final = 240
_PATIENCE_SECONDS: Final = 2
_AT_ONCE: Final = 10.0
_SOON: Final = 3.0
_NOTED_SECONDS: Final = 60.0
_MISSED: Final = 3


# What closes a valve, and how; "quota" and "slow" know their moment by themselves.
POLICIES: Final[Mapping[str, Policy]] = {
    "transient": Policy(failures=5, first=10, longest=60),
    "token": Policy(failures=1, first=30, longest=600),
    "slow": Policy(failures=1, first=60, longest=60),
    "brief": Policy(failures=1, first=1, longest=8),
    "quota": Policy(failures=1, first=86400, longest=86400),
    "configuration": Policy(failures=1, first=120, longest=600),
    "egress": Policy(failures=1, first=120, longest=600),
    "missing": Policy(failures=1, first=60, longest=240),
    "template": Policy(failures=1, first=1800, longest=21600),
}
# What closes one template only.
TEMPLATES: Final = ("missing", "template")
# The alarms that end by themselves when the endpoint works again.
ALARMS: Final[Mapping[str, str]] = {
    "transient": "wechat_outage",
    "token": "wechat_token",
    "quota": "wechat_quota",
    "configuration": "wechat_configuration",
    "egress": "wechat_egress",
    "template": "wechat_template",
}
TEXTS: Final = "sms"
TEXTS_ALARMS: Final = {"transient": "sms_outage", "configuration": "sms_configuration"}
# What closes nothing and stays until an operator has seen to it.
NOTES: Final[Mapping[str, str]] = {
    "banned": "wechat_banned",
    "unknown": "wechat_unknown",
}


@dataclass(frozen=True)
class Valve:
    """One valve as operators see it: `state` is closed (nothing passes) or trying (one does)."""

    name: str
    why: str
    state: str
    times: int
    until: datetime

    @property
    def appid(self) -> str:
        """Whose valve it is."""
        return self.name.partition(" ")[0]

    @property
    def endpoint(self) -> str:
        """The path it guards, or TOKEN."""
        return self.name.partition(" ")[2]


class Valves:
    """The valves of all accounts; safe to share between threads.

    Without a store nothing outlives Redis and no alarm is sounded: enough for tools.
    """

    def __init__(self, shelf: "Redis", db: "Database | None" = None) -> None:
        self.shelf = Shelf(shelf)
        self._db = db
        self._circuits = Circuits(self.shelf, self._for_today)
        self._noted: dict[str, float] = {}

    def enter(self, appid: str, path: str, *more: str) -> None:
        """Pass the valves of an endpoint; raises Held at once when one is closed."""
        for name, circuit in self.look(appid, path, *more):
            if circuit.is_open:
                before, _ = self._circuits.change(name, _entering)
                self._pass(name, path, before)

    def look(self, appid: str, path: str, *more: str) -> list[tuple[str, Circuit]]:
        """Only look whether the valves are closed, and take no turn; raises Held."""
        seen = self._circuits.seen()
        names = [f"{appid} {name}" for name in (path, *more)]
        found = [(name, seen[name]) for name in names if name in seen]
        for name, circuit in found:
            self._pass(name, path, circuit)
        return found

    def _pass(self, name: str, path: str, circuit: Circuit) -> None:
        if breaker.moment() < circuit.barred:
            why = f"{circuit.why} at {name.partition(' ')[2]}"
            raise Held(path, why, _spread(circuit), circuit.why)

    def worked(self, appid: str, name: str) -> None:
        """Note that a call was answered; costs nothing while all is well."""
        name = f"{appid} {name}"
        if name not in self._circuits.seen():
            return
        now = breaker.moment()
        before, after = self._circuits.change(name, lambda each: breaker.worked(each, now))
        if before.is_open and not after.is_open:
            self._hush(name, before.why)

    def failed(self, appid: str, name: str, why: str, error: Unreachable) -> None:
        """Note that a call failed for a reason that may close the valve.

        Once it is closed the error says until when, so that waiting counts as no try; not where
        nobody answered what may have been heard, for then it was one. For a template that is of no
        use nobody waits.
        """
        name = f"{appid} {name}"
        before, after = self._circuits.change(name, lambda each: _fail(each, why))
        if not after.is_open:
            return
        why = after.why
        error.retry = error.retry and why != "template"
        if isinstance(error, Refused) or not error.doubtful:
            error.until = _spread(after)
        if before.until != after.until:
            log.warning("valve closed", valve=name, why=why, times=after.times)
            self._remember(name, why, after, error)
            if alarm := _alarm(name, why):
                until = f"{_moment(after.until).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
                self._sound(alarm, name, _facts(name, error) | {"until": until})

    def note(self, appid: str, refusal: Refused) -> None:
        """Sound the alarm of a refusal that closes nothing; at most once a minute per cause."""
        key, now = f"{appid} {refusal.endpoint} {refusal.code}", time.monotonic()
        if now - self._noted.get(key, float("-inf")) > _NOTED_SECONDS:
            self._noted[key] = now
            facts = _facts(f"{appid} {refusal.endpoint}", refusal)
            self._sound(NOTES[refusal.kind], key, facts)

    def _sound(self, kind: str, key: str, facts: dict[str, object]) -> None:
        self._kept(lambda db: alarms.sound(db, kind, key, **facts))

    def _kept(self, act: "Callable[[Database], T]") -> T | None:
        """Do something with the store, if there is one and it answers soon."""
        if self._db is None:
            return None
        try:
            with pymongo.timeout(_PATIENCE_SECONDS):
                return act(self._db)
        except PyMongoError as error:
            log.error("valves unkept", error=error)
            return None

    def standing(self) -> list[Valve]:
        """The valves that are not open, by name."""
        now = breaker.moment()
        return [
            Valve(
                name=name,
                why=each.why,
                state="closed" if now < each.until else "trying",
                times=each.times,
                until=_moment(each.until),
            )
            for name, each in sorted(self._circuits.seen().items())
            if each.is_open
        ]

    def reopen(self, name: str) -> bool:
        """Open a valve by an operator's hand; False when it was open."""
        self._kept(lambda db: store.reopen(db, name))
        before, _ = self._circuits.change(name, lambda _: breaker.CLOSED)
        if before.is_open:
            self._hush(name, before.why)
        return before.is_open

    def mirror(self) -> None:
        """Bring back into Redis what must be closed today, and end the alarms of what is not."""
        today = self._for_today()
        for name, kept in today.items():
            self._circuits.change(name, partial(_later, kept))
        for alarm in self._kept(alarms.standing) or ():
            if alarm["kind"] == ALARMS["quota"] and alarm["key"] not in today:
                self._hush(alarm["key"], "quota")

    def _remember(self, name: str, why: str, circuit: Circuit, error: Unreachable) -> None:
        if why == "quota":
            code = error.code if isinstance(error, Refused) else 0
            self._kept(lambda db: store.close(db, name, code, _moment(circuit.until)))

    def _for_today(self) -> dict[str, Circuit]:
        """What the store says is closed now."""
        found = self._kept(store.closed) or ()
        return {row["_id"]: Circuit("quota", 0, 1, row["until"].timestamp()) for row in found}

    def _hush(self, name: str, why: str) -> None:
        log.info("valve open", valve=name, why=why)
        if alarm := _alarm(name, why):
            self._kept(lambda db: alarms.clear(db, alarm, name))


def _alarm(name: str, why: str) -> str | None:
    """The alarm of a valve that closes for a reason."""
    return (TEXTS_ALARMS if name.startswith(f"{TEXTS} ") else ALARMS).get(why)


def _facts(name: str, error: Unreachable) -> dict[str, object]:
    """What an alarm tells about an endpoint: what the platform said, and nothing personal."""
    appid, _, about = name.partition(" ")
    endpoint, _, template = about.partition(" ")
    if not isinstance(error, Refused):
        return {"appid": appid, "endpoint": endpoint, "text": error.reason}
    said = {"code": error.code, "rid": error.rid, "text": error.text, "template": template}
    return {"appid": appid, "endpoint": error.endpoint} | said


def _later(one: Circuit, other: Circuit) -> Circuit:
    return one if one.until > other.until else other


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def _entering(circuit: Circuit) -> Circuit:
    return breaker.entered(circuit, breaker.moment())


def _fail(circuit: Circuit, why: str) -> Circuit:
    """The circuit after a failure; limits of a minute or a day end at a moment of their own.

    A template that is missing for the fourth time in a row is of no use.
    """
    now = breaker.moment()
    if why == "missing" and (circuit.why == "template" or circuit.times >= _MISSED):
        why = "template"
    after = breaker.failed(circuit, why, POLICIES[why], now)
    if after == circuit or why not in _ENDS:
        return after
    return Circuit(why, 0, after.times, _ENDS[why](now))


def next_minute(now: float) -> float:
    """When the platform's minute is over, by our clock and a second's grace."""
    return now - now % 60 + 61


def tomorrow(now: float) -> float:
    """When the platform's daily counters begin anew: midnight in Shanghai and some minutes."""
    day = datetime.fromtimestamp(now, clock.SHANGHAI).date() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)
    return midnight.timestamp() + 60 + secrets.randbelow(_JITTER_SECONDS)


_ENDS: Final[Mapping[str, Any]] = {"slow": next_minute, "quota": tomorrow}


def _spread(circuit: Circuit) -> datetime:
    """When somebody who is held back may come again: not all in the same moment.

    While one is trying the others look again soon, for the valve may be open in a moment.
    """
    now, drawn = breaker.moment(), secrets.randbelow(1000) / 1000
    later = circuit.until + drawn * _AT_ONCE if now < circuit.until else now + 1 + drawn * _SOON
    return _moment(later)
