"""Where the description of the API is read: /api/openapi.json by machines, /api/docs by people."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template

from base import texts

from ..runtime import here
from . import openapi

blueprint = Blueprint("docs", __name__, url_prefix="/api", template_folder="templates")
_CLOSED: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@blueprint.get("/openapi.json")
def document() -> Response:
    """The machine's copy."""
    return jsonify(_document())


@blueprint.get("/docs")
def page() -> Response:
    """The reader's copy: rendered here, without script, with nothing from another host."""
    found = _document()
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in found["tags"]}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append({"path": path, "method": method, **operation})
    words = texts.table("api.page")
    response = make_response(
        render_template("docs.html", spec=found, groups=groups, words=words, plain=_plain)
    )
    response.headers["Content-Security-Policy"] = _CLOSED
    return response


def _plain(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema's type as pieces to print in a row: plain words, or the name of another schema."""
    words = texts.table("api.page")
    if "$ref" in schema:
        return [{"schema": schema["$ref"].rsplit("/", 1)[-1]}]
    if "enum" in schema:
        return [{"code": " | ".join(map(str, schema["enum"]))}]
    for many in ("anyOf", "oneOf"):
        if many in schema:
            pieces = [_plain(each) for each in schema[many]]
            return [each for piece in pieces for each in (*piece, {"text": words["or"]})][:-1]
    if schema.get("type") == "array":
        return [{"text": words["item"] + " "}, *_plain(schema["items"])]
    kind = schema.get("type", words["any"])
    named = kind if isinstance(kind, str) else " | ".join(kind)
    more = f" {schema['format']}" if "format" in schema else ""
    return [{"code": named + more}]


def _document() -> dict[str, Any]:
    return openapi.describe(current_app, here().settings.public_url)
