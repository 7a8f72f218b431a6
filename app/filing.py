"""Applying for a service, as the mini-program and the pages both do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from base.errors import Forbidden, Invalid
from base.store import Database
from catalogue import fees, forms, services
from catalogue.shapes import Service
from people import companies
from people.residents import Resident
from tracking import acting, cases


class AgreementNeeded(Forbidden):
    """The resident has not yet agreed to the service agreement in force."""

    code = "agreement_needed"


@dataclass(frozen=True)
class Draft:
    """What a resident hands in: service key, answers, file ids by material, idempotency key.

    `company` is the code of the company it is for, which answers what is asked of itself.
    """

    service: str
    answers: dict[str, Any]
    key: str
    files: Mapping[str, list[str]] = field(default_factory=dict)
    company: str | None = None


def submit(db: Database, resident: Resident, draft: Draft) -> cases.Case:
    """File an application once; every fault of form and materials is named at once.

    Raises AgreementNeeded, NoSuchService, and what tracking.cases.submit raises.
    """
    if resident.agreement is None:
        raise AgreementNeeded
    service = services.get(db, draft.service)
    company = None if draft.company is None else companies.get(db, draft.company)
    answers = draft.answers | acting.answers(service, company)
    return cases.submit(
        db,
        resident=resident,
        service=service,
        answers=answers,
        files=draft.files,
        quote=_quote(service, answers),
        key=draft.key,
        company=company,
    )


def _quote(service: Service, answers: dict[str, Any]) -> fees.Quote:
    """The fee of these answers; nothing while they are wrong, for then nothing is filed."""
    try:
        clean = forms.check(service, answers)
    except Invalid:
        return fees.Quote(lines=(), total=0)
    return fees.quote(service, clean, fees.claimed(service, clean))
