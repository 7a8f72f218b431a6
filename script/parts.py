"""One part of a running platform: a process that is started, watched and started again."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 15.0
_CALM_SECONDS = 30.0
_GRACE_SECONDS = 10.0


@dataclass
class Part:
    """A command with a name, its pid file and its log; restarts back off while it keeps dying."""

    name: str
    command: list[str]
    folder: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    started: float = 0.0
    again_at: float = field(default=float("inf"))

    @property
    def pid_file(self) -> Path:
        """Where the next supervisor finds what this one left behind."""
        return self.folder / f"{self.name}.pid"

    def start(self) -> None:
        """Start the process in a session of its own, its output in a log."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
            )
        self.started, self.again_at = time.monotonic(), float("inf")
        mark(self.pid_file, self.process.pid)

    def watch(self) -> str | None:
        """Start what has died again when its wait is over; a line to say at each death."""
        moment = time.monotonic()
        if self.process is None or self.process.poll() is None:
            return None
        if self.again_at == float("inf"):
            self.deaths = 0 if moment - self.started > _CALM_SECONDS else self.deaths + 1
            _end_rest(self.process.pid)
            wait = min(_FIRST_WAIT_SECONDS * 2**self.deaths, _LONGEST_WAIT_SECONDS)
            self.again_at = moment + wait
            ended = f"{self.name} ended with {self.process.returncode}"
            return f"{ended}; started again in {wait:.1f} s"
        if moment >= self.again_at:
            self.start()
        return None

    def stop(self) -> None:
        """Ask the process group to end, then end it."""
        if self.process is not None:
            _end_group(self.process.pid, self.process.poll)
            _end_rest(self.process.pid)
        self.pid_file.unlink(missing_ok=True)


def sweep(folder: Path) -> list[str]:
    """Stop what a killed supervisor left behind; the names of the parts that were still alive."""
    found = []
    for path in sorted(folder.glob("*.pid")):
        first = path.read_text().partition(" ")[0]
        pid = int(first) if first.isdigit() else -1
        if alive(path):
            _end_group(pid, _ended(path))
        elif not _has_members(pid, folder):
            path.unlink()
            continue
        _end_rest(pid)
        found.append(path.stem)
        path.unlink()
    return found


def _has_members(leader: int, folder: Path) -> bool:
    """Whether a dead leader's group lives on in processes that were told of this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            group = int((process / "stat").read_text().rpartition(")")[2].split()[2])
            if group == leader and str(folder).encode() in (process / "environ").read_bytes():
                return True
        except OSError:
            continue
    return False


def _end_rest(leader: int) -> None:
    """Kill what a dead leader has left of its group: a killed server's own workers."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ended(path: Path) -> Callable[[], int | None]:
    return lambda: None if alive(path) else 0


def mark(path: Path, pid: int) -> None:
    """Write a process down as the one that runs; who reads it meanwhile finds the one before."""
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{pid} {_birth(pid)}")
    fresh.replace(path)


def alive(path: Path) -> bool:
    """Whether the process written down in a file still lives."""
    pid, _, birth = path.read_text().partition(" ")
    return pid.isdigit() and bool(birth) and _birth(int(pid)) == birth


def _birth(pid: int) -> str:
    """When a process began, so that a reused pid is not mistaken for it; "" once it is dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _birth_elsewhere(pid)
    return "" if fields[0] == "Z" else fields[19]


def _birth_elsewhere(pid: int) -> str:
    """The same by ps, where there is no /proc."""
    if Path("/proc/self").exists():
        return ""
    asked = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False
    )
    return asked.stdout.decode().strip().replace(" ", "_")


def _end_group(pid: int, poll: Callable[[], int | None]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sign)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline:
            if poll() is not None:
                break
            time.sleep(0.05)
        else:
            continue
        return
