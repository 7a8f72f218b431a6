"""Where machines knock: before the framework, whose sessions, forms and hooks they never need.

What a platform pushes and what wallets tell is answered, logged and counted here. What meets a
problem or a fault goes inside with what befell it, where it is answered in the one shape like
everything else. What this saves is measured in docs/performance.md.
"""

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from base import outbox

from . import headers, health, logs
from .entries import FAILURE, Entry, Said
from .rope import Rope

_LINES: Final = {each.value: f"{each.value} {each.phrase}" for each in HTTPStatus}

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from .runtime import Runtime


class Door:
    """A WSGI application around another: machines are answered here, everything else inside."""

    def __init__(
        self,
        runtime: "Runtime",
        inside: "WSGIApplication",
        entries: Mapping[str, Entry],
        rope: Rope,
    ) -> None:
        self._runtime = runtime
        self._inside = inside
        self._entries = entries
        self._rope = rope

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
