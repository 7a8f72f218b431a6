"""Everything an operator may read about one case, put together for its page."""

from dataclasses import dataclass
from typing import Any, Final

from base import clock, files, privacy, texts
from base.errors import Conflict, Missing, Problem
from base.files import File
from catalogue import forms, regions, services
from catalogue.shapes import FormField, Service
from payments import bills, fiscal
from payments.bills import Bill
from payments.reconciliation import differences
from payments.reconciliation.store import Difference
from people import operators, residents
from tracking import cases, deadlines, moves
from tracking.cases import Case
from tracking.days import spoken_day

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
    """A material of the service with the files that came for it, `needed` by these answers."""

    key: str
    name: str
    note: str | None
    needed: bool
    files: list[File]


@dataclass(frozen=True)
class Action:
    """A move that starts from this state and is the operator's; `blocked` says what hinders it."""

    name: str
    at_once: bool
    blocked: str | None


class FeeDisputed(Conflict):
    """A wallet's statement or finance denies what was paid for the case: nothing is granted."""

    code = "fee_disputed"


AT_ONCE: Final = frozenset({"accept", "close"})
_STRONG_FIRST: Final = ("accept", "approve", "close", "ask_supplement", "decline", "refuse")
# What gives the resident what she has paid for.
_GRANTING: Final = frozenset({"approve", "close"})


def service(case: Case) -> Service | None:
    """The version of the guide the case was filed under."""
    try:
        return services.at(here().db, case.service, case.service_version)
    except Missing:
        return None


def look(case: Case, why: str) -> dict[str, Any]:
    """The answers as they were given; that this operator looked, and why, is recorded first."""
    return cases.answers(here().db, case.number, me().actor, why)


def answers(case: Case, given: dict[str, Any], opened: str | None = None) -> list[Part]:
    """The answers in words, identity and telephone numbers masked but for the one `opened`."""
    guide = service(case)
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


def papers(case: Case, given: dict[str, Any]) -> list[Paper]:
    """The materials of the case in the guide's order, with their files."""
    guide = service(case)
    notes = {each["key"]: each["note"] for each in guide.materials} if guide else {}
    needed = {each["key"] for each in services.uploads(guide, given)} if guide else set()
    known = {each.id: each for each in files.attached(here().db, f"case:{case.submission}")}
    return [
        Paper(
            key=key,
            name=name,
            note=notes.get(key),
            needed=key in needed,
            files=[known[id] for id in case.materials.get(key, []) if id in known],
        )
        for key, name in case.material_names.items()
    ]


def actions(case: Case, denied: bool) -> list[Action]:
    """What the operator may do now, by the table of moves; what is hindered says why."""
    found = []
    for name in _STRONG_FIRST:
        move = moves.MOVES[name]
        if case.state in move.starts and operators.may(me(), move.right):
            problem = hindrance(case, name) or _withheld(name, denied)
            found.append(Action(name, name in AT_ONCE, texts.explain(problem) if problem else None))
    return found


def hindrance(case: Case, name: str) -> Problem | None:
    """What stands against a move now, as tracking would say it when it is tried."""
    move, due = moves.MOVES[name], case.deadline
    if case.state not in move.starts:
        return cases.WrongState(state=case.state_name)
    if move.settled and case.payment.state == "due":
        return cases.PaymentDue()
    if name == "ask_supplement" and case.supplement_asked is not None:
        return cases.AlreadyAsked()
    if case.state == "supplementing" and due and clock.today().isoformat() <= due.due_day:
        return deadlines.SupplementNotOver()
    return None


def denials(case: Case, found: list[Bill]) -> list[Difference]:
    """The unsettled differences by which a wallet denies what was paid for a case."""
    if case.payment.state != "paid":
        return []
    paid = ((bill.number, bill.paid["transaction"]) for bill in found if bill.paid)
    return [each for told in paid for each in differences.denying(here().db, *told)]


def disowned(case: Case, found: list[Bill]) -> list[Bill]:
    """The bills of a case whose payment finance denies, where there is a finance system."""
    if case.payment.state != "paid" or here().finance is None:
        return []
    return [bill for bill in found if fiscal.denies(here().db, bill)]


def doubt(case: Case, name: str) -> Problem | None:
    """What the money stands against a move now; asks the store only where money was paid."""
    if name not in _GRANTING or case.payment.state != "paid":
        return None
    found = bills.of_case(here().db, case.number)
    return _withheld(name, bool(denials(case, found) or disowned(case, found)))


def _withheld(name: str, denied: bool) -> Problem | None:
    return FeeDisputed() if denied and name in _GRANTING else None


def waiting(case: Case) -> str:
    """Who is awaited and until when, as those who handle the case are told."""
    if case.deadline is None:
        return texts.say("console.waiting.finished")
    if case.payment.state == "due":
        return texts.say("console.waiting.payment")
    due = case.deadline
    words = texts.say(f"console.waiting.{due.kind}", day=spoken_day(due.due_day))
    return words + (texts.say("console.waiting.provisional") if due.provisional else "")


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
