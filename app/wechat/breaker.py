"""A circuit that opens when calls fail, for a growing while, and lets one at a time try again.

What becomes of a circuit is said by plain functions; `Circuits` keeps them in Redis for all
processes, and in this process alone while Redis is away. Moments are seconds of base.clock.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from base import clock

from .shelf import Shelf

if TYPE_CHECKING:
    from redis import Redis

KEY = "wechat:circuits"
PROBE_SECONDS = 12.0
_LOOK_SECONDS = 1.0
_PATIENCE = 16
_COMPARE_AND_SET = """
if (redis.call('hget', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('hdel', KEYS[1], ARGV[1])
else redis.call('hset', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """Opens after `failures` in a row, for `first` seconds, then twice as long up to `longest`."""

    failures: int
    first: float
    longest: float


@dataclass(frozen=True, slots=True)
class Circuit:
    """Closed while `times`, how often it opened in a row, is 0; else open until `until`.

    After that it is half open: whoever passes bars it for the others until `probe`.
    """

    why: str = ""
    failures: int = 0
    times: int = 0
    until: float = 0.0
    probe: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, or go one at a time."""
        return self.times > 0

    @property
    def barred(self) -> float:
        """Until when nobody may pass; 0.0 for a closed one."""
        return max(self.until, self.probe) if self.times else 0.0


CLOSED = Circuit()
Step = Callable[[Circuit], Circuit]
_Raw = dict[bytes, bytes]


def entered(circuit: Circuit, moment: float) -> Circuit:
    """The circuit after somebody came to pass it; she may if nobody was barred at that moment."""
    if not circuit.is_open or moment < circuit.barred:
        return circuit
    return replace(circuit, probe=moment + PROBE_SECONDS)


def failed(circuit: Circuit, why: str, policy: Policy, moment: float) -> Circuit:
    """The circuit after a call failed; what was under way when it opened changes nothing."""
    if moment < circuit.until:
        return circuit
    if not circuit.is_open and circuit.failures + 1 < policy.failures:
        return Circuit(why, circuit.failures + 1)
    times = circuit.times if circuit.why == why else 0
    wait = min(policy.first * 2.0 ** min(times, 30), policy.longest)
    return Circuit(why, 0, times + 1, moment + wait)


def worked(circuit: Circuit, moment: float) -> Circuit:
    """The circuit after a call worked: closed, unless the call was older than its opening."""
    return circuit if moment < circuit.until else CLOSED


class Circuits:
    """Every circuit by name, as all processes share them; read at most once a second."""

    def __init__(self, shelf: Shelf, kept: Callable[[], Mapping[str, Circuit]]) -> None:
        """`kept` tells which circuits must be open even while Redis is away."""
        self._shelf = shelf
        self._kept = kept
        self._seen: dict[str, Circuit] = {}
        self._read = float("-inf")
        self._lock = threading.Lock()

    def seen(self) -> Mapping[str, Circuit]:
        """The circuits that are not at rest, as of a second ago at most."""
        if time.monotonic() - self._read > _LOOK_SECONDS:
            with self._lock:
                if time.monotonic() - self._read > _LOOK_SECONDS:
                    self._seen = self._look()
                    self._read = time.monotonic()
        return self._seen

    def change(self, name: str, step: Step) -> tuple[Circuit, Circuit]:
        """Take one step with a circuit: what it was and what it has become."""
        try:
            before, after = self._shelf.ask(lambda redis: _stepped(redis, name, step))
        except RedisError:
            with self._lock:
                before = self._seen.get(name, CLOSED)
                after = step(before)
        self._note(name, after)
        return before, after

    def forget(self, name: str) -> None:
        """Close a circuit, by an operator's hand or because its cause has gone."""
        self.change(name, lambda _: CLOSED)

    def _note(self, name: str, circuit: Circuit) -> None:
        with self._lock:
            others = {each: found for each, found in self._seen.items() if each != name}
            self._seen = others | ({} if circuit == CLOSED else {name: circuit})

    def _look(self) -> dict[str, Circuit]:
        try:
            found = self._shelf.ask(lambda redis: redis.hgetall(KEY))
        except RedisError:
            return self._seen | dict(self._kept())
        return {name.decode(): _parsed(raw) for name, raw in cast("_Raw", found).items()}


def _stepped(redis: "Redis", name: str, step: Step) -> tuple[Circuit, Circuit]:
    for _ in range(_PATIENCE):
        raw = cast("bytes", redis.hget(KEY, name) or b"")
        before = _parsed(raw)
        after = step(before)
        if after == before:
            break
        written = "" if after == CLOSED else json.dumps(asdict(after))
        if redis.eval(_COMPARE_AND_SET, 1, KEY, name, raw, written):
            break
    return before, after


def _parsed(raw: bytes) -> Circuit:
    return Circuit(**json.loads(raw)) if raw else CLOSED


def moment() -> float:
    """Now, as circuits count it."""
    return clock.now().timestamp()
