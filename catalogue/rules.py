"""What a service file must agree on with itself and with its neighbours, beyond its shape."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .shapes import FormField, Section

Found = Iterator[tuple[str, str]]
PERSON = "1"
_CHOSEN = ("select", "radio", "multiselect")
_COUNTED = ("integer", "multiselect")


@dataclass(frozen=True)
class Neighbours:
    """What the other files say."""

    agencies: frozenset[str]
    services: frozenset[str]
    sections: Mapping[str, Section]


def faults(said: Mapping[str, Any], stem: str, around: Neighbours) -> Found:
    """(field, code) of everything that does not fit; empty for a sound file."""
    if said["key"] != stem:
        yield "key", f"key_differs:{stem}"
    if said["agency"] not in around.agencies:
        yield "agency", f"no_such_agency:{said['agency']}"
    questions = list(_questions(said["form"], around.sections))
    known = {question["key"]: question for _, question in questions}
    yield from _form(said["form"], around.sections, questions)
    yield from _fees(said, known)
    yield from _materials(said["materials"], known)
    yield from _limits(said)
    yield from _companies(said)
    yield from _steps(said["steps"], around.services)
    for path in said["unconfirmed"]:
        if not _reaches(said, path.split(".")):
            yield f"unconfirmed.{path}", "no_such_path"


def section_faults(sections: Mapping[str, Section]) -> Found:
    """The same for the shared sections of forms."""
    for name, section in sections.items():
        yield from _fields((f"{name}.fields.{n}", each) for n, each in enumerate(section["fields"]))


def _questions(
    form: Mapping[str, Any], sections: Mapping[str, Section]
) -> Iterator[tuple[str, FormField]]:
    for name in form["sections"]:
        for n, each in enumerate(sections[name]["fields"] if name in sections else []):
            yield f"form.sections.{name}.{n}", each
    for n, each in enumerate(form["fields"]):
        yield f"form.fields.{n}", each


def _form(
    form: Mapping[str, Any],
    sections: Mapping[str, Section],
    questions: list[tuple[str, FormField]],
) -> Found:
    for n, name in enumerate(form["sections"]):
        if name not in sections:
            yield f"form.sections.{n}", f"no_such_section:{name}"
    yield from _fields(questions)
    known = {question["key"]: question for _, question in questions}
    for key, values in form["offers"].items():
        yield from _when(f"form.offers.{key}", {"field": key, "equals": values}, known)


def _fields(questions: Iterable[tuple[str, FormField]]) -> Found:
    before: dict[str, FormField] = {}
    for path, question in questions:
        if question["key"] in before:
            yield f"{path}.key", f"doubled_field:{question['key']}"
        yield from _field(path, question)
        for name in ("visible_if", "check_if"):
            yield from _when(f"{path}.{name}", question.get(name), before)
        before[question["key"]] = question


def _field(path: str, question: FormField) -> Found:
    values = [option["value"] for option in question.get("options", [])]
    if question["type"] in _CHOSEN and not values:
        yield f"{path}.options", "no_options"
    if len(set(values)) < len(values):
        yield f"{path}.options", "doubled_option"
    if question["type"] == "table" and not question.get("columns"):
        yield f"{path}.columns", "no_columns"
    if not _compiles(question.get("pattern", "")):
        yield f"{path}.pattern", "bad_pattern"
    yield from _fields(
        (f"{path}.columns.{n}", each) for n, each in enumerate(question.get("columns", []))
    )


def _when(path: str, when: Any, known: Mapping[str, FormField]) -> Found:
    if when is None:
        return
    if when["field"] not in known:
        yield f"{path}.field", f"no_such_field:{when['field']}"
        return
    question, wanted = known[when["field"]], when["equals"]
    allowed: list[Any] = [option["value"] for option in question.get("options", [])]
    allowed += [True, False] if question["type"] == "boolean" else []
    for each in wanted if isinstance(wanted, list) else [wanted]:
        if each not in allowed:
            yield f"{path}.equals", f"no_such_option:{each}"


def _fees(said: Mapping[str, Any], known: Mapping[str, FormField]) -> Found:
    fees = said["fees"]
    codes = [line["code"] for line in fees["lines"]]
    if fees["charged"] != bool(codes):
        yield "fees.lines", "charged_without_lines" if fees["charged"] else "lines_without_charge"
    if fees["charged"] != bool(said["pay_when"]):
        yield "pay_when", "pay_when_missing" if fees["charged"] else "pay_when_needless"
    if len(set(codes)) < len(codes):
        yield "fees.lines", "doubled_code"
    for n, line in enumerate(fees["lines"]):
        yield from _when(f"fees.lines.{n}.when", line["when"], known)
        yield from _quantity(f"fees.lines.{n}.quantity", line["quantity"], known)
    for n, exemption in enumerate(fees["exemptions"]):
        yield from _when(f"fees.exemptions.{n}.when", exemption["when"], known)
        if (exemption["percent"] or 1) >= 100:
            yield f"fees.exemptions.{n}.percent", "not_percent"
        for code in sorted(set(exemption["waives"]) - set(codes)):
            yield f"fees.exemptions.{n}.waives", f"no_such_code:{code}"


def _quantity(path: str, quantity: Any, known: Mapping[str, FormField]) -> Found:
    if isinstance(quantity, int):
        return
    if quantity["field"] not in known:
        yield f"{path}.field", f"no_such_field:{quantity['field']}"
    elif known[quantity["field"]]["type"] not in _COUNTED:
        yield f"{path}.field", "not_counted"


def _materials(materials: list[dict[str, Any]], known: Mapping[str, FormField]) -> Found:
    seen: set[str] = set()
    for n, material in enumerate(materials):
        if material["key"] in seen:
            yield f"materials.{n}.key", f"doubled_field:{material['key']}"
        seen.add(material["key"])
        yield from _when(f"materials.{n}.when", material["when"], known)


def _limits(said: Mapping[str, Any]) -> Found:
    all_limits = [(f"limits.{name}", limit) for name, limit in said["limits"].items()]
    all_limits += [
        (f"variants.{n}.promised", v["promised"]) for n, v in enumerate(said["variants"])
    ]
    for path, limit in all_limits:
        if (limit["unit"] == "none") != (limit["value"] is None):
            yield path, "limit_unit"


def _companies(said: Mapping[str, Any]) -> Found:
    """A service for organisations alone says who may act for them, one for people never."""
    objects, level = set(said["service_objects"]), said["company_level"]
    if PERSON not in objects and level is None:
        yield "company_level", "company_level_missing"
    if objects == {PERSON} and level is not None:
        yield "company_level", "company_level_needless"


def _steps(steps: list[dict[str, Any]], services: frozenset[str]) -> Found:
    before: set[str] = set()
    for n, step in enumerate(steps):
        if step["service"] and step["service"] not in services:
            yield f"steps.{n}.service", f"no_such_service:{step['service']}"
        for need in step["needs"]:
            if need not in before:
                yield f"steps.{n}.needs", f"no_such_step:{need}"
        before.add(step["key"])


def _reaches(said: Any, path: list[str]) -> bool:
    if not path:
        return True
    first, rest = path[0], path[1:]
    if isinstance(said, list):
        named = [each for each in said if isinstance(each, dict) and each.get("key") == first]
        at = [said[int(first)]] if first.isdigit() and int(first) < len(said) else named
        return bool(at) and _reaches(at[0], rest)
    return isinstance(said, dict) and first in said and _reaches(said[first], rest)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
