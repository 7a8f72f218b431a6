"""The description of the API: OpenAPI 3.1 at /api/openapi.json, and a page to read it."""

from typing import Any

from apiflask import APIFlask
from flask import Blueprint, current_app, jsonify, render_template

from base import texts

blueprint = Blueprint("docs", __name__, url_prefix="/api", template_folder="templates")


def configure(app: APIFlask) -> None:
    """Describe the API of /api/v1 and nothing else."""
    words = texts.table("api")
    app.title, app.version = words["title"], "1"
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION=words["description"],
        SERVERS=[{"url": app.extensions["runtime"].settings.public_url}],
        AUTO_TAGS=False,
        VALIDATION_ERROR_STATUS_CODE=422,
        VALIDATION_ERROR_SCHEMA=_error(),
        HTTP_ERROR_SCHEMA=_error(),
        AUTO_404_RESPONSE=True,
    )


def _error() -> dict[str, Any]:
    """The one error shape as a schema."""
    text = {"type": "string"}
    detail = {"type": "object", "properties": {"field": text, "code": text, "message": text}}
    inside = {
        "code": text,
        "message": text,
        "details": {"type": "array", "items": detail},
        "request": text,
    }
    error = {"type": "object", "properties": inside, "required": ["code", "message"]}
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def _spec() -> dict[str, Any]:
    assert isinstance(current_app, APIFlask) or hasattr(current_app, "spec")
    found: dict[str, Any] = current_app.spec
    return found


@blueprint.get("/openapi.json")
def openapi() -> Any:
    """The machine's copy."""
    return jsonify(_spec())


@blueprint.get("/docs")
def page() -> str:
    """The reader's copy: rendered here, with nothing from another host."""
    spec = _spec()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            row = {"path": path, "method": method.upper(), **operation}
            groups.setdefault(operation.get("tags", [""])[0], []).append(row)
    return render_template("docs.html", spec=spec, groups=groups)
