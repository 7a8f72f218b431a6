"""One form language: a service's questions, who sees which, and answers checked all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow import fields as marsh

from base import calendar, clock
from base.errors import Detail, Invalid
from base.texts import say

from . import answers as checks
from .conditions import holds
from .shapes import Answers, FormField, Option, Service

_LAST = ("delivery",)
_SLOT_DAYS = 10


class FormInvalid(Invalid):
    """Answers that will not do; `details` name every fault, a table's as `members.0.name`."""

    code = "form_invalid"


@dataclass(frozen=True)
class Group:
    """A titled part of a form."""

    name: str
    title: str
    fields: list[FormField]


def groups(service: Service) -> list[Group]:
    """The form in the order people fill it: the applicant, the matter itself, the delivery."""
    shared = [_shared(service, name) for name in service.form["sections"]]
    own = Group("own", say("catalogue.form.own"), _ready(service, service.form["fields"]))
    first = [group for group in shared if group.name not in _LAST]
    return [*first, own, *(group for group in shared if group.name in _LAST)]


def fields(service: Service) -> list[FormField]:
    """Every question of a service in that order, slots with the times on offer."""
    return [each for group in groups(service) for each in group.fields]


def visible(field: FormField, answers: Mapping[str, Any]) -> bool:
    """Whether a question is asked, given the answers so far."""
    return holds(field.get("visible_if"), answers)


def check(service: Service, answers: Mapping[str, Any]) -> Answers:
    """Clean answers of the visible questions; raises FormInvalid naming every fault at once.

    Answers to hidden questions are dropped. Dates stay ISO text and decimals text; booleans may
    come as "true"/"false" and whole numbers as digits, because form posts know only text.
    """
    questions = fields(service)
    strangers = set(answers) - {each["key"] for each in questions}
    details: list[Detail] = [
        {"field": str(key)[:60], "code": "unknown", "message": say("catalogue.form.unknown")}
        for key in sorted(map(str, strangers))[:20]
    ]
    asked = _asked(questions, answers)
    given = {each["key"]: _given(answers, each) for each in asked}
    schema = Schema.from_dict({each["key"]: _Answer(each, given) for each in asked})()
    clean: Answers = {}
    try:
        clean = schema.load(given)
    except ValidationError as faults:
        details += _details("", faults.messages)
    if details:
        raise FormInvalid(details)
    return {key: value for key, value in clean.items() if value is not None}


def answers(service: Service, posted: Mapping[str, Sequence[str]]) -> Answers:
    """Answers out of a posted HTML form; rows of a table come as `key.0.column`."""
    found: Answers = {}
    for each in fields(service):
        key = each["key"]
        if each["type"] == "table":
            found[key] = _rows(each, posted)
        elif each["type"] == "multiselect":
            found[key] = [value for value in posted.get(key, []) if value]
        elif key in posted:
            found[key] = posted[key][0]
    return {key: value for key, value in found.items() if not checks.is_blank(value)}


def spoken(field: FormField, value: Any) -> str:
    """An answer in people's words: labels of choices, 是/否, rows of a table by line."""
    labels = {option["value"]: option["label"] for option in field.get("options", [])}
    if isinstance(value, bool):
        return say("catalogue.form.yes" if value else "catalogue.form.no")
    if field["type"] == "slot":
        return _slot_label(str(value))
    if field["type"] == "table":
        return "\n".join(_row_spoken(field["columns"], row) for row in value)
    if isinstance(value, list):
        return "、".join(labels.get(each, str(each)) for each in value)
    return labels.get(value, str(value))


def story(service: Service, answers: Mapping[str, Any]) -> list[tuple[FormField, str]]:
    """(question, answer in words) for everything answered, in form order."""
    return [
        (each, spoken(each, answers[each["key"]]))
        for each in fields(service)
        if each["key"] in answers
    ]


class _Answer(marsh.Field[Any]):
    """One question as a marshmallow field."""

    def __init__(self, question: FormField, given: Mapping[str, Any]) -> None:
        super().__init__(allow_none=True, validate=self._needed)
        self.question, self.given = question, given

    def _needed(self, value: Any) -> None:
        if value is None and self.question["required"]:
            raise checks.missing(self.question)

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """The clean value; raises ValidationError."""
        self._needed(value)
        return None if value is None else checks.check(self.question, value, self.given)


def _asked(questions: list[FormField], answers: Mapping[str, Any]) -> list[FormField]:
    """The visible questions; one that hangs on a hidden question is hidden with it."""
    asked: list[FormField] = []
    said: dict[str, Any] = {}
    for each in questions:
        if visible(each, said):
            asked.append(each)
            said[each["key"]] = _plain(each, answers.get(each["key"]))
    return asked


def _given(answers: Mapping[str, Any], question: FormField) -> Any:
    value = answers.get(question["key"])
    return None if checks.is_blank(value) else value


def _plain(question: FormField, value: Any) -> Any:
    """A controlling answer as conditions compare it: "true" from a form post is True."""
    if question["type"] == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _details(path: str, messages: Any) -> list[Detail]:
    if isinstance(messages, dict):
        inner = [(f"{path}.{key}" if path else str(key), each) for key, each in messages.items()]
        return [detail for at, each in inner for detail in _details(at, each)]
    return [{"field": path, "code": m["code"], "message": m["message"]} for m in messages]


def _rows(question: FormField, posted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    rows = []
    for n in range(question.get("max_rows", 20)):
        names = {c["key"]: f"{question['key']}.{n}.{c['key']}" for c in question["columns"]}
        row = {key: posted[name][0] for key, name in names.items() if name in posted}
        if any(value.strip() for value in row.values()):
            rows.append(row)
    return rows


def _row_spoken(columns: list[FormField], row: Mapping[str, Any]) -> str:
    return "，".join(spoken(each, row[each["key"]]) for each in columns if each["key"] in row)


def _shared(service: Service, name: str) -> Group:
    section = service.sections[name]
    return Group(name, section["title"], _ready(service, section["fields"]))


def _ready(service: Service, questions: list[FormField]) -> list[FormField]:
    """Questions as this service asks them today: slots with their times, choices it can keep."""
    offers = service.form["offers"]
    ready = []
    for each in questions:
        options = _slots() if each["type"] == "slot" else each.get("options", [])
        allowed = offers.get(each["key"], [option["value"] for option in options])
        kept = [option for option in options if option["value"] in allowed]
        ready.append(FormField(**{**each, "options": kept}) if kept else each)
    return ready


def _slots() -> list[Option]:
    offered: list[Option] = []
    day = clock.today()
    while len(offered) < 2 * _SLOT_DAYS:
        day += timedelta(days=1)
        if calendar.is_working_day(day):
            values = [f"{day.isoformat()}-{half}" for half in ("am", "pm")]
            offered += [{"value": value, "label": _slot_label(value)} for value in values]
    return offered


def _slot_label(value: str) -> str:
    day, half = date.fromisoformat(value[:10]), value[11:]
    weekday = say("catalogue.slot.weekdays")[day.weekday()]
    half_word = say(f"catalogue.slot.{half}")
    return say(
        "catalogue.slot.label", month=day.month, day=day.day, weekday=weekday, half=half_word
    )
