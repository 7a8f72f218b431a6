"""Keeps promises with a few threads, so that one that sleeps delays no other.

One bell starts a keeper in a worker's process; it goes on for as long as there is something due or
under way, and hears the bells that ring meanwhile by a counter. No effect gets more than three
quarters of the threads: a slow partner, or answers that take half a minute, leave room for the
rest. What is under way is renewed, so that nobody else does it too; a killed keeper's work is free
again once its lease has run out.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final, cast

import redis
from pymongo.errors import PyMongoError

from base import outbox
from base.outbox import Held

from .logs import log
from .runtime import Runtime

RUNG = "effects:bells"
EVERYWHERE = "*"
_LISTEN_SECONDS = 0.1
_PATIENCE_SECONDS = 1.0
_MORE = 100

LEASES: Final[Mapping[str, timedelta]] = MappingProxyType({"messages": timedelta(seconds=15)})
"""A message whose keeper was killed goes its next way within a minute, so it is free again soon;
while its keeper lives it is renewed, however long a partner takes."""

Perform = Callable[[Runtime, Held], None]


@dataclass(frozen=True)
class Pace:
    """How long one effect may take, how long a keeper goes on, and how often a lease is renewed.

    `renewed` is a part of the lease; `leases` are those of collections that differ from the usual:
    {name: how long}.
    """

    renewed: float = 1 / 3
    leases: Mapping[str, timedelta] = field(default_factory=lambda: LEASES)
    longest_seconds: float = 600.0
    session_seconds: float = 3600.0


USUAL = Pace()


@dataclass
class Work:
    """One document under way: which effects it is about, since when, when it was last renewed."""

    held: Held
    effects: set[str]
    began: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)


class Keeper:
    """Hands due documents of some collections to its threads until nothing is due."""

    def __init__(
        self,
        runtime: Runtime,
        collections: tuple[str, ...],
        perform: Perform,
        pace: Pace = USUAL,
    ) -> None:
        self._stopped = False
        self._runtime = runtime
        self._collections = collections
        self._hot = list(collections)
        self._perform = perform
        self._pace = pace
        self._threads = max(2, runtime.settings.worker_threads)
        self._pool = ThreadPoolExecutor(self._threads, "effect")
        self._under_way: dict[Future[bool], Work] = {}
        self._lost = 0
        self._promised = False
        self._rung: dict[bytes, bytes] = {}
        self._listened = 0.0

    def run(self) -> int:
        """Work until nothing is due and nothing under way; returns how many documents were tried.

        After an hour, or when told to stop, it takes nothing new and ends what it has begun.
        """
        tried, until = 0, time.monotonic() + self._pace.session_seconds
        try:
            while True:
                self._listen()
                taking = not self._stopped and time.monotonic() < until
                tried += self._look() if taking else 0
                if not self._under_way and not (taking and self._hot and self._room):
                    return tried
                self._wait()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Take nothing new from now on."""
        self._stopped = True

    def _listen(self) -> None:
        """Look again where a bell was rung, and everywhere after a promise made here."""
        moment = time.monotonic()
        if self._under_way and moment - self._listened < _LISTEN_SECONDS:
            return
        self._listened = moment
        where = self._bells()
        if self._promised or EVERYWHERE in where:
            self._promised, where = False, set(self._collections)
        self._hot += [each for each in self._collections if each in where - set(self._hot)]

    def _bells(self) -> set[str]:
        """Where bells were rung since they were last listened to; unheard ones may be anywhere."""
        try:
            rung = cast("dict[bytes, bytes]", self._runtime.redis.hgetall(RUNG))
        except redis.RedisError:
            self._listened += _PATIENCE_SECONDS
            return {EVERYWHERE}
        new = {name.decode() for name, times in rung.items() if times != self._rung.get(name)}
        self._rung = rung
        return new

    def _look(self) -> int:
        """Begin what is due while threads are free; a store that is away is waited for."""
        if not self._room or not self._hot:
            return 0
        begun = 0
        try:
            for held in self._due():
                work = Work(held, {each["effect"] for each in held.promises})
                self._under_way[self._pool.submit(self._do, held)] = work
                begun += 1
        except PyMongoError as error:
            if not self._under_way:
                raise
            log.warning("keeper waits", reason=type(error).__name__)
            time.sleep(_PATIENCE_SECONDS)
        return begun

    @property
    def _free(self) -> int:
        return self._threads - self._lost - len(self._under_way)

    @property
    def _room(self) -> bool:
        """Whether it is worth looking: a quarter of the threads is free."""
        return self._free >= self._threads // 4

    def _due(self) -> Iterator[Held]:
        """Leased documents, a different collection first each time; one with too few is cold."""
        self._hot.append(self._hot.pop(0))
        for name in list(self._hot):
            yield from self._of(name)
            if self._free:
                self._hot.remove(name)

    def _of(self, name: str) -> Iterator[Held]:
        """Leased documents of one collection, past those whose effects have their share."""
        if self._free and not self._full():
            yield from self._take(name)
        if self._free and self._full():
            yield from self._take(name, _MORE)

    def _take(self, name: str, among: int = 0) -> Iterator[Held]:
        lease = self._pace.leases.get(name, outbox.LEASE)
        return outbox.take(self._runtime.db[name], self._free, self._welcome, among, lease)

    def _full(self) -> set[str]:
        """The effects that have their share of the threads."""
        busy = Counter(effect for work in self._under_way.values() for effect in work.effects)
        return {effect for effect, many in busy.items() if many >= self._threads * 3 // 4}

    def _welcome(self, effects: set[str]) -> bool:
        return not effects & self._full()

    def _do(self, held: Held) -> bool:
        """Perform in a thread; whether promises were made. A store that is away costs the lease."""
        outbox.made.set(False)
        try:
            self._perform(self._runtime, held)
        except PyMongoError as error:
            log.warning(
                "effect interrupted", collection=held.collection, reason=type(error).__name__
            )
        return outbox.made.get()

    def _wait(self) -> None:
        """Wait for a thread or the next bell; meanwhile hold on to what is under way.

        Where an effect had its share of the threads, others of its kind may have been passed by.
        """
        done, _ = wait(self._under_way, _LISTEN_SECONDS, FIRST_COMPLETED)
        for each in done:
            full = self._full()
            work = self._under_way.pop(each)
            if work.effects & full and work.held.collection not in self._hot:
                self._hot.append(work.held.collection)
            self._promised = each.result() or self._promised
        moment = time.monotonic()
        for each, work in list(self._under_way.items()):
            if moment - work.began > self._pace.longest_seconds:
                self._give_up(each, work)
            elif moment - work.renewed > self._pace.renewed * work.held.lease.total_seconds():
                work.renewed = moment
                self._renew(work.held)

    def _renew(self, held: Held) -> None:
        try:
            outbox.renew(self._runtime.db[held.collection], held)
        except PyMongoError as error:
            log.warning(
                "lease not renewed", collection=held.collection, reason=type(error).__name__
            )

    def _give_up(self, future: "Future[bool]", work: Work) -> None:
        """Put off what does not end; its thread is lost to this keeper."""
        log.error("effect too slow", effects=sorted(work.effects), collection=work.held.collection)
        del self._under_way[future]
        self._lost += 1
        held = work.held
        for owed in held.promises:
            if owed["id"] in held.open:
                outbox.delayed(self._runtime.db[held.collection], held, owed, "too slow")
        outbox.release(self._runtime.db[held.collection], held)
