"""The description of the API in OpenAPI 3.1, built from what its views declare.

Schemas and statuses come from the views' decorators, words from config/texts/api.toml; what is
refused is listed there by code, and each code brings its own status and sentence.
"""

import re
from typing import Any, Final

from apiflask.schemas import EmptySchema, FileSchema
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from werkzeug.routing import Rule

from base import texts

from .. import errors
from .entry import JSON, declared

PREFIX: Final = "/api/v1"
_METHODS: Final = ("GET", "POST", "DELETE")
_TEXT: Final = {"type": "string"}
_ERROR: Final = {"$ref": "#/components/schemas/Error"}
_BEARER: Final = "bearer"
_PARAMETER: Final = re.compile(r"<(?:[^<:]+:)?([^>]+)>")


def describe(app: Flask, server: str) -> dict[str, Any]:
    """The document; `server` is the address of this place."""
    words = texts.table("api")
    spec = APISpec(
        title=words["title"],
        version="1",
        openapi_version="3.1.0",
        info={"description": words["description"]},
        servers=[{"url": server}],
        tags=[{"name": name} for name in words["tags"].values()],
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
    )
    bearer = {"type": "http", "scheme": "bearer", "description": words["bearer"]}
    spec.components.security_scheme(_BEARER, bearer)
    spec.components.schema("Error", _error())
    paths: dict[str, dict[str, Any]] = {}
    for rule, method in operations(app):
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(rule)
    for path, of_path in paths.items():
        spec.path(path=path, operations=of_path)
    return _worded(spec.to_dict())


def operations(app: Flask) -> list[tuple[Rule, str]]:
    """(rule, method) of every operation of the API, in the order of config/texts/api.toml."""
    groups = texts.table("api.operations")
    order = [f"{group}.{view}" for group, views in groups.items() for view in views]
    found = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in _METHODS
        if rule.rule.startswith(PREFIX) and method in (rule.methods or ())
    ]
    return sorted(found, key=lambda each: order.index(each[0].endpoint))


def problems(rule: Rule) -> list[str]:
    """The codes an operation may refuse with, those of its kind and those of its own."""
    noted = declared(rule.endpoint)
    codes = ["unauthenticated", "dead_session"] if noted.get("auth") else []
    if "body" in noted:
        codes += ["bad_request", "too_large", "unsupported_type"]
    if "body" in noted or "args" in noted:
        codes += ["invalid"]
    return [*codes, *_words(rule).get("problems", ())]


def _group(rule: Rule) -> str:
    group, _ = rule.endpoint.split(".")
    return str(group)


def _words(rule: Rule) -> dict[str, Any]:
    group, view = rule.endpoint.split(".")
    found: dict[str, Any] = texts.table(f"api.operations.{group}")[view]
    return found


def _name(schema: Any) -> str:
    """A component's name: that of its class."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__


def _operation(rule: Rule) -> dict[str, Any]:
    words, noted = _words(rule), declared(rule.endpoint)
    found: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [texts.say(f"api.tags.{_group(rule)}")],
        "summary": words["summary"],
        "parameters": _parameters(rule, noted),
        "responses": {**_success(noted), **_refusals(rule)},
        "security": [{_BEARER: []}] if noted.get("auth") else [],
    }
    if "description" in words:
        found["description"] = words["description"]
    if "body" in noted:
        content = {noted["content_type"]: {"schema": noted["body"]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameters(rule: Rule, noted: dict[str, Any]) -> list[dict[str, Any]]:
    path = [
        {"in": "path", "name": name, "required": True, "schema": _TEXT}
        for name in sorted(rule.arguments)
    ]
    places = {"headers": "header"}
    sent = [
        {"in": places.get(where, where), "schema": schema}
        for schema, where in noted.get("args", ())
    ]
    return path + sent


def _success(noted: dict[str, Any]) -> dict[str, Any]:
    answer = noted["response"]
    found: dict[str, Any] = {"description": texts.say("api.success")}
    if isinstance(answer["schema"], FileSchema):
        found["content"] = {answer["content_type"]: {}}
    elif not isinstance(answer["schema"], EmptySchema):
        found["content"] = {JSON: {"schema": answer["schema"]}}
    return {str(answer["status_code"]): found}


def _refusals(rule: Rule) -> dict[str, Any]:
    """Every status this operation may refuse with; the codes with their sentences under each."""
    known, found = errors.known(), dict[str, Any]()
    by_status = {code: status for status, code in errors.CODES.items()}
    for code in (*problems(rule), "bug"):
        status = str(errors.status_of(known[code]) if code in known else by_status[code])
        line = f"`{code}` {texts.table('errors')[code]}"
        entry = found.setdefault(status, {"description": [], "content": {JSON: {"schema": _ERROR}}})
        entry["description"].append(line)
    lines = {status: "\n\n".join(entry["description"]) for status, entry in found.items()}
    return {status: found[status] | {"description": lines[status]} for status in sorted(found)}


def _error() -> dict[str, Any]:
    """The one error shape as a schema."""
    names = ("field", "code", "message")
    detail = {"type": "object", "properties": dict.fromkeys(names, _TEXT), "required": list(names)}
    inside = {
        "code": _TEXT,
        "message": _TEXT,
        "details": {"type": "array", "items": detail},
        "request": _TEXT,
    }
    error = {"type": "object", "properties": inside, "required": list(inside)}
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def _worded(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every field and parameter explained in words."""
    about = texts.table("api.fields")
    for name, schema in document["components"]["schemas"].items():
        own = texts.table("api.schemas").get(name, {})
        for field, each in schema.get("properties", {}).items():
            words = own.get(field) or about.get(field)
            if words:
                each["description"] = words
    sent = about | texts.table("api.parameters")
    for of_path in document["paths"].values():
        for operation in of_path.values():
            for each in operation["parameters"]:
                each["description"] = sent[each["name"]]
    return document
