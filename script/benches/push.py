"""Messages through the ledger, a worker and one HTTP call, against plain RQ jobs that do nothing.

The same workers of the same class do both, in alternating rounds: they are stopped while the work
of a round is written down, then go on, and the clock runs until the last of it is done. One message
is one promise and one call of the simulator's send API; half of them are template messages of the
official account, half subscription messages of the mini-program, each kept to its own pace.

`cpu_ratio_own` leaves out what the driver costs for the store commands of a message: those of two
messages are recorded, and each is issued alone, in one thread with nothing else to do. That is less
than it costs between the threads of a worker, so our own share is rather overstated.
"""

import os
import secrets
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pymongo
import redis
import requests
from rq.registry import StartedJobRegistry

from app import jobs, runtime
from app.keeper import Keeper
from app.wechat import pacing
from base import clock, privacy, store
from config.settings import Settings
from people import residents
from people.residents import Account
from script import demo, supervisor, usage
from script.chaoses import told
from tracking import messages, subscriptions, templates

from . import driver

_WORKERS: Final = 2
_A_SECOND: Final = 60
_PATIENCE_SECONDS: Final = 120.0
_NUMBER: Final = "202601010000011"
_LOOK_SECONDS: Final = 0.02
_KINDS: Final = {"find": "query", "update": "update"}
"""How the store counts the commands of a message, by the driver's word for them."""

_SENDS: Final = ("/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/send")


@dataclass
class Side:
    """One of the two compared: what each round showed, and µs of the workers' CPU a piece."""

    name: str
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Pieces a second and µs of CPU a piece: median and spread over the rounds."""
        return {"name": self.name, "rate": _spread(self.rates), "cpu_us": _spread(self.costs)}


class Place:
    """The parts of a town that push, and hands to stop and measure its workers."""

    def __init__(self, town: supervisor.Town, simulator: str) -> None:
        self.town = town
        self.simulator = simulator
        self.db = store.connect(town.environment["MONGODB_URI"])
        self.redis = redis.Redis.from_url(town.environment["REDIS_URL"])
        workers = (each.process for each in town.parts if each.name.startswith("worker"))
        self.pids = [each.pid for each in workers if each is not None]

    def control(self, path: str, given: Any = None) -> Any:
        """Ask the simulator's control API."""
        url, verb = f"{self.simulator}/control/v1{path}", "GET" if given is None else "POST"
        answer = requests.request(verb, url, json=given, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def signal(self, number: int) -> None:
        """Signal every worker and what it has forked."""
        for pid in self.pids:
            for each in usage.family(pid):
                with suppress(ProcessLookupError):
                    os.kill(each, number)

    def close(self) -> None:
        """Let the workers go on, and the connections go."""
        self.signal(signal.SIGCONT)
        self.db.client.close()
        self.redis.close()

    def spent(self) -> float:
        """µs of CPU of the workers and all they have forked."""
        return sum(usage.altogether(pid) for pid in self.pids)

    def apart(self) -> dict[str, float]:
        """µs of CPU so far of the parts that are not the workers."""
        others = [each for each in self.town.parts if not each.name.startswith("worker")]
        return {each.name: usage.altogether(each.process.pid) for each in others if each.process}

    def sent(self) -> int:
        """How many sends the platform was asked for."""
        tally = self.control("/wechat/tally")
        return sum(int(tally.get(path, {"total": 0})["total"]) for path in _SENDS)


def run(rounds: int, seconds: float) -> dict[str, Any]:
    """Measure; one JSON object's worth of figures."""
    many = max(int(seconds * _A_SECOND), 2)
    ours, plain = Side("ledger"), Side("rq no-op")
    with tempfile.TemporaryDirectory(prefix="banshitong-") as folder, _place(Path(folder)) as place:
        people = [_person(place, n) for n in range(many)]
        _messages(place, Side("warm"), people[:10])
        asked: Counter[str] = Counter()
        apart: Counter[str] = Counter()
        for _ in range(rounds):
            _nothing(place, plain, many)
            before, spent = _commands(place), place.apart()
            _messages(place, ours, people)
            asked.update({name: n - before[name] for name, n in _commands(place).items()})
            apart.update({name: round(us - spent[name]) for name, us in place.apart().items()})
        asked["insert"] -= rounds * many
        done = rounds * many
        each = Counter({name: n / done for name, n in asked.items() if n > 0})
        return _figures(ours, plain, each, _driver(place, people[:2])) | {
            "apart_cpu_us": {name: round(us / done) for name, us in apart.items()},
            "messages": done,
        }


def _figures(
    ours: Side, plain: Side, asked: Mapping[str, float], driven: Mapping[str, list[float]]
) -> dict[str, Any]:
    whole, idle = statistics.median(ours.costs), statistics.median(plain.costs)
    alone = {name: statistics.mean(costs) for name, costs in driven.items()}
    driving = sum(us * asked.get(_KINDS[name], 0) for name, us in alone.items())
    paces = [pacing.rates()[path].per_second for path in _SENDS]
    return {
        "ours": ours.figures(),
        "peers": [plain.figures()],
        "rate_ratio": round(statistics.median(ours.rates) / statistics.median(plain.rates), 2),
        "cpu_ratio": round(whole / idle, 2),
        "cpu_ratio_own": round((whole - driving) / idle, 2),
        "commands_per_request": round(sum(asked.values()), 2),
        "commands": {name: round(n, 2) for name, n in asked.items()},
        "driver_cpu_us": {name: round(us) for name, us in alone.items()},
        "workers": _WORKERS,
        "paced_at": sum(paces),
    }


def _driver(place: Place, people: list[str]) -> dict[str, list[float]]:
    """µs of CPU of each command that messages to these people ask for, issued alone, by its kind.

    The messages are sent here, by the same keeper, while the workers are stopped.
    """
    here = runtime.build(Settings.from_env(place.town.environment))
    clock.stand_alone()
    place.signal(signal.SIGSTOP)
    for resident in people:
        _tell(place, resident)
    with driver.watched(here, place.town.environment["MONGODB_URI"]) as (seen, commands):
        Keeper(seen, ("messages",), jobs.perform).run()
        recorded = [each for each in commands if each["name"] in _KINDS]
    here.close()
    costs: dict[str, list[float]] = {}
    for command in recorded:
        costs.setdefault(command["name"], []).append(driver.cost(place.db, command))
    place.signal(signal.SIGCONT)
    return costs


def _spread(found: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(found), 1),
        "least": round(min(found), 1),
        "most": round(max(found), 1),
    }


@contextmanager
def _place(folder: Path) -> Iterator[Place]:
    """Store, queue, simulator, two workers and the clock."""
    port = str(demo.Ports.free().web)
    town = supervisor.Town({"PATH": os.environ["PATH"], "STATE_DIR": str(folder), "PORT": port})
    try:
        for _line in supervisor.start_servers(town):
            pass
        simulator = supervisor.start_simulator(town)
        supervisor.command(town, "prepare")
        for number in range(_WORKERS):
            supervisor.start_worker(town, f"worker-{number}")
        town.part("clock", town.python("-m", "app", "clock"))
        privacy.load(town.environment["PRIVACY_KEYS"])
        clock.stand_alone()
        place = Place(town, simulator)
        try:
            yield place
        finally:
            place.close()
    finally:
        for part in reversed(town.parts):
            part.stop()


def _person(place: Place, n: int) -> str:
    """A follower, or a user of the mini-program with a lasting consent, by turns; a resident."""
    kind = ("oa", "mp")[n % 2]
    known = place.control("/people", {"following": kind == "oa"})
    appid = place.town.environment[f"WECHAT_{kind.upper()}_APPID"]
    openid = known[f"{kind}_openid"]
    resident = residents.arrive(place.db, Account(kind, appid, openid, known["unionid"]))
    if kind == "oa":
        residents.follow(place.db, "oa", openid)
        return resident.id
    template = templates.templates()["progress"].ids["mp"]
    assert template is not None
    place.control(f"/people/{known['id']}/subscribe", {"template_ids": [template]})
    subscriptions.credit(place.db, openid, template, source="client", report=secrets.token_hex(8))
    return resident.id


def _messages(place: Place, side: Side, people: list[str]) -> None:
    """A message for each of some people, written down and then sent."""
    wanted = place.sent() + len(people)

    def write() -> None:
        for resident in people:
            _tell(place, resident)
        jobs.ring(place.redis)

    _timed(place, side, len(people), write, lambda: place.sent() >= wanted)


def _tell(place: Place, resident: str) -> None:
    key, said = f"bench{secrets.token_hex(8)}:case_submitted", told.values(_NUMBER)
    messages.tell(place.db, key=key, kind="case_submitted", resident=resident, values=said)


def _nothing(place: Place, side: Side, many: int) -> None:
    """As many jobs that do nothing, put in the queue and then done."""
    queue = jobs.bell(place.redis)
    started = StartedJobRegistry(queue=queue)

    def write() -> None:
        for _ in range(many):
            queue.enqueue("operator.not_", True, result_ttl=0)

    _timed(place, side, many, write, lambda: not queue.count and not len(started))


def _timed(
    place: Place, side: Side, many: int, write: Callable[[], None], done: Callable[[], bool]
) -> None:
    """Write work down while the workers are stopped, let them go on, and wait until it is done."""
    place.signal(signal.SIGSTOP)
    write()
    spent, began = place.spent(), time.monotonic()
    place.signal(signal.SIGCONT)
    while not done():
        assert time.monotonic() - began < _PATIENCE_SECONDS, f"{side.name}: not done"
        time.sleep(_LOOK_SECONDS)
    side.rates.append(many / (time.monotonic() - began))
    time.sleep(_LOOK_SECONDS * 10)
    side.costs.append((place.spent() - spent) / many)


def _commands(place: Place) -> dict[str, int]:
    """How many commands of each kind the store has been asked."""
    client: pymongo.MongoClient[store.Document] = place.db.client
    counts: dict[str, int] = client.admin.command("serverStatus")["opcounters"]
    return {name: counts[name] for name in ("insert", "query", "update", "delete", "getmore")}
