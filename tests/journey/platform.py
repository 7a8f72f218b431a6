"""A platform started the way a newcomer starts it: script/server in a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from script import demo
from script.walk.story import Where

ROOT = demo.ROOT
PATIENCE_SECONDS = 150


class Platform:
    """script/server with its own ports and folder; it can be stopped, killed, started again."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port = demo.Ports.free().web
        quick = {name: os.environ[name] for name in os.environ if not name.startswith("COV")}
        self.environment = quick | {"STATE_DIR": str(folder), "PORT": str(self.port)}
        self.environment |= more
        self.lines: list[str] = []

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def where(self) -> Where:
        kept = json.loads((self.folder / "demo" / "secrets.json").read_text("utf-8"))
        simulator = f"http://127.0.0.1:{self.port + 100}"
        return Where(self.web, simulator, self.port + 101, kept["operator_password"])

    def start(self) -> float:
        """Start it and wait for the ready line; how many seconds that took."""
        began = time.monotonic()
        self.lines = []
        self.process = subprocess.Popen(
            [ROOT / "script" / "server"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.said("ready", PATIENCE_SECONDS)
        return time.monotonic() - began

    def _read(self) -> None:
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.rstrip())

    def said(self, start: str, seconds: float = 60.0) -> str:
        """The first line that begins so, once it has been said."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in list(self.lines):
                if line.startswith(start):
                    return line
            if self.process.poll() is not None and not self.reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"never said {start!r}: {self.lines}")

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self._ended()

    def kill(self) -> None:
        """SIGKILL to everything, the supervisor first."""
        self.process.kill()
        self._ended()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self.processes())

    def _ended(self) -> int:
        status = self.process.wait(60)
        self.reader.join(60)
        return status

    def pid(self, part: str) -> int:
        """The process of one part."""
        return int((self.folder / "run" / f"{part}.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """Every living process that was told of this folder, or runs in it or from it."""
        return [pid for pid, _ in self._family()]

    def children(self, pid: int) -> list[int]:
        """Those of them that this one has started."""
        return [each for each, parent in self._family() if parent == pid]

    def _family(self) -> Iterator[tuple[int, int]]:
        """(process, its parent) of all of them."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
                told += os.readlink(process / "cwd").encode()  # Valkey writes over its environment
                state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
                if str(self.folder).encode() in told and state != "Z":
                    yield int(process.name), int(parent)

    def walk(self, *words: str) -> dict:
        """script/journey --json; what it said."""
        done = subprocess.run(
            [ROOT / "script" / "journey", "--json", *words],
            env=self.environment,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )
        told = json.loads(done.stdout.decode().splitlines()[-1]) if done.stdout else {}
        failed = [each for each in told.get("steps", []) if not each["passed"]]
        assert not failed, failed
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return told


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.RequestException:
        return False


def eventually(look, seconds: float = 60.0):
    """Look until there is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")
