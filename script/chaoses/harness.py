"""A whole platform in a folder of its own, whose parts can be killed one by one."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pymongo
import requests

from app.jobs import COLLECTIONS
from base import clock, outbox, privacy, store
from script import demo, parts, supervisor, usage

SIZES = ("small", "full")
_OWING = tuple(name for name in COLLECTIONS if name != "statements")
"""Where something may be owed: wallets' days always owe their statement."""

_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Verdict:
    """One bar: what was counted, and whether it held."""

    bar: str
    passed: bool
    figures: dict[str, Any] = field(default_factory=dict)


class Town:
    """Store, queue, simulator, web, workers and clock, watched and started again when they die."""

    def __init__(self, folder: Path, settings: Mapping[str, str], web: int, workers: int) -> None:
        given = {"PATH": os.environ.get("PATH", ""), "STATE_DIR": str(folder)}
        given |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        self._town = supervisor.Town(given | {"PORT": str(demo.Ports.free().web)})
        self._town.environment |= settings
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.kills: dict[str, int] = {}
        try:
            self._begin(web, workers)
        except BaseException:
            self.stop()
            raise

    def _begin(self, web: int, workers: int) -> None:
        for _line in supervisor.start_servers(self._town):
            pass
        self.simulator = supervisor.start_simulator(self._town)
        supervisor.prepare(self._town)
        supervisor.start_web(self._town, web)
        for number in range(1, workers + 1):
            supervisor.start_worker(self._town, f"worker-{number}")
        self._town.part("clock", self._town.python("-m", "app", "clock"))
        self.web = supervisor.web_answers(self._town)
        privacy.load(self.environment["PRIVACY_KEYS"])
        self.db = store.connect(self.environment["MONGODB_URI"])
        clock.follow(self.db)
        self._watcher.start()

    @property
    def environment(self) -> dict[str, str]:
        """The settings our side was started with."""
        return self._town.environment

    @property
    def secrets(self) -> dict[str, str]:
        """What both sides of this world share, by the names of script/demo.py."""
        return self._town.kept

    @property
    def folder(self) -> Path:
        """Where logs and data lie."""
        return self._town.state

    def control(self, path: str, told: Mapping[str, Any] | None = None, method: str = "") -> Any:
        """Ask the simulator's control API: POST when something is told, else GET."""
        verb = method or ("GET" if told is None else "POST")
        url = f"{self.simulator}/control/v1{path}"
        answer = requests.request(verb, url, json=told, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def advance(self, seconds: float) -> None:
        """Put both sides' clocks forward."""
        offset = float(self.control("/clock")["offset_seconds"]) + seconds
        self.control("/clock", {"offset_seconds": offset})
        clock.move(self.db, offset)

    def kill(self, name: str, meanwhile: Callable[[], None] | None = None) -> bool:
        """SIGKILL a part with all its processes; started again at once, or after `meanwhile`.

        Whether there was something to kill: a part that has just died by itself is none.
        """
        with self._lock:
            part = next(each for each in self._town.parts if each.name == name)
            if part.process is None or part.process.poll() is not None:
                return False
            _end(part)
            part.process.wait()
            if meanwhile:
                meanwhile()
            part.start()
            self.kills[name] = self.kills.get(name, 0) + 1
            return True

    def part_names(self, prefix: str = "") -> list[str]:
        """The names of the parts that can be killed."""
        return [each.name for each in self._town.parts if each.name.startswith(prefix)]

    def owed(self, within: timedelta | None = None, where: Sequence[str] = _OWING) -> int:
        """How many documents of some collections owe an effect (so soon) that is not stuck."""
        rows = [self.db[name] for name in where]
        when = {"$exists": True} if within is None else {"$lt": clock.now() + within}
        owing = sum(each.count_documents({"due": when}) for each in rows)
        return owing - sum(len(outbox.stuck(each)) for each in rows)

    def wait_drained(self, seconds: float) -> bool:
        """Wait until nothing is owed; whether that came in time."""
        return wait_for(lambda: self.owed() <= 0, seconds)

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with self._lock:
                for part in self._town.parts:
                    part.watch()

    def stop(self) -> None:
        """End every part, all at once."""
        self._over.set()
        if self._watcher.is_alive():
            self._watcher.join()
        clock.stand_alone()
        if hasattr(self, "db"):
            self.db.client.close()
        with ThreadPoolExecutor() as pool:
            list(pool.map(parts.Part.stop, self._town.parts))


def wait_for(true: Callable[[], object], seconds: float, every: float = _LOOK_SECONDS) -> bool:
    """Look until something is true; whether it was in time. A store that is away is waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return True
        except (pymongo.errors.PyMongoError, requests.RequestException):
            pass
        time.sleep(every)
    return False


@contextmanager
def town(web: int = 1, workers: int = 2, **settings: str) -> Iterator[Town]:
    """A platform for one row, gone afterwards; `settings` are added to its environment."""
    folder = Path(tempfile.mkdtemp(prefix="banshitong-"))
    begun: Town | None = None
    try:
        begun = Town(folder, settings, web, workers)
        yield begun
    finally:
        if begun is not None:
            begun.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _end(part: parts.Part) -> None:
    """Kill a part and whatever it has started: a worker's job lives in a group of its own."""
    assert part.process is not None
    for pid in usage.family(part.process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
