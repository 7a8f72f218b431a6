"""The log of what crossed the wire between the simulated platforms and the service under test."""

import itertools
import threading
from collections import deque
from typing import Any, TypedDict

LONGEST_TEXT = 4000
KEPT_LINES = 2000


class Crossing(TypedDict):
    """One exchange: `way` is "in" when the service called a platform, "out" when it was called.

    `at` is the virtual Unix time, `ms` the real milliseconds it took, `status` the HTTP status or
    None when no answer came; `request` and `answer` are texts cut to 4,000 characters; `note` says
    what was unusual, such as an injected fault.
    """

    n: int
    at: float
    way: str
    method: str
    path: str
    status: int | None
    ms: int
    request: str
    answer: str
    note: str


class Wire:
    """A thread-safe ring of the last 2,000 crossings, numbered from 1 upwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._lines: deque[Crossing] = deque(maxlen=KEPT_LINES)

    def record(self, at: float, way: str, **told: Any) -> Crossing:
        """Add a crossing; `told` has method, path, status, ms, request, answer, note (or fewer)."""
        with self._lock:
            line = Crossing(
                n=next(self._numbers),
                at=at,
                way=way,
                method=told.get("method", ""),
                path=told.get("path", ""),
                status=told.get("status"),
                ms=int(told.get("ms", 0)),
                request=readable(told.get("request", "")),
                answer=readable(told.get("answer", "")),
                note=told.get("note", ""),
            )
            self._lines.append(line)
            return line

    def since(self, number: int, limit: int = 200) -> list[Crossing]:
        """Return at most `limit` crossings numbered above `number`, oldest first."""
        with self._lock:
            return [line for line in self._lines if line["n"] > number][:limit]

    def clear(self) -> None:
        """Forget all lines; the numbers go on."""
        with self._lock:
            self._lines.clear()


def readable(body: str | bytes) -> str:
    """Return a body as text of at most 4,000 characters; bytes that are no text are counted."""
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            return f"({len(body)} bytes)"
    return body if len(body) <= LONGEST_TEXT else body[:LONGEST_TEXT] + "…"
