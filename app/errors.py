"""From problems to HTTP: the one table of statuses and the one error shape."""

from http import HTTPStatus
from typing import Any

import redis
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from pymongo.errors import ConnectionFailure, PyMongoError
from werkzeug.exceptions import HTTPException

from base import errors, texts

from .logs import log, request_id

STATUS: dict[type[errors.Problem], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.TooMany: 429,
}
CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "missing",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_type",
    422: "invalid",
    429: "too_many",
    500: "bug",
    503: "unreachable",
}
PAGES = ("/h5", "/console")
_TOLD = ("Allow", "Retry-After")
_AGAIN_SECONDS = "5"


def status_of(problem: errors.Problem | type[errors.Problem]) -> int:
    """The HTTP status of the nearest kind of problem."""
    kinds = problem.__mro__ if isinstance(problem, type) else type(problem).__mro__
    return next((STATUS[kind] for kind in kinds if kind in STATUS), 400)


def code_of(status: int) -> str:
    """The code of a failure that only has a status."""
    return CODES.get(status, "bad_request" if status < 500 else "bug")


def known() -> dict[str, type[errors.Problem]]:
    """Every problem of the house by its code, as far as its modules are imported."""
    found: dict[str, type[errors.Problem]] = {}
    kinds: list[type[errors.Problem]] = [errors.Problem]
    while kinds:
        kind = kinds.pop()
        found.setdefault(kind.code, kind)
        kinds += kind.__subclasses__()
    return found


def body(code: str, message: str, details: object = ()) -> dict[str, Any]:
    """The one error shape."""
    error = {"code": code, "message": message, "details": details, "request": request_id()}
    return {"error": error}


def answer(
    status: int, code: str, message: str, details: list[errors.Detail] | None = None
) -> Response:
    """An error as the asker reads it: a page under /h5 and /console, else JSON."""
    faults = details or []
    if request.path.startswith(PAGES):
        name = "console/error.html" if request.path.startswith("/console") else "error.html"
        page = render_template(name, status=status, message=message, details=faults)
        return make_response(page, status)
    response = make_response(jsonify(body(code, message, faults)), status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register(app: Flask) -> None:
    """Answer every failure in the one shape; nothing but a code and a sentence leaves the house."""
    app.register_error_handler(errors.Problem, _problem)
    app.register_error_handler(errors.Unreachable, _unreachable)
    app.register_error_handler(CSRFError, _dead_form)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(PyMongoError, _store)
    app.register_error_handler(redis.ConnectionError, _queue)
    app.register_error_handler(redis.TimeoutError, _queue)
    app.register_error_handler(Exception, _bug)


def _problem(found: errors.Problem) -> Response:
    return answer(status_of(found), found.code, texts.explain(found), found.details)


def _unreachable(found: errors.Unreachable) -> Response:
    log.warning("unreachable", partner=found.partner, reason=found.reason)
    return _away(found.retry)


def _away(retry: bool) -> Response:
    response = answer(503, "unreachable", texts.say("errors.unreachable"))
    if retry:
        response.headers["Retry-After"] = _AGAIN_SECONDS
    return response


def _store(found: PyMongoError) -> Response:
    """A store that is away is waited for; whatever else it says is a bug of ours."""
    if not (isinstance(found, ConnectionFailure) or found.timeout):
        return _bug(found)
    log.warning("unreachable", partner="store", reason=type(found).__name__)
    return _away(retry=True)


def _queue(found: redis.RedisError) -> Response:
    log.warning("unreachable", partner="queue", reason=type(found).__name__)
    return _away(retry=True)


def _dead_form(_: CSRFError) -> Response:
    return answer(400, "dead_form", texts.say("errors.dead_form"))


def _refused(found: HTTPException) -> Response:
    """A refusal of the framework, in our shape, with the headers that belong to it."""
    status = found.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code = code_of(status)
    response = answer(status, code, texts.say(f"errors.{code}"))
    for name, value in found.get_headers(request.environ):
        if name in _TOLD:
            response.headers[name] = value
    return response


def _bug(found: Exception) -> Response:
    log.error("bug", error=found, request=request_id())
    return answer(500, "bug", texts.say("errors.bug"))
