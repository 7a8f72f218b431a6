"""What a resident need not type again, from her own sealed record: name, numbers, birthday."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from base import texts
from base.store import Database
from catalogue import forms
from catalogue.shapes import FormField, Service
from people import identity, residents
from people.residents import Person, Resident
from tracking import acting

from . import session

_ID_CARD: Final = "111"
_VALUES: Final[Mapping[str, Callable[[Person], str | None]]] = {
    "name": lambda person: person.name,
    "id_number": lambda person: person.id_number,
    "phone": lambda person: person.phone,
    "birth_date": lambda person: (
        identity.birth_date(person.id_number).isoformat() if person.id_number else None
    ),
}


def shown(
    service: Service, resident: Resident, company: acting.Named | None = None
) -> dict[str, str]:
    """What stands in the place of each question we can answer: hers masked, a company's open."""
    return _hers(service, resident) | acting.answers(service, company)


def _hers(service: Service, resident: Resident) -> dict[str, str]:
    known = {"phone": resident.phone_masked}
    if resident.level >= session.REAL_NAME:
        known["name"] = resident.name_masked
        known |= {name: texts.say(f"h5.own.{name}") for name in ("id_number", "birth_date")}
    return {
        each["key"]: words for each, name in _asked(service) if (words := known.get(name, None))
    }


def preset(service: Service) -> dict[str, Any]:
    """Choices that are made for her beforehand and that she may change."""
    return {each["key"]: _ID_CARD for each, name in _asked(service) if name == "id_type"}


def fill(
    db: Database,
    service: Service,
    resident: Resident,
    answers: Mapping[str, Any],
    company: acting.Named | None = None,
) -> dict[str, Any]:
    """The values behind `shown`: the company's, and hers where left blank; a look is recorded."""
    theirs = acting.answers(service, company)
    offered = _hers(service, resident)
    asked = [(each, name) for each, name in _asked(service) if each["key"] in offered]
    blank = [(each, name) for each, name in asked if each["key"] not in answers]
    if not blank:
        return theirs
    by = f"resident:{resident.id}"
    person = residents.reveal(db, resident.id, by, f"apply:{service.key}")
    values = {each["key"]: _VALUES[name](person) for each, name in blank}
    return {key: value for key, value in values.items() if value is not None} | theirs


def _asked(service: Service) -> list[tuple[FormField, str]]:
    """(question, what it asks of the person) for every question that can be prefilled."""
    return [(each, each["prefill"]) for each in forms.fields(service) if "prefill" in each]
