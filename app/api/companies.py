"""Companies a resident represents or acts for, and whom she lets act."""

from typing import Any

from apiflask import APIBlueprint, EmptySchema, fields
from marshmallow.validate import OneOf

from people import companies, residents

from ..runtime import here
from .guard import auth, caller
from .shapes import In, Out, rows, text

blueprint = APIBlueprint("companies", __name__, url_prefix="/api/v1")


class AgentIn(In):
    """Who may act, found by verified name and number, and until which day."""

    name = text(30)
    id_number = text(18, 15)
    until = fields.Date(required=True)


class AgentOut(Out):
    """An agent."""

    resident = fields.String()
    name = fields.String()
    until = fields.Date()


class CompanyOut(Out):
    """A company and how I stand to it: C2 its representative, C1 its agent."""

    uscc = fields.String()
    name = fields.String()
    standing = fields.String(validate=OneOf([companies.AGENT, companies.REPRESENTATIVE]))
    agents = rows(AgentOut)


class CompaniesOut(Out):
    """The companies I may act for today."""

    companies = rows(CompanyOut)


@blueprint.get("/companies")
@blueprint.auth_required(auth)
@blueprint.output(CompaniesOut)
def mine() -> dict[str, Any]:
    """The companies I may act for today."""
    return {"companies": [_shown(each) for each in companies.of(here().db, caller().id)]}


@blueprint.post("/companies/<uscc>/agents")
@blueprint.auth_required(auth)
@blueprint.input(AgentIn)
@blueprint.output(CompanyOut, 201)
def appoint(uscc: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Let a verified resident act for my company."""
    return _shown(companies.appoint(here().db, uscc, caller().id, **json_data))


@blueprint.delete("/companies/<uscc>/agents/<resident>")
@blueprint.auth_required(auth)
@blueprint.output(EmptySchema, 204)
def dismiss(uscc: str, resident: str) -> str:
    """End an agent's standing, or my own as an agent; who is none needs no dismissal."""
    companies.dismiss(here().db, uscc, caller().id, resident)
    return ""


def _shown(company: companies.Company) -> dict[str, Any]:
    """A company as its people see it; only the representative sees the other agents."""
    held = companies.standing(company, caller().id)
    agents = company.agents if held == companies.REPRESENTATIVE else ()
    shown = {"uscc": company.uscc, "name": company.name, "standing": held}
    return shown | {"agents": [_named(each) for each in agents]}


def _named(agent: companies.Agent) -> dict[str, Any]:
    known = residents.get(here().db, agent.resident)
    return {"resident": agent.resident, "name": known.name_masked, "until": agent.until}
