"""Everything an operator may read about one case, put together for its page."""

from dataclasses import dataclass
from typing import Any, Final

from base import clock, files, privacy
from base.errors import Missing
from base.files import File
from catalogue import forms, regions, services
from catalogue.shapes import FormField, Service
from people import operators, residents
from tracking import cases, moves
from tracking.cases import Case

from ..runtime import here
from .guard import me

_MASKS: Final = {"id_number": privacy.mask_id, "mobile": privacy.mask_phone}


@dataclass(frozen=True)
class Line:
    """One answer: its key, the question, what is shown, and whether something is masked in it."""

    key: str
    label: str
    shown: str
    masked: bool


@dataclass(frozen=True)
class Part:
    """A titled group of answers."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Paper:
    """A material of the service with the files that came for it."""

    key: str
    name: str
    note: str | None
    files: list[File]


@dataclass(frozen=True)
class Action:
    """A move that starts from this state and is the operator's; `blocked` says why not now."""

    name: str
    at_once: bool
    blocked: str | None


AT_ONCE: Final = frozenset({"accept", "close"})
_STRONG_FIRST: Final = ("accept", "approve", "close", "ask_supplement", "decline", "refuse")


def service(case: Case) -> Service | None:
    """The version of the guide the case was filed under."""
    try:
        return services.at(here().db, case.service, case.service_version)
    except Missing:
        return None


def answers(case: Case, opened: str | None = None) -> list[Part]:
    """The answers in words, recorded as looked at; numbers masked but for the one `opened`.

    Raises Missing when there is no answer of that key.
    """
    guide = service(case)
    why = f"reveal:{opened}" if opened else "case page"
    given = cases.answers(here().db, case.number, me().actor, why)
    if opened is not None and opened not in given:
        raise Missing
    if guide is None:
        return []
    return [
        Part(group.title, [_line(each, given[each["key"]], opened) for each in asked])
        for group in forms.groups(guide)
        if (asked := [each for each in group.fields if each["key"] in given])
    ]


def _line(field: FormField, value: Any, opened: str | None) -> Line:
    key, masked = field["key"], _masked(field, value)
    shown = value if key == opened else masked
    return Line(key, field["label"], _spoken(field, shown), key != opened and masked != value)


def _spoken(field: FormField, value: Any) -> str:
    if field["type"] == "region":
        return regions.path(here().db, str(value)) or str(value)
    return forms.spoken(field, value)


def _masked(field: FormField, value: Any) -> Any:
    """The value with identity and telephone numbers masked, in tables too."""
    if field["type"] == "table":
        columns = {each["key"]: each for each in field["columns"]}
        return [
            {
                key: _masked(columns[key], cell) if key in columns else cell
                for key, cell in row.items()
            }
            for row in value
        ]
    mask = _MASKS.get(field["type"])
    return mask(str(value)) if mask else value


def papers(case: Case) -> list[Paper]:
    """The materials of the case in the guide's order, with their files."""
    guide = service(case)
    notes = {each["key"]: each["note"] for each in guide.materials} if guide else {}
    known = {each.id: each for each in files.attached(here().db, f"case:{case.submission}")}
    return [
        Paper(key, name, notes.get(key), [known[id] for id in _ids(case, key) if id in known])
        for key, name in case.material_names.items()
    ]


def _ids(case: Case, key: str) -> list[str]:
    return case.materials.get(key, [])


def actions(case: Case) -> list[Action]:
    """What the operator may do now, by the table of moves; what is blocked says why."""
    return [
        Action(name, name in AT_ONCE, _blocked(case, name))
        for name in _STRONG_FIRST
        if case.state in moves.MOVES[name].starts and operators.may(me(), moves.MOVES[name].right)
    ]


def _blocked(case: Case, name: str) -> str | None:
    """The key of the reason why a move cannot be made now."""
    if moves.MOVES[name].settled and case.payment.state == "due":
        return "unpaid"
    if name == "ask_supplement" and case.supplement_asked is not None:
        return "asked_once"
    due = case.deadline
    if case.state == "supplementing" and due and clock.today().isoformat() <= due.due_day:
        return "still_waiting"
    return None


def others(case: Case) -> list[Case]:
    """The applicant's other cases that are this operator's agency's to see."""
    found = cases.of(here().db, case.resident, limit=10)
    return [
        each for each in found if each.number != case.number and operators.covers(me(), each.agency)
    ]


def applicant(case: Case) -> residents.Resident | None:
    """The applicant as everybody may see her."""
    try:
        return residents.get(here().db, case.resident)
    except residents.NoSuchResident:
        return None
