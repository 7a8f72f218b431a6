"""The simulator's one virtual clock, and the timetable of what happens later by it."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

LONGEST_SLEEP_SECONDS = 0.5


class Clock:
    """Real time plus an offset in seconds that the control API sets."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._watchers: list[Callable[[], None]] = []

    @property
    def offset(self) -> float:
        """How many seconds the simulator is ahead of (or behind) real time."""
        return self._offset

    def seconds(self) -> float:
        """Unix time of the virtual clock, with fractions."""
        return time.time() + self._offset

    def stamp(self) -> int:
        """Unix time of the virtual clock in whole seconds, as the platforms write it."""
        return int(self.seconds())

    def now(self) -> datetime:
        """Return the virtual moment as an aware UTC datetime."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def set(self, offset: float) -> None:
        """Put the offset at this many seconds and wake whoever waits for a moment."""
        self._offset = offset
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after every change of the offset."""
        self._watchers.append(watcher)


class Timetable:
    """Runs functions, each in a thread of its own, when the virtual clock reaches their moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._begun: list[threading.Thread] = []
        self._woken = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="timetable")
        self._thread.start()
        clock.watch(self._wake)

    def after(self, seconds: float, act: Callable[..., object], *given: Any) -> None:
        """Run `act(*given)` once `seconds` of virtual time have passed; forgotten by a restart."""
        with self._woken:
            moment = self._clock.seconds() + seconds
            heapq.heappush(self._due, (moment, next(self._order), act, given))
            self._woken.notify()

    def clear(self) -> None:
        """Forget everything that was planned."""
        with self._woken:
            self._due.clear()

    @contextmanager
    def still(self) -> Iterator[None]:
        """What had begun has ended, and nothing begins meanwhile."""
        while True:
            with self._woken:
                begun = [each for each in self._begun if each.is_alive()]
                if not begun:
                    yield
                    return
            for each in begun:
                each.join()

    def close(self) -> None:
        """Stop the thread; what was planned does not happen."""
        with self._woken:
            self._closed = True
            self._woken.notify()
        self._thread.join()

    def _wake(self) -> None:
        with self._woken:
            self._woken.notify()

    def _run(self) -> None:
        while not self._closed:
            self._begin()

    def _begin(self) -> None:
        with self._woken:
            wait = self._due[0][0] - self._clock.seconds() if self._due else LONGEST_SLEEP_SECONDS
            if wait > 0 and not self._closed:
                self._woken.wait(min(wait, LONGEST_SLEEP_SECONDS))
            self._begun = [each for each in self._begun if each.is_alive()]
            while self._due and self._due[0][0] <= self._clock.seconds():
                _, _, act, given = heapq.heappop(self._due)
                self._begun.append(threading.Thread(target=act, args=given, daemon=True))
                self._begun[-1].start()
