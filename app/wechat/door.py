"""Where pushes come in: before the framework, whose sessions, forms and hooks they never need.

An accepted push is answered, logged and counted here. One that is refused, or that meets a fault,
goes inside with what befell it, where it is answered in the one shape like everything else. What
this saves is measured in docs/performance.md.
"""

import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from base import outbox

from .. import headers, health, jobs, logs
from .views import FAILURE, Account, answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from ..runtime import Runtime

ROUTE: Final = "/wechat/<any(oa, mp):account>"
_ACCOUNTS: Final[Mapping[str, Account]] = MappingProxyType({"/wechat/oa": "oa", "/wechat/mp": "mp"})


class Door:
    """A WSGI application around another: pushes are answered here, everything else inside."""

    def __init__(self, runtime: "Runtime", inside: "WSGIApplication") -> None:
        self._runtime = runtime
        self._inside = inside

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a push, or let the request in."""
        account = _ACCOUNTS.get(environ["PATH_INFO"])
        if account is None or environ["REQUEST_METHOD"] != "POST":
            return self._inside(environ, start)
        began = time.perf_counter()
        outbox.made.set(False)
        try:
            content, kind = answer(self._runtime, account, environ)
        except Exception as failure:  # noqa: BLE001 - the framework answers it, in the one shape
            environ[FAILURE] = failure
            return self._inside(environ, start)
        return self._answered(environ, start, began, content, kind)

    def _answered(
        self,
        environ: dict[str, Any],
        start: "StartResponse",
        began: float,
        content: bytes,
        kind: str,
    ) -> Iterable[bytes]:
        """Say what is said of every request, ring for what was promised, and answer."""
        id = logs.sane(environ.get("HTTP_X_REQUEST_ID", ""))
        seconds = time.perf_counter() - began
        logs.note(id, "POST", ROUTE, 200, seconds)
        health.count("POST", ROUTE, 200, seconds)
        if outbox.made.get():
            outbox.made.set(False)
            jobs.ring(self._runtime.redis)
        own = [("Content-Type", kind), ("Content-Length", str(len(content))), ("X-Request-ID", id)]
        start("200 OK", own + headers.closing(json=kind == "application/json", machine=True))
        return (content,)
