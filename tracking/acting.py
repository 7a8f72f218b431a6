"""In whose name an application is made: one's own, or a company's that one may act for."""

from typing import Any, Protocol

from base.errors import Invalid
from catalogue import forms, services
from catalogue.shapes import Service
from people import companies
from people.companies import Company

from .store import FirmRow


class CompanyNeeded(Invalid):
    """The service is for companies only, and none was named."""

    code = "company_needed"


class NotForCompanies(Invalid):
    """The service is for people only, and a company was named."""

    code = "not_for_companies"


class Named(Protocol):
    """A company, registered or as a case keeps it."""

    @property
    def uscc(self) -> str:
        """Its unified social credit code."""

    @property
    def name(self) -> str:
        """Its name."""


def firm(service: Service, company: Company | None, resident: str) -> FirmRow | None:
    """The company as the case keeps it, with how the resident stands to it today, or None.

    Raises CompanyNeeded, NotForCompanies, companies.StandingTooLow, companies.NoSuchCompany.
    """
    if company is None:
        if not services.serves_people(service):
            raise CompanyNeeded
        return None
    if not services.serves_companies(service):
        raise NotForCompanies
    companies.require(company, resident, needed(service))
    standing = companies.standing(company, resident) or companies.AGENT
    return FirmRow(uscc=company.uscc, name=company.name, standing=standing)


def needed(service: Service) -> str:
    """The least standing of whoever applies for a company: an agent's unless the service says."""
    return service.company_level or companies.AGENT


def answers(service: Service, company: Named | None) -> dict[str, Any]:
    """The answers that follow from the company itself: its name and its code, by question."""
    if company is None:
        return {}
    known = {"company_name": company.name, "uscc": company.uscc}
    asked = [(each["key"], each.get("prefill", "")) for each in forms.fields(service)]
    return {key: known[name] for key, name in asked if name in known}
