"""The receipt (收件凭证) that everybody who hands in an application is owed."""

from typing import Any, TypedDict

from base import clock, texts

from .days import spoken_day
from .records import Case


class Receipt(TypedDict):
    """A receipt ready to be printed or shown; every value is a finished phrase."""

    title: str
    number: str
    service: str
    agency: str
    applicant: str
    received: str
    body: str
    materials: list[dict[str, str]]
    promise: str
    basis: str
    keep: str


def receipt(case: Case) -> Receipt:
    """The receipt of what was handed in at first; the applicant's name is masked."""
    first = case.history[0]
    return Receipt(
        title=_say("title"),
        number=case.spoken,
        service=case.service_name,
        agency=case.agency_name,
        applicant=_applicant(case),
        received=f"{first.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        body=_say("body", agency=case.agency_name, service=case.service_name),
        materials=_materials(case),
        promise=_say("promise", day=spoken_day(first.due or "")),
        basis=_say("basis"),
        keep=_say("keep"),
    )


def _say(key: str, **values: Any) -> str:
    return texts.say(f"tracking.receipt.{key}", **values)


def _applicant(case: Case) -> str:
    """Who applied: a person, or a company by a person."""
    person = case.applicant or texts.say("tracking.blank")
    if case.company is None:
        return person
    standing = texts.say(f"people.standings.{case.company.standing}")
    return _say("company", company=case.company.name, standing=standing, person=person)


def _materials(case: Case) -> list[dict[str, str]]:
    """Every material of the service with how many files came for it."""
    counts = {key: len(case.materials.get(key, [])) for key in case.material_names}
    return [
        {
            "name": name,
            "files": _say("files", count=counts[key]) if counts[key] else _say("no_files"),
        }
        for key, name in case.material_names.items()
    ]
