"""From problems to HTTP: the one table of statuses and the one error shape."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
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
_CODES = {
    401: "unauthenticated",
    403: "forbidden",
    404: "missing",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    429: "too_many",
}
PAGES = ("/h5", "/console")


def status_of(problem: errors.Problem) -> int:
    """The HTTP status of the nearest kind of problem."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 400)


def code_of(status: int) -> str:
    """The code of a failure that only has a status."""
    return _CODES.get(status, "bad_request" if status < 500 else "bug")


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
        page = render_template("error.html", status=status, message=message, details=faults)
        return make_response(page, status)
    return make_response(jsonify(body(code, message, faults)), status)


def register(app: Flask) -> None:
    """Answer every failure in the one shape; nothing but a code and a sentence leaves the house."""

    @app.errorhandler(errors.Problem)
    def problem(found: errors.Problem) -> Response:
        return answer(status_of(found), found.code, texts.explain(found), found.details)

    @app.errorhandler(errors.Unreachable)
    def unreachable(found: errors.Unreachable) -> Response:
        log.warning("unreachable", partner=found.partner, reason=found.reason)
        response = answer(503, "unreachable", texts.say("errors.unreachable"))
        if found.retry:
            response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(CSRFError)
    def dead_form(_: CSRFError) -> Response:
        return answer(400, "dead_form", texts.say("errors.dead_form"))

    @app.errorhandler(HTTPException)
    def refused(found: HTTPException) -> Response:
        status = found.code or 500
        if status < 400:
            return make_response(found.get_response())
        code = code_of(status)
        return answer(status, code, texts.say(f"errors.{code}"))

    @app.errorhandler(Exception)
    def bug(found: Exception) -> Response:
        log.error("bug", error=found, request=request_id())
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return answer(status, "bug", texts.say("errors.bug"))
