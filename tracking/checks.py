"""What is wrong with an application, a supplement or a notice of defects: every fault at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict

from base import files as kept_files
from base import texts
from base.errors import Detail, Invalid
from base.store import Database
from catalogue import forms, services
from catalogue.shapes import Service

from . import acting, records
from .store import CaseRow

MOST_FILES: Final = 30
MOST_DEFECTS: Final = 30
LONGEST_WORDS: Final = 500
Files = Mapping[str, Sequence[str]]


class Defect(TypedDict):
    """One fault a resident is told to mend: a material's key, or None for the form, and why."""

    material: str | None
    words: str


class ApplicationInvalid(Invalid):
    """The form or the materials have faults; `details` name them all."""

    code = "application_invalid"


class SupplementInvalid(Invalid):
    """What was supplied does not mend what was asked; `details` name all that is missing."""

    code = "supplement_invalid"


class DefectsInvalid(Invalid):
    """The notice of defects is empty, too long or about something the case does not have."""

    code = "defects_invalid"


class NoteInvalid(Invalid):
    """The note is longer than LONGEST_WORDS."""

    code = "note_invalid"


class ReasonNeeded(Invalid):
    """This decision must say why."""

    code = "reason_needed"


def fault(field: str, code: str, **values: object) -> Detail:
    """One fault, worded by texts under tracking.faults."""
    return Detail(field=field, code=code, message=texts.say(f"tracking.faults.{code}", **values))


def application(
    db: Database, service: Service, answers: dict[str, Any], given: Files, owner: str
) -> dict[str, Any]:
    """The clean answers of an application; raises ApplicationInvalid naming every fault."""
    clean, faults = _form(service, answers)
    names = {each["key"]: each["name"] for each in service.materials}
    faults += _missing(service, clean, given)
    faults += _files(db, names, given, owner)
    if faults:
        raise ApplicationInvalid(faults)
    return clean


def _missing(service: Service, answers: dict[str, Any], given: Files) -> Iterable[Detail]:
    for each in services.uploads(service, answers):
        if not given.get(each["key"]):
            yield fault(f"files.{each['key']}", "missing_material", name=each["name"])


def _files(
    db: Database, names: Mapping[str, str], given: Files, owner: str, already: int = 0
) -> Iterable[Detail]:
    """Faults of the files themselves: of no material, too many, twice, not there, not one's own."""
    if already + sum(map(len, given.values())) > MOST_FILES:
        yield fault("files", "too_many_files", most=MOST_FILES)
        return
    seen: set[str] = set()
    for key, ids in given.items():
        if key not in names:
            yield fault(f"files.{key}", "unknown_material")
        for id in ids:
            if id in seen:
                yield fault(f"files.{key}", "file_twice")
            elif not _is_own(db, id, owner):
                yield fault(f"files.{key}", "file_gone")
            seen.add(id)


def _is_own(db: Database, id: str, owner: str) -> bool:
    try:
        return kept_files.get(db, id).owner == owner
    except kept_files.NoSuchFile:
        return False


def supplement(
    db: Database,
    row: CaseRow,
    asked: Sequence[Defect],
    given: Files,
    answers: dict[str, Any] | None,
    words: str | None,
) -> dict[str, Any] | None:
    """The clean new answers, if any; raises SupplementInvalid naming every fault.

    Every material asked for must come, unless a note or a corrected form explains.
    """
    clean, faults = None, list[Detail]()
    if answers is not None:
        service = services.at(db, row["service"]["key"], row["service"]["version"])
        clean, faults = _form(service, answers | acting.answers(service, records.firm(row)))
    names, already = row["material_names"], sum(map(len, row["materials"].values()))
    faults += _files(db, names, given, row["resident"], already)
    for about in dict.fromkeys(each["material"] for each in asked):
        if not given.get(about or "") and not words and answers is None:
            name = names[about] if about else texts.say("tracking.form")
            field = f"files.{about}" if about else "answers"
            faults.append(fault(field, "still_missing", name=name))
    if faults:
        raise SupplementInvalid(faults)
    return clean


def _form(service: Service, answers: dict[str, Any]) -> tuple[dict[str, Any], list[Detail]]:
    """The clean answers, or else the answers as they came with the form's faults."""
    try:
        return forms.check(service, answers), []
    except Invalid as wrong:
        return answers, list(wrong.details)


def defects(names: Mapping[str, str], listed: Sequence[Defect]) -> list[Defect]:
    """The defects as they are kept; raises DefectsInvalid naming every fault of the notice."""
    if not 0 < len(listed) <= MOST_DEFECTS:
        raise DefectsInvalid([fault("defects", "no_defects", most=MOST_DEFECTS)])
    faults: list[Detail] = []
    for place, each in enumerate(listed):
        if each["material"] is not None and each["material"] not in names:
            faults.append(fault(f"defects.{place}.material", "unknown_material"))
        if not 0 < len(each["words"].strip()) <= LONGEST_WORDS:
            faults.append(fault(f"defects.{place}.words", "no_words", most=LONGEST_WORDS))
    if faults:
        raise DefectsInvalid(faults)
    return [Defect(material=each["material"], words=each["words"].strip()) for each in listed]


def note(text: str | None, needed: bool) -> str | None:
    """A note without blanks around it, or None; raises ReasonNeeded and NoteInvalid."""
    tidy = (text or "").strip()
    if needed and not tidy:
        raise ReasonNeeded
    if len(tidy) > LONGEST_WORDS:
        raise NoteInvalid(most=LONGEST_WORDS)
    return tidy or None
