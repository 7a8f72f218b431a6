"""My companies: how I stand to them, whom I let act for them, and leaving."""

from datetime import date

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import texts
from base.errors import Detail, Problem
from people import companies, residents
from people.companies import Agent, Company

from ..errors import status_of
from ..runtime import here
from . import session

blueprint = Blueprint("companies", __name__)


@blueprint.get("/companies")
def mine() -> str:
    """The companies I may act for today."""
    me = session.caller().id
    found = companies.of(here().db, me)
    rows = [(each, companies.standing(each, me), _agent(each, me)) for each in found]
    return render_template("h5/companies.html", rows=rows)


@blueprint.get("/companies/<uscc>")
def one(uscc: str) -> str:
    """One of them; its representative sees the agents and may appoint more."""
    return _page(_mine(uscc))


@blueprint.post("/companies/<uscc>/agents")
def appoint(uscc: str) -> AnyResponse:
    """Let somebody act; whatever is wrong is said beside the form."""
    company, said = _mine(uscc), request.form
    try:
        until = _day(said.get("until", ""))
        named = {"name": said.get("name", ""), "id_number": said.get("id_number", "")}
        companies.appoint(here().db, company.uscc, session.caller().id, **named, until=until)
    except Problem as problem:
        field = "until" if isinstance(problem, companies.BadAgentDate) else "name"
        fault = Detail(field=field, code=problem.code, message=texts.explain(problem))
        return make_response(_page(company, [fault]), status_of(problem))
    return redirect(url_for(".one", uscc=company.uscc))


@blueprint.get("/companies/<uscc>/agents/<resident>/end")
def leaving(uscc: str, resident: str) -> str:
    """Ask whether it is meant."""
    company, me = _mine(uscc), session.caller().id
    found = _agent(company, resident)
    if found is None or me not in (resident, company.representative):
        raise companies.NoSuchCompany
    agent = residents.get(here().db, resident)
    return render_template("h5/agent_end.html", company=company, agent=agent, me=me)


@blueprint.post("/companies/<uscc>/agents/<resident>/end")
def end(uscc: str, resident: str) -> AnyResponse:
    """End an agent's standing, or one's own."""
    me = session.caller().id
    companies.dismiss(here().db, uscc, me, resident)
    return redirect(url_for(".mine") if me == resident else url_for(".one", uscc=uscc))


def _mine(uscc: str) -> Company:
    """A company I may act for; raises NoSuchCompany, StandingTooLow."""
    company = companies.get(here().db, uscc)
    companies.require(company, session.caller().id, companies.AGENT)
    return company


def _agent(company: Company, resident: str) -> Agent | None:
    return next((each for each in company.agents if each.resident == resident), None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise companies.BadAgentDate from None


def _page(company: Company, faults: list[Detail] | None = None) -> str:
    db, me = here().db, session.caller().id
    held = companies.standing(company, me)
    listed = company.agents if held == companies.REPRESENTATIVE else ()
    return render_template(
        "h5/company.html",
        company=company,
        standing=held,
        own=_agent(company, me),
        me=me,
        agents=[(each, residents.get(db, each.resident)) for each in listed],
        faults=faults or [],
    )
