"""How an application becomes a case, once.

A submission is known by the digest of resident and key, also of a resident she was before a
merger. Its files are attached first, then it is entered under a number; each step may be repeated,
so that a double tap and a crash halfway both end in one case.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, NotRequired, Protocol, TypedDict, Unpack

from base import clock, files, outbox, privacy, submissions
from base.errors import Conflict, Invalid
from base.store import Database
from catalogue.shapes import Service
from people import levels, residents
from people.companies import Company

from . import acting, charges, checks, deadlines, moves, records, store
from .records import Case
from .store import CaseRow

_SHORTEST_KEY, _LONGEST_KEY = 8, 100


class NotOnline(Conflict):
    """The service is handled at the window only."""

    code = "not_online"


class BadKey(Invalid):
    """The idempotency key is too short or too long."""

    code = "bad_key"


class Applicant(Protocol):
    """The resident who applies, as people.residents has her."""

    @property
    def id(self) -> str:
        """Her id."""

    @property
    def level(self) -> int:
        """How well she is known."""

    @property
    def name_masked(self) -> str | None:
        """Her name as others may see it."""


class Application(TypedDict):
    """What is handed in; `files` are ids by material key, `key` is the tap's idempotency key."""

    resident: Applicant
    service: Service
    answers: dict[str, Any]
    files: Mapping[str, list[str]]
    quote: charges.Priced
    key: str
    company: NotRequired[Company | None]


def submit(db: Database, **application: Unpack[Application]) -> Case:
    """Make an application a case, once per resident and key, with effect "case.submitted".

    Raises levels.LevelTooLow, NotOnline, BadKey, what acting.firm raises, files.FileTaken,
    submissions.NoNumber, and checks.ApplicationInvalid with every fault at once.
    """
    resident, service, key = application["resident"], application["service"], application["key"]
    levels.require(resident, service.real_name_level)
    if not service.online["supported"]:
        raise NotOnline
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise BadKey
    ids = (resident.id, *residents.formerly(db, resident.id))
    known = [privacy.digest(f"{id}:{key}", "case.submission") for id in ids]
    found = next(filter(None, (submissions.find(db, store.BOOK, each) for each in known)), None)
    return records.case(found or _file(db, known[0], application))


def _file(db: Database, submission: str, application: Application) -> CaseRow:
    service, owner = application["service"], application["resident"].id
    given = {key: list(ids) for key, ids in application["files"].items() if ids}
    company = application.get("company")
    firm = acting.firm(service, company, owner)
    answers = application["answers"] | acting.answers(service, company)
    clean = checks.application(db, service, answers, given, owner)
    ids = [id for of_one in given.values() for id in of_one]
    files.attach(db, ids, f"case:{submission}", owner=owner)
    entry = partial(
        _row, submission=submission, application=application, clean=clean, given=given, firm=firm
    )
    filed: CaseRow = submissions.enter(db, store.BOOK, submission, entry)
    return filed


def _row(
    number: str,
    submission: str,
    application: Application,
    clean: dict[str, Any],
    given: dict[str, list[str]],
    firm: store.FirmRow | None,
) -> dict[str, Any]:
    service, resident, moment = application["service"], application["resident"], clock.now()
    limit = deadlines.limit_of(service.limits)
    due = deadlines.reckon("receipt", moment, limit)
    step = {"at": moment, "move": "submit", "by": f"resident:{resident.id}"}
    return {
        "_id": number,
        "submission": submission,
        "resident": resident.id,
        "company": firm,
        "applicant": resident.name_masked,
        "service": {"key": service.key, "version": service.version, "name": service.name},
        "agency": service.agency.id,
        "agency_name": service.agency.name,
        "state": moves.FIRST,
        "version": 1,
        "answers": privacy.seal_json(clean, "case.answers"),
        "materials": given,
        "material_names": {each["key"]: each["name"] for each in service.materials},
        **charges.of(service, application["quote"]),
        "limit": limit,
        "deadline": asdict(due),
        "supplement": None,
        "history": [step | {"from": None, "to": moves.FIRST, "due": due.due_day}],
        "created": moment,
        "changed": moment,
    } | outbox.pledged(outbox.promise("case.submitted", case=number, resident=resident.id))
