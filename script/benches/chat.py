"""Our encrypted text answer against a bare encrypted echo and WeRoBot's, in alternating rounds.

Ours checks the signature, opens, stores once, looks at the conversation, searches the catalogue,
answers, stores the answer and seals it. CPU is that of the web server's processes alone; the
store's and the queue's are reported apart, and `cpu_ratio_own` also takes off what the driver
itself costs for the very commands of the request, issued alone in the same run.
"""

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymongo

from base import store
from script import demo, parts, servers, supervisor, usage
from script.pushes import Account, Line, text

from . import driver

_LINES = 4
_PEOPLE = 500
_MOST_A_SECOND = 1500
_LOCK = demo.ROOT / "script" / "locks" / "bench.txt"


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
        return {"name": self.name, "rate": _spread(self.rates), "cpu_us": _spread(self.costs)}


def run(rounds: int, seconds: float, *, robot: bool = True) -> dict[str, Any]:
    """Measure; one JSON object's worth of figures. WeRoBot's environment is built on the way."""
    with tempfile.TemporaryDirectory(prefix="banshitong-") as folder, _town(Path(folder)) as town:
        account = _account(town)
        ours = Server("banshitong", town.ports.web, _pid(town, "web"))
        peers = list(_peers(town, account, robot))
        said = _said(account, int(rounds * seconds * _MOST_A_SECOND))
        _turn(ours, itertools.islice(said, 200), 1.0)
        for peer in peers:
            _turn(peer, _copies(account), 1.0)
        for server in (ours, *peers):
            server.rates.clear()
            server.costs.clear()
        before, spent = _commands(town), {name: _cpu(town, name) for name in ("store", "queue")}
        count = 0
        for _ in range(rounds):
            for peer in peers:
                peer_count = _turn(peer, _copies(account), seconds)
                assert peer_count, peer.name
            count += _turn(ours, said, seconds)
        asked = {name: many - before[name] for name, many in _commands(town).items()}
        alone = driver.alone(town.environment, account)
        apart = {name: (_cpu(town, name) - spent[name]) / count for name in spent}
        return _figures(ours, peers, alone, {k: v / count for k, v in asked.items()}, apart)


def _figures(
    ours: Server,
    peers: list[Server],
    alone: dict[str, float],
    asked: dict[str, float],
    apart: dict[str, float],
) -> dict[str, Any]:
    bare, own = peers[0], statistics.median(ours.costs) - sum(alone.values())
    echo = statistics.median(bare.costs)
    return {
        "ours": ours.figures(),
        "peers": [peer.figures() for peer in peers],
        "cpu_ratio": round(statistics.median(ours.costs) / echo, 2),
        "cpu_ratio_own": round(own / echo, 2),
        "rate_ratio": round(statistics.median(ours.rates) / statistics.median(bare.rates), 2),
        "commands_per_request": round(sum(asked.values()), 2),
        "commands": {name: round(many, 2) for name, many in asked.items() if many},
        "driver_cpu_us": {name: round(cost) for name, cost in alone.items()},
        "apart_cpu_us": {name: round(cost) for name, cost in apart.items()},
    }


def _spread(found: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(found), 1),
        "least": round(min(found), 1),
        "most": round(max(found), 1),
    }


@contextmanager
def _town(folder: Path) -> Iterator[supervisor.Town]:
    """Store, queue and one web process, nothing else."""
    port = str(demo.Ports.free().web)
    town = supervisor.Town({"PATH": os.environ["PATH"], "STATE_DIR": str(folder), "PORT": port})
    try:
        for _line in supervisor.start_servers(town):
            pass
        supervisor.command(town, "prepare")
        supervisor.start_web(town, 1)
        supervisor.web_answers(town)
        yield town
    finally:
        for part in reversed(town.parts):
            part.stop()


def _account(town: supervisor.Town) -> Account:
    kept = town.kept
    return Account("/wechat/oa", kept["oa_appid"], kept["oa_token"], kept["oa_aes_key"])


def _pid(town: supervisor.Town, name: str) -> int:
    process = next(part.process for part in town.parts if part.name == name)
    assert process is not None
    return process.pid


def _cpu(town: supervisor.Town, name: str) -> float:
    return usage.microseconds(_pid(town, name))


def _peers(town: supervisor.Town, account: Account, robot: bool) -> Iterator[Server]:
    """The bare echo, and WeRoBot's where it is wanted and its environment can be built."""
    yield _peer(town, account, "bare", sys.executable)
    if not robot:
        return
    robots = town.state / "robots"
    made = [sys.executable, "-m", "venv", str(robots)]
    uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--require-hashes"]
    python = robots / "bin" / "python"
    filled = [*uv, "--python", str(python), "-r", str(_LOCK)]
    if all(not subprocess.run(each, check=False).returncode for each in (made, filled)):
        yield _peer(town, account, "robot", str(python))


def _peer(town: supervisor.Town, account: Account, name: str, python: str) -> Server:
    """A peer under the same server with the same settings as ours."""
    port = servers.free_port()
    own = {"TOKEN": account.token, "AES_KEY": account.aes_key, "APPID": account.appid}
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(demo.ROOT)} | own
    where = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    many = ["--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers"]
    loaded = ["--log-level", "warning", f"script.benches.peers.{name}:app"]
    part = parts.Part(name, [python, "-m", "granian", *where, *many, *loaded], town.run, given)
    part.start()
    town.parts.append(part)
    assert part.process is not None
    peer = Server(name, port, part.process.pid)
    _wait(port)
    return peer


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


def words() -> list[str]:
    """What residents of this county ask for, in their own words."""
    file = demo.ROOT / "config" / "synonyms.toml"
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    names = list(table["names"])
    return names + [name + said for name in names for said in list(table["words"])[:4]]


def _said(account: Account, many: int) -> Iterator[bytes]:
    """Distinct messages of some hundreds of people, made before the clock runs."""
    wanted = itertools.cycle(words())
    asked = [(f"o{n % _PEOPLE:05}", next(wanted), str(10**15 + n)) for n in range(many)]
    return iter([account.push(text(*each)) for each in asked])


def _copies(account: Account) -> Iterator[bytes]:
    """Messages for who does not mind hearing them again."""
    return itertools.cycle(list(itertools.islice(_said(account, 300), 300)))


def _turn(server: Server, pushes: Iterator[bytes], seconds: float) -> int:
    """Deliver over some lines at once for some seconds; how many were answered."""
    lock, counts = threading.Lock(), []
    cost, began = usage.microseconds(server.pid), time.monotonic()
    until = began + seconds

    def deliver() -> None:
        line, count = Line(server.port), 0
        while time.monotonic() < until:
            with lock:
                push = next(pushes, None)
            if push is None:
                break
            status, body = line.deliver(push)
            assert status == 200, body
            count += 1
        line.close()
        counts.append(count)

    threads = [threading.Thread(target=deliver) for _ in range(_LINES)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(counts) == _LINES, f"{server.name}: a line broke"
    server.rates.append(sum(counts) / (time.monotonic() - began))
    server.costs.append((usage.microseconds(server.pid) - cost) / sum(counts))
    return sum(counts)


def _commands(town: supervisor.Town) -> dict[str, int]:
    """How many commands of each kind the store has been asked."""
    client: pymongo.MongoClient[store.Document] = pymongo.MongoClient(
        town.environment["MONGODB_URI"]
    )
    with client:
        counts: dict[str, int] = client.admin.command("serverStatus")["opcounters"]
    return {name: counts[name] for name in ("insert", "query", "update", "delete", "getmore")}
