"""A whole town for tests: our web, worker and clock, and the simulator, over real HTTP."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from werkzeug.serving import make_server

from app import clockwork, create_app, indexes, runtime
from base import clock, store
from catalogue import load
from config.settings import Settings
from people import operators, residents
from script import demo, servers

PASSWORD = "correct horse battery"
CONFIG = demo.ROOT / "config"


@dataclass
class Town:
    """Addresses and hands: `control` speaks to the simulator, `call` to our own API."""

    runtime: runtime.Runtime
    web: str
    simulator: str
    browser: str
    environment: dict[str, str]
    folder: Path
    app: Any = None
    stops: list[Any] = field(default_factory=list)

    @property
    def db(self) -> store.Database:
        return self.runtime.db

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Ask the simulator's control API; fails the test when it does not like it."""
        answer = requests.request(
            method, f"{self.simulator}/control/v1{path}", json=body, timeout=60
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def person(self, **given: Any) -> Any:
        """Somebody new in the simulator's world."""
        return self.control("POST", "/people", given)

    def sign_in(self, person: Any) -> str:
        """A mini-program token of a person."""
        code = self.control("POST", f"/people/{person['id']}/login-code", {"account": "mp"})["code"]
        answer = self.call("POST", "/api/v1/session", json={"code": code})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def citizen(self, **given: Any) -> tuple[Any, str]:
        """A person who follows, has agreed and is verified by name, with her token."""
        person = self.person(follow=True, **given)
        token = self.sign_in(person)
        version = self.call("GET", "/api/v1/agreement").json()["version"]
        self.call("POST", "/api/v1/me/agreement", token, json={"version": version})
        code = self.control("POST", f"/people/{person['id']}/phone-code")["code"]
        self.call("POST", "/api/v1/me/phone", token, json={"code": code})
        proof = {"name": person["name"], "id_number": person["id_number"], "consent": True}
        answer = self.call("POST", "/api/v1/me/identity", token, json=proof)
        assert answer.status_code == 200, answer.text
        self.eventually(lambda: self._is_one(person))
        return person, token

    def _is_one(self, person: Any) -> bool:
        """Whether both accounts of a person are known to be hers."""
        of = {kind: person[f"{kind}_openid"] for kind in ("oa", "mp")}
        found = [residents.by_account(self.db, kind, openid) for kind, openid in of.items()]
        return len({each.id if each else kind for each, kind in zip(found, of, strict=True)}) == 1

    def call(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> requests.Response:
        headers = options.pop("headers", {})
        if token:
            headers |= {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.web + path, headers=headers, timeout=60, **options)

    def put_back(self) -> None:
        """Put a clock that was moved back to real time, and wait until the worker has seen it."""
        clock.move(self.db, 0)
        time.sleep(clock.KEPT_SECONDS)

    def eventually(self, look: Any, seconds: float = 60.0) -> Any:
        """Look until there is something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("waited in vain")


def build(store_uri: Callable[..., str], redis_url: str, privacy_keys: str, folder: Path) -> Town:
    """Start everything on free ports."""
    web, played, browsed = (servers.free_port() for _ in range(3))
    kept = demo.secrets_of(folder)
    ports = demo.Ports(web, played, browsed, 0, 0)
    environment = demo.environment(kept, ports) | {
        "MONGODB_URI": store_uri(f"town{os.getpid()}"),
        "REDIS_URL": redis_url,
        "PRIVACY_KEYS": privacy_keys,
    }
    here = runtime.build(Settings.from_env(environment))
    store.ensure(here.db, indexes.ALL)
    load.everything(here.db, CONFIG)
    town = Town(
        here,
        environment["PUBLIC_URL"],
        f"http://127.0.0.1:{played}",
        f"http://127.0.0.1:{browsed}",
        environment,
        folder,
    )
    _operators(here.db)
    _simulate(town, demo.world(kept, ports, folder / "simulator"), ports, folder)
    _serve(town, web)
    _work(town, folder)
    return town


def _operators(db: store.Database) -> None:
    for each in demo.words()["operators"]:
        operator = operators.Operator(
            username=each["username"], name=each["name"], roles=tuple(each["roles"])
        )
        operators.create(db, operator, PASSWORD)


def _simulate(town: Town, world: dict[str, Any], ports: demo.Ports, folder: Path) -> None:
    path = folder / "world.json"
    path.write_text(json.dumps(world))
    where = ["--port", str(ports.simulator), "--browser-port", str(ports.browser)]
    _spawn(town, folder, ["-m", "simulator", "--world", str(path), *where], ours=False)
    address = f"{town.simulator}/control/v1/clock"
    town.eventually(lambda: _answers(address))


def _serve(town: Town, port: int) -> None:
    town.app = create_app(town.runtime)
    server = make_server("127.0.0.1", port, town.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    town.stops += [town.runtime.db.client.close, server.server_close, server.shutdown]


def _work(town: Town, folder: Path) -> None:
    url = town.environment["REDIS_URL"]
    worker = ["worker", "-q", "-u", url, "-w", "rq.SimpleWorker", "-S", "json", "effects"]
    _spawn(town, folder, ["-m", "rq.cli", *worker])
    stop = threading.Event()
    threading.Thread(target=clockwork.run, args=(town.runtime, stop), daemon=True).start()
    town.stops.append(stop.set)


def _spawn(town: Town, folder: Path, words: list[str], ours: bool = True) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(demo.ROOT)}
    if ours:
        measured = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE")}
        environment |= measured | town.environment
    with (folder / f"{words[1]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            cwd=demo.ROOT,
            stdout=log,
            stderr=log,
        )
    town.stops.append(lambda: (process.terminate(), process.wait(60)))


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.RequestException:
        return False
