"""The JSON API of the mini-program, under /api/v1, described by OpenAPI 3.1."""

from typing import Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, jsonify, make_response

from base import texts
from base.errors import Detail

from .. import errors
from . import bills, cases, companies, docs, files, guides, messages, session, tickets, wording

BLUEPRINTS = (
    session.blueprint,
    guides.blueprint,
    files.blueprint,
    cases.blueprint,
    bills.blueprint,
    tickets.blueprint,
    companies.blueprint,
    messages.blueprint,
)


def register(app: APIFlask) -> None:
    """Add the endpoints, their description, and schema faults in the one error shape."""
    wording.speak_chinese()
    docs.configure(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(docs.blueprint)

    @app.error_processor
    def refused(error: HTTPError) -> Response:
        if error.status_code not in (400, 422):
            code = errors.code_of(error.status_code)
            return errors.answer(error.status_code, code, texts.say(f"errors.{code}"))
        places = error.detail.values() if isinstance(error.detail, dict) else ()
        faults = [each for place in places for each in _faults(place, "")]
        body = errors.body("invalid", texts.say("errors.invalid"), faults)
        return make_response(jsonify(body), 422)


def _faults(found: Any, path: str) -> list[Detail]:
    """Marshmallow's nested messages as flat details."""
    if isinstance(found, dict):
        inner = ((f"{path}.{name}" if path else str(name), each) for name, each in found.items())
        return [fault for name, each in inner for fault in _faults(each, name)]
    if isinstance(found, list):
        return [fault for each in found for fault in _faults(each, path)]
    return [Detail(field=path, code="invalid", message=str(found))]
