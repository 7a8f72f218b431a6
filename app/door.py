"""Where machines knock: before the framework, whose sessions, forms and hooks they never need.

What a platform pushes and what wallets tell is answered, logged and counted here. What meets a
problem or a fault goes inside with what befell it, where it is answered in the one shape like
everything else. What this saves is measured in docs/performance.md.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from base import outbox

from . import headers, health, jobs, logs
from .entries import FAILURE, Entry, Said

_PAUSE_SECONDS: Final = 0.05
_LINES: Final = {each.value: f"{each.value} {each.phrase}" for each in HTTPStatus}

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from .runtime import Runtime


class Rope:
    """Rings at once, and once more a little later for all who pulled meanwhile.

    A bell costs a twentieth of settling a notice; when many come, one may do for some of them.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._rung = float("-inf")
        self._again = False

    def pull(self) -> None:
        """Have a bell rung after this moment."""
        with self._lock:
            wait = self._rung + _PAUSE_SECONDS - time.monotonic()
            if wait > 0 and self._again:
                return
            self._again = wait > 0
            self._rung = time.monotonic() if wait <= 0 else self._rung
        if wait <= 0:
            self._ring()
        else:
            timer = threading.Timer(wait, self._later)
            timer.daemon = True
            timer.start()

    def _later(self) -> None:
        with self._lock:
            self._again, self._rung = False, time.monotonic()
        self._ring()


class Door:
    """A WSGI application around another: machines are answered here, everything else inside."""

    def __init__(
        self, runtime: "Runtime", inside: "WSGIApplication", entries: Mapping[str, Entry]
    ) -> None:
        self._runtime = runtime
        self._inside = inside
        self._entries = entries
        self._rope = Rope(lambda: jobs.ring(runtime.redis))

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a machine, or let the request in."""
        entry = self._entries.get(environ["PATH_INFO"])
        if entry is None or environ["REQUEST_METHOD"] != "POST":
            return self._inside(environ, start)
        began, id = time.perf_counter(), logs.sane(environ.get("HTTP_X_REQUEST_ID", ""))
        outbox.made.set(False)
        try:
            said = entry.act(self._runtime, environ, id)
        except Exception as failure:  # noqa: BLE001 - the framework answers it, in the one shape
            environ[FAILURE] = failure
            return self._inside(environ, start)
        seconds = time.perf_counter() - began
        logs.note(id, "POST", entry.route, said.status, seconds)
        health.count("POST", entry.route, said.status, seconds)
        if outbox.made.get():
            outbox.made.set(False)
            self._rope.pull()
        start(_LINES[said.status], _headers(said, id))
        return (said.content,)


def _headers(said: Said, id: str) -> list[tuple[str, str]]:
    kind = [("Content-Type", said.kind)] if said.kind else []
    length = [("Content-Length", str(len(said.content)))] if said.status != 204 else []
    closing = headers.closing(json=said.kind == "application/json", machine=True)
    return [*kind, *length, ("X-Request-ID", id), *closing]
