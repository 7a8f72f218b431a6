"""Web servers that take turns under the same load, each measured by what its process spends."""

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pymongo

from base import store
from script import demo, parts, servers, supervisor, usage
from script.pushes import Line

LINES: Final = 4
_LEAST: Final = 25
_PUBLIC: Final = "https://bench.invalid"
THREADS: Final = 4


@dataclass
class Server:
    """One of those compared: where it listens, its process, and what each turn showed."""

    name: str
    port: int
    pid: int
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Requests a second and µs of CPU a request: median and spread over the rounds."""
        return {"name": self.name, "rate": spread(self.rates), "cpu_us": spread(self.costs)}

    def forget(self) -> None:
        """Forget the turns so far, which were there to get warm."""
        self.rates.clear()
        self.costs.clear()


def spread(found: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {
        "median": round(statistics.median(found), 1),
        "least": round(min(found), 1),
        "most": round(max(found), 1),
    }


@contextmanager
def town(folder: Path) -> Iterator[supervisor.Town]:
    """Store, queue and one web process, nothing else; its partners are the real ones.

    Nobody calls them; but a platform whose partners are not on loopback has the plain clock of
    production, and does not look for an offset in the store once a second.
    """
    port = str(demo.Ports.free().web)
    made = supervisor.Town({"PATH": os.environ["PATH"], "STATE_DIR": str(folder), "PORT": port})
    played = f"http://127.0.0.1:{made.ports.simulator}"
    simulated = [name for name, value in made.environment.items() if value.startswith(played)]
    for name in (*simulated, *(each for each in made.environment if each.startswith("NONTAX_"))):
        made.environment.pop(name, None)
    made.environment["PUBLIC_URL"] = _PUBLIC
    try:
        for _line in supervisor.start_servers(made):
            pass
        supervisor.command(made, "prepare")
        supervisor.start_web(made, 1)
        supervisor.web_answers(made)
        yield made
    finally:
        for part in reversed(made.parts):
            part.stop()


def pid(town: supervisor.Town, name: str) -> int:
    """The process of a part."""
    process = next(part.process for part in town.parts if part.name == name)
    assert process is not None
    return process.pid


def cpu(town: supervisor.Town, name: str) -> float:
    """µs of CPU that a part has spent so far."""
    return usage.microseconds(pid(town, name))


def peer(town: supervisor.Town, name: str, python: str, own: Mapping[str, str]) -> Server:
    """An application of script/benches/peers under the same server with the same settings."""
    port = servers.free_port()
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(demo.ROOT), **own}
    where = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    many = ["--workers", "1", "--blocking-threads", str(THREADS), "--respawn-failed-workers"]
    loaded = ["--log-level", "warning", f"script.benches.peers.{name}:app"]
    part = parts.Part(name, [python, "-m", "granian", *where, *many, *loaded], town.run, given)
    part.start()
    town.parts.append(part)
    assert part.process is not None
    _wait(port)
    return Server(name, port, part.process.pid)


def bare(town: supervisor.Town, name: str, own: Mapping[str, str]) -> Server:
    """A peer in our own environment."""
    return peer(town, name, sys.executable, own)


def _wait(port: int) -> None:
    deadline = time.monotonic() + servers.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        line = Line(port)
        try:
            line.deliver(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            line.close()
    raise TimeoutError(str(port))


def turn(server: Server, requests: Iterator[bytes], seconds: float, wanted: int = 200) -> int:
    """Deliver over some lines at once until time or requests end; how many were answered so.

    Each line delivers a few however little time there is, so that what is counted means something.
    """
    lock, counts = threading.Lock(), []
    cost, began = usage.microseconds(server.pid), time.monotonic()
    until = began + seconds

    def deliver() -> None:
        line, count = Line(server.port), 0
        while count < _LEAST or time.monotonic() < until:
            with lock:
                request = next(requests, None)
            if request is None:
                break
            status, body = line.deliver(request)
            assert status == wanted, body
            count += 1
        line.close()
        counts.append(count)

    threads = [threading.Thread(target=deliver) for _ in range(LINES)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(counts) == LINES, f"{server.name}: a line broke"
    server.rates.append(sum(counts) / (time.monotonic() - began))
    server.costs.append((usage.microseconds(server.pid) - cost) / sum(counts))
    return sum(counts)


def commands(town: supervisor.Town) -> dict[str, int]:
    """How many commands of each kind the store has been asked; it does not count commits."""
    client: pymongo.MongoClient[store.Document] = pymongo.MongoClient(
        town.environment["MONGODB_URI"]
    )
    with client:
        counts: dict[str, int] = client.admin.command("serverStatus")["opcounters"]
    return {name: counts[name] for name in ("insert", "query", "update", "delete", "getmore")}
