"""Run the whole platform on one machine and keep it running until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from . import demo, parts, servers

ROOT = demo.ROOT
_LOOK_SECONDS = 0.2
_SHORT_SECONDS = 8.0
HIGHEST_PORT = 65_400


class Stop(Exception):
    """Why the platform cannot run, in a sentence that says what to do."""


class Town:
    """The parts of one platform, by their settings."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.given = environment
        self.state = Path(environment.get("STATE_DIR", str(ROOT / "var"))).resolve()
        self.run = self.state / "run"
        self.run.mkdir(parents=True, exist_ok=True)
        self.kept = demo.secrets_of(self.state / "demo")
        simulator = (
            _port("SIMULATOR_PORT", environment) if "SIMULATOR_PORT" in environment else None
        )
        self.ports = demo.Ports.from_base(_port("PORT", environment), simulator)
        self.environment = self._environment()
        self.parts: list[parts.Part] = []

    def _environment(self) -> dict[str, str]:
        ours = demo.environment(self.kept, self.ports)
        chosen = {
            name: self.given[name] for name in ("MONGODB_URI", "REDIS_URL") if name in self.given
        }
        metrics = self.run / "metrics"
        metrics.mkdir(exist_ok=True)
        for stale in metrics.glob("*.db"):
            stale.unlink()
        passed = {name: value for name, value in self.given.items() if name.startswith("COVERAGE")}
        return self._plain | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)} | passed | ours | chosen

    @property
    def _plain(self) -> dict[str, str]:
        return {"PATH": self.given.get("PATH", ""), "PYTHONPATH": str(ROOT), "TZ": "UTC"}

    def part(self, name: str, command: list[str]) -> parts.Part:
        """Start one more part of ours, which knows our settings."""
        return self._begun(name, command, self.environment)

    def stranger(self, name: str, command: list[str]) -> parts.Part:
        """Start a part that is none of ours: it gets no setting and no secret."""
        return self._begun(name, command, self._plain)

    def _begun(self, name: str, command: list[str], environment: dict[str, str]) -> parts.Part:
        begun = parts.Part(name, command, self.run, environment)
        begun.start()
        self.parts.append(begun)
        return begun

    def python(self, *words: str) -> list[str]:
        """A command of our own environment."""
        return [sys.executable, *words]


def _port(name: str, environment: dict[str, str]) -> int:
    """A port that leaves room for those counted from it; raises Stop."""
    given = environment.get(name, "8000")
    if not (given.isascii() and given.isdigit() and 0 < int(given) <= HIGHEST_PORT):
        raise Stop(f"{name} must be a port from 1 to {HIGHEST_PORT}, not {given!r}")
    return int(given)


def main() -> int:
    """Start, say so, watch; the exit status tells whether it was asked to stop."""
    for name in (signal.SIGTERM, signal.SIGINT):  # Ctrl-C counts even where a shell had it ignored
        signal.signal(name, _interrupt)
    try:
        town = Town(dict(os.environ))
        _alone(town)
        try:
            for line in _start(town):
                print(line, flush=True)
            print(_ready(town), flush=True)
            _watch(town)
        finally:
            _stop(town)
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0
    except Stop as reason:
        print(f"cannot start: {reason}", file=sys.stderr, flush=True)
        return 1
    return 0


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _alone(town: Town) -> None:
    """Refuse to run beside a living supervisor; stop what a dead one left behind."""
    own = town.run / "supervisor.lock"
    if own.exists() and parts.alive(own):
        raise Stop(f"it runs already (process {own.read_text().split()[0]}); stop that one first")
    for name in parts.sweep(town.run):
        print(f"{name}: left over from a killed run, stopped", flush=True)
    parts.mark(own, os.getpid())
    for name, port in vars(town.ports).items():
        if name in ("store", "queue") and _URIS[name] in town.given:
            continue
        if not servers.is_free(port):
            raise Stop(
                f"port {port} ({name}) is taken; free it, or choose others: PORT=9000 script/server"
            )


_URIS = {"store": "MONGODB_URI", "queue": "REDIS_URL"}


def _start(town: Town) -> Iterator[str]:
    yield from start_servers(town)
    yield f"simulator  {start_simulator(town)}"
    yield f"county     {demo.words()['county']}: {prepare(town)}"
    start_web(town)
    start_worker(town)
    town.part("clock", town.python("-m", "app", "clock"))
    yield f"web        {web_answers(town)}"
    yield "worker     effects"
    yield "clock      wakes every second"


def start_simulator(town: Town) -> str:
    """Start the simulated world, and wait for it; its address."""
    ports, world = town.ports, town.state / "demo" / "world.json"
    world.write_text(json.dumps(demo.world(town.kept, ports, town.state / "simulator")))
    simulated = ["--world", str(world), "--port", str(ports.simulator)]
    browsed = ["--browser-port", str(ports.browser)]
    town.stranger("simulator", town.python("-m", "simulator", *simulated, *browsed))
    _answers(f"http://127.0.0.1:{ports.simulator}/control/v1/clock", "simulator", town)
    return f"http://127.0.0.1:{ports.simulator}"


def start_web(town: Town, workers: int = 2) -> None:
    """Start the web server; `web_answers` waits for it."""
    web = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(town.ports.web), "--no-ws"]
    many = ["--workers", str(workers), "--blocking-threads", "4", "--respawn-failed-workers"]
    quiet = ["--log-level", "warning", "app.wsgi:application"]
    town.part("web", town.python("-m", "granian", *web, *many, *quiet))


def web_answers(town: Town) -> str:
    """Wait until the web server is ready; its address."""
    _answers(f"http://127.0.0.1:{town.ports.web}/readyz", "web", town)
    return f"http://127.0.0.1:{town.ports.web}"


def start_worker(town: Town, name: str = "worker") -> None:
    """Start one worker of the queue."""
    queue = ["-u", town.environment["REDIS_URL"], "-w", "app.worker.Worker", "-S", "json"]
    recovery = ["--worker-ttl", "30", "--job-monitoring-interval", "5"]
    recovery += ["--maintenance-interval", "10"]
    town.part(name, town.python("-m", "rq.cli", "worker", "-q", *queue, *recovery, "effects"))


def start_servers(town: Town) -> Iterator[str]:
    """Start the embedded store and queue, or use those elsewhere; a line for each that answers."""
    uri, url = town.environment["MONGODB_URI"], town.environment["REDIS_URL"]
    if "MONGODB_URI" not in town.given:
        town.stranger("store", servers.store(town.ports.store, town.state / "store"))
    if "REDIS_URL" not in town.given:
        town.stranger("queue", servers.queue(town.ports.queue, town.state / "queue"))
    for name, answers, address in (
        ("store", servers.store_answers, uri),
        ("queue", servers.queue_answers, url),
    ):
        try:
            own = _URIS[name] not in town.given
            servers.wait(answers, name, address, *(() if own else (_SHORT_SECONDS,)))
        except TimeoutError as error:
            host = urlsplit(address).netloc.rpartition("@")[2]
            look = f"check {_URIS[name]}, or look into {town.run / name}.log"
            raise Stop(f"the {name} at {host} does not answer; {look}") from error
        yield f"{name:<10} {urlsplit(address).netloc.rpartition('@')[2]}"


def prepare(town: Town) -> str:
    """Build indexes, load the county, create operators, publish the menu; what was loaded."""
    file = str(ROOT / "script" / "demo.toml")
    staff = ("operators", "--file", file, "--password-env", "OPERATOR_PASSWORD")
    return command(town, "prepare", *staff, "menu").partition("\n")[0]


def command(town: Town, *words: str) -> str:
    """Run one of our commands with the town's settings; what it said. Raises Stop."""
    environment = town.environment | {"OPERATOR_PASSWORD": town.kept["operator_password"]}
    done = subprocess.run(
        town.python("-m", "app", *words), env=environment, capture_output=True, check=False
    )
    if done.returncode:
        raise Stop(f"`python -m app {words[0]}` failed:\n{done.stderr.decode()[-3000:]}")
    return done.stdout.decode().strip()


def _answers(url: str, name: str, town: Town) -> None:
    deadline = time.monotonic() + servers.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Stop(f"{name} does not answer; look into {town.run / name}.log")


def _ready(town: Town) -> str:
    phone = f"http://127.0.0.1:{town.ports.simulator}/phone/"
    web = f"http://127.0.0.1:{town.ports.web}"
    names = ", ".join(each["username"] for each in demo.words()["operators"])
    took = ""
    if "STARTED_AT" in town.given:
        took = f" after {time.time() - float(town.given['STARTED_AT']):.1f} s"
    return (
        f"ready{took}: phone {phone} · console {web}/console/ · API {web}/api/docs · "
        f"sign in as {names} with password {town.kept['operator_password']}"
    )


def _watch(town: Town) -> None:
    while True:
        for part in town.parts:
            line = part.watch()
            if line:
                print(line, flush=True)
        time.sleep(_LOOK_SECONDS)


def _stop(town: Town) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for part in reversed(town.parts):
        part.stop()
    (town.run / "supervisor.lock").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
