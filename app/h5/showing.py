"""The style sheet that hides the questions nobody asks yet: conditions without any script."""

from collections.abc import Iterator

from flask import Blueprint, Response

from catalogue import forms, services
from catalogue.shapes import Service, When

from ..runtime import here

blueprint = Blueprint("showing", __name__)
_DAY_SECONDS = 24 * 3600


@blueprint.get("/services/<key>/form-<int:version>.css")
def sheet(key: str, version: int) -> Response:
    """The rules of one version of a form; they never change."""
    service = services.at(here().db, key, version)
    rules = "\n".join(_rules(service))
    response = Response(f"@supports selector(:has(a)) {{\n{rules}\n}}\n", mimetype="text/css")
    response.headers["Cache-Control"] = f"private, max-age={_DAY_SECONDS}"
    return response


def _rules(service: Service) -> Iterator[str]:
    """Hide a question or a material while no answer it waits for is chosen."""
    waits = [(each["key"], each.get("visible_if")) for each in forms.fields(service)]
    waits += [(f"files-{each['key']}", each["when"]) for each in service.materials]
    for name, when in waits:
        if when is not None:
            yield f"form:not(:has({', '.join(_chosen(when))})) #w-{name} {{ display: none }}"
    yield ".only-when { display: none }"


def _chosen(when: When) -> Iterator[str]:
    """Selectors of the controls that are chosen when a condition holds."""
    wanted = when["equals"] if isinstance(when["equals"], list) else [when["equals"]]
    for each in wanted:
        value = _escaped(str(each).lower() if isinstance(each, bool) else str(each))
        yield f'[name="{when["field"]}"] option[value="{value}"]:checked'
        yield f'[name="{when["field"]}"][value="{value}"]:checked'


def _escaped(value: str) -> str:
    """Any text inside a CSS string."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in value)
