"""One JSON line per event and per request, with a request id and without personal data."""

import json
import logging
import re
import secrets
import sys
import time
from typing import Final

import structlog
from flask import Flask, Response, g, request

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)

_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=repr)

log = structlog.get_logger()


def start(level: str) -> None:
    """Send structured lines to standard error; call once per process."""
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _written(_logger: object, method: str, event: structlog.typing.EventDict) -> bytes:
    """The line of an event, with how grave it is; of a bug only where it happened."""
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event["error"], event["frames"] = type(error).__name__, _frames(error)
    event["level"] = method
    return _JSON.encode(event).encode()


def _frames(error: BaseException) -> list[str]:
    """Where a bug happened, as file and line of each frame: messages and values may be personal."""
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-12:]


# One list for all: a logger that is in use keeps the one it was first given.
_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _written,
]


def request_id() -> str:
    """The id of this request: the proxy's X-Request-ID where it is sane, else our own."""
    if "request_id" not in g:
        g.request_id = sane(request.headers.get("X-Request-ID", ""))
    return str(g.request_id)


def sane(given: str) -> str:
    """An id of a request as the proxy gave it, or a new one."""
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def note(id: str, method: str, route: str | None, status: int, seconds: float) -> None:
    """Log one request that has been answered."""
    ms = round(seconds * 1000, 1)
    log.info("request", request=id, method=method, route=route, status=status, ms=ms)


def register(app: Flask) -> None:
    """Log each request once it is answered; the route is logged, never the path or the query."""

    @app.before_request
    def began() -> None:
        g.began = time.perf_counter()
        request_id()

    @app.after_request
    def ended(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else None
        note(request_id(), request.method, route, response.status_code, seconds)
        response.headers["X-Request-ID"] = request_id()
        return response
