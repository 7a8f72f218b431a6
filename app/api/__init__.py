"""The JSON API of the mini-program, under /api/v1, described by OpenAPI 3.1."""

from http import HTTPStatus
from typing import Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response

from base import texts
from base.errors import Detail

from .. import errors
from . import (
    bills,
    cases,
    companies,
    docs,
    entry,
    files,
    guides,
    messages,
    preferences,
    session,
    tickets,
    wording,
)

BLUEPRINTS = (
    session.blueprint,
    guides.blueprint,
    files.blueprint,
    cases.blueprint,
    bills.blueprint,
    tickets.blueprint,
    messages.blueprint,
    preferences.blueprint,
    companies.blueprint,
)
for blueprint in BLUEPRINTS:
    blueprint.before_request(entry.check)


def register(app: APIFlask) -> None:
    """Add the endpoints, their description, and schema faults in the one error shape."""
    wording.speak_chinese()
    app.error_callback = _refused
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(docs.blueprint)


def _refused(error: HTTPError) -> Response:
    """What the framework refuses: a schema's faults all at once by field, or no token at all."""
    if error.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
        code = errors.code_of(error.status_code)
        return errors.answer(error.status_code, code, texts.say(f"errors.{code}"))
    faults = [each for place in error.detail.values() for each in _faults(place, "")]
    return errors.answer(422, "invalid", texts.say("errors.invalid"), faults)


def _faults(found: Any, path: str) -> list[Detail]:
    """Marshmallow's nested messages as flat details."""
    if isinstance(found, dict):
        inner = ((f"{path}.{name}" if path else str(name), each) for name, each in found.items())
        return [fault for name, each in inner for fault in _faults(each, name)]
    if isinstance(found, list):
        return [fault for each in found for fault in _faults(each, path)]
    return [Detail(field=path, code="invalid", message=str(found))]
