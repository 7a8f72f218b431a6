"""One process of many that call WeChat with many threads at once, when it is told to.

Reads a line of JSON per volley from standard input, {"threads", "path"}, and answers each with a
line that counts how its calls ended.
"""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from app import runtime
from app.wechat.line import Line
from app.wechat.verdicts import Held, Refused
from base.errors import Unreachable
from config.settings import Settings
from script import demo


def main() -> None:
    """Call until standard input ends."""
    line = runtime.build(Settings.from_env(os.environ)).wechat.oa
    for told in sys.stdin:
        print(json.dumps(volley(line, **json.loads(told))), flush=True)


def volley(line: Line, threads: int, path: str) -> dict[str, int]:
    """Call an endpoint once from every thread at the same moment; {how it ended: how often}."""
    gate = threading.Barrier(threads)

    def call() -> str:
        gate.wait(60)
        return _outcome(line, path)

    with ThreadPoolExecutor(threads) as pool:
        return dict(Counter(each.result() for each in [pool.submit(call) for _ in range(threads)]))


def _outcome(line: Line, path: str) -> str:
    try:
        line.call(path)
    except Held:
        return "held"
    except Refused as refusal:
        return refusal.kind
    except Unreachable:
        return "silent"
    return "answered"


class Crowd:
    """Processes that call together."""

    def __init__(self, processes: list["subprocess.Popen[str]"], threads: int) -> None:
        self._processes = processes
        self._threads = threads

    def call(self, path: str) -> Counter[str]:
        """One volley of all processes: how its calls ended."""
        told = json.dumps({"threads": self._threads, "path": path}) + "\n"
        for each in self._processes:
            assert each.stdin is not None
            each.stdin.write(told)
            each.stdin.flush()
        return sum((Counter(self._answer(each)) for each in self._processes), Counter())

    def _answer(self, process: "subprocess.Popen[str]") -> dict[str, int]:
        assert process.stdout is not None
        said: dict[str, int] = json.loads(process.stdout.readline())
        return said


@contextmanager
def crowd(environment: Mapping[str, str], processes: int, threads: int) -> Iterator[Crowd]:
    """So many processes with these settings, that call when told; gone afterwards."""
    command = [sys.executable, "-m", __name__]
    begun = [
        subprocess.Popen(
            command,
            env=dict(environment),
            cwd=demo.ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]
    try:
        yield Crowd(begun, threads)
    finally:
        for each in begun:
            each.communicate(timeout=30)


if __name__ == "__main__":
    main()
