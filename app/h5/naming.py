"""In whose name an application is made: one's own, or a company's one may act for."""

from typing import Any

from catalogue import services
from catalogue.shapes import Service
from people import companies
from people.companies import Company
from people.residents import Resident
from tracking import acting

from ..runtime import here
from .drafts import Draft

OWN = "me"


def is_open(service: Service, resident: Resident) -> bool:
    """Whether there is something to choose, or to explain."""
    mine = services.serves_companies(service) and companies.of(here().db, resident.id)
    return bool(mine) or not services.serves_people(service)


def choices(service: Service, resident: Resident) -> dict[str, Any]:
    """What the page that asks must know: (company, standing, whether that is enough) of each."""
    needed = acting.needed(service)
    held = [
        (each, companies.standing(each, resident.id) or "")
        for each in companies.of(here().db, resident.id)
    ]
    rows = [(company, standing, standing >= needed) for company, standing in held]
    return {"rows": rows, "needed": needed, "alone": services.serves_people(service)}


def choose(service: Service, resident: Resident, wanted: str) -> str | None:
    """The code of the company chosen, None for oneself; raises what tracking.acting.firm does."""
    found = companies.get(here().db, wanted) if wanted != OWN else None
    acting.firm(service, found, resident.id)
    return found.uscc if found else None


def company(draft: Draft) -> Company | None:
    """The company a draft is for."""
    return companies.get(here().db, draft["company"]) if draft["company"] else None
