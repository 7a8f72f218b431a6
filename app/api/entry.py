"""What a request to the API must be before anybody reads it: small, of its type, and legible."""

import json
from typing import Any, Final, NoReturn

from flask import current_app, request
from werkzeug.exceptions import UnsupportedMediaType

from base.errors import BadRequest

JSON: Final = "application/json"
LARGEST_JSON_BYTES: Final = 1024 * 1024


def declared(endpoint: str | None) -> dict[str, Any]:
    """What APIFlask's decorators have noted about a view: args, body, response, auth."""
    view = current_app.view_functions.get(endpoint or "")
    noted: dict[str, Any] = getattr(view, "_spec", {})
    return noted


def check() -> None:
    """Refuse what is too large (413), of another type (415) or no JSON at all (400).

    The schema that reads the body later meets only text that our store can keep: no lone
    surrogates, no NaN, no endless nesting.
    """
    wanted = declared(request.endpoint).get("content_type")
    if wanted is None:
        return
    if request.mimetype != wanted and _has_body():
        raise UnsupportedMediaType
    if wanted == JSON:
        request.max_content_length = LARGEST_JSON_BYTES
        _read(request.get_data())


def _has_body() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _read(raw: bytes) -> None:
    if not raw:
        return
    try:
        found = json.loads(raw, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
