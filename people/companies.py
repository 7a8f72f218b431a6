"""Companies and who may act for them: the representative (C2) and agents with an end date (C1)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from base import audit, clock
from base.errors import Conflict, Forbidden, Invalid, Missing
from base.store import Database, add

from . import finding, identity, levels, records, store
from .store import AgentRow, CompanyRow

REPRESENTATIVE: Final = "C2"
AGENT: Final = "C1"
MOST_AGENTS: Final = 50
PATIENCE: Final = 5
LONGEST_NAME: Final = 100


class NoSuchCompany(Missing):
    """No company is registered under this code, or it is not the asker's."""

    code = "no_such_company"


class BadCompanyName(Invalid):
    """Not a company's name as a licence bears it."""

    code = "bad_company_name"


class CompanyTaken(Conflict):
    """The company is registered already, with another name or representative."""

    code = "company_taken"


class StandingTooLow(Forbidden):
    """Somebody known to the company may not do this: her time is over, or it takes C2."""

    code = "standing_too_low"


class BadAgentDate(Invalid):
    """An agent's last day must lie ahead."""

    code = "bad_agent_date"


class TooManyAgents(Conflict):
    """The company has as many agents as one may have."""

    code = "too_many_agents"


@dataclass(frozen=True)
class Agent:
    """A resident who may act for a company up to and including a day."""

    resident: str
    until: date

    @property
    def lapsed(self) -> bool:
        """Whether the last day is over."""
        return self.until < clock.today()


@dataclass(frozen=True)
class Company:
    """A company: unified social credit code, name, representative's resident id, agents."""

    uscc: str
    name: str
    representative: str
    agents: tuple[Agent, ...]
    subject: str = "company"


def register(db: Database, uscc: str, name: str, *, representative: str, by: str) -> Company:
    """Register a company by word of `by`, an operator who has seen licence and representative.

    `representative` is the id of a resident of level 2. There is no public register to ask: who
    vouches stands in the history and in the audit. Repeating gives the same company. Raises
    BadUscc, BadCompanyName, LevelTooLow, CompanyTaken.
    """
    code, title = identity.check_uscc(uscc), check_name(name)
    resident = records.get(db, representative)
    levels.require(resident, levels.REAL_NAME)
    if add(store.companies(db), _fresh(code, title, resident.id, by)):
        audit.record(db, by, "company.register", f"company:{code}")
    company = get(db, code)
    if (company.representative, company.name) != (resident.id, title):
        raise CompanyTaken
    return company


def check_name(text: str) -> str:
    """A company's name with single blanks; raises BadCompanyName."""
    name = " ".join(text.split())
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadCompanyName
    return name


def _fresh(code: str, name: str, representative: str, by: str) -> CompanyRow:
    moment = clock.now()
    return CompanyRow(
        _id=code,
        name=name,
        representative=representative,
        agents={},
        people=[representative],
        version=1,
        created=moment,
        history=[store.Step(at=moment, move="register", by=by)],
    )


def get(db: Database, uscc: str) -> Company:
    """The company of this code; raises NoSuchCompany."""
    return _company(_row(db, uscc))


def history(db: Database, uscc: str) -> list[store.Step]:
    """What was done to a company and by whom, oldest first; raises NoSuchCompany."""
    return _row(db, uscc)["history"]


def of(db: Database, resident: str) -> list[Company]:
    """The companies a resident may act for today, by code."""
    rows = store.companies(db).find({"people": resident}).limit(100)
    mine = (_company(row) for row in rows)
    held = (each for each in mine if standing(each, resident) is not None)
    return sorted(held, key=lambda each: each.uscc)


def standing(company: Company, resident: str) -> str | None:
    """How a resident stands to a company today: "C2", "C1" or None."""
    if company.representative == resident:
        return REPRESENTATIVE
    if any(each.resident == resident and not each.lapsed for each in company.agents):
        return AGENT
    return None


def require(company: Company, resident: str, needed: str) -> None:
    """Raise unless the resident may act for the company at least as `needed`.

    StandingTooLow for its own people, NoSuchCompany for everybody else: to them it is not there.
    """
    held = standing(company, resident)
    if held is None and resident not in {each.resident for each in company.agents}:
        raise NoSuchCompany
    if held is None or held < needed:
        raise StandingTooLow


def appoint(db: Database, uscc: str, by: str, *, name: str, id_number: str, until: date) -> Company:
    """Let a verified resident act for a company, by its representative's word; renews the date.

    Raises finding.NoSuchPerson for a stranger and for a wrong name alike, NoSuchCompany,
    StandingTooLow, BadAgentDate, TooManyAgents.
    """
    require(get(db, uscc), by, REPRESENTATIVE)
    if until < clock.today():
        raise BadAgentDate
    actor, about = f"resident:{by}", f"company:{uscc}"
    agent = finding.person(db, name, id_number, by=actor, about=about).id
    given = AgentRow(until=until.isoformat(), since=clock.now(), by=actor)
    update = {"$set": {f"agents.{agent}": given}, "$addToSet": {"people": agent}}
    return _change(db, uscc, by, "agent.appoint", update)


def dismiss(db: Database, uscc: str, by: str, agent: str) -> Company:
    """End an agent's standing at once, by the representative's word or the agent's own.

    Whoever is no agent needs no dismissal. Raises NoSuchCompany, StandingTooLow.
    """
    company = get(db, uscc)
    named = agent in {each.resident for each in company.agents}
    if by != agent or not named:
        require(company, by, REPRESENTATIVE)
    if not named:
        return company
    update: dict[str, Any] = {"$unset": {f"agents.{agent}": ""}}
    if agent != company.representative:
        update["$pull"] = {"people": agent}
    return _change(db, uscc, by, "agent.dismiss", update)


def _change(db: Database, uscc: str, by: str, move: str, update: dict[str, Any]) -> Company:
    """One guarded write on a company, with history and audit."""
    for _ in range(PATIENCE):
        row = _row(db, uscc)
        if move == "agent.appoint" and len(row["agents"]) >= MOST_AGENTS:
            raise TooManyAgents
        guard = {"_id": row["_id"], "representative": row["representative"]}
        told = update | records.step(move, f"resident:{by}")
        changed = store.companies(db).update_one(guard | {"version": row["version"]}, told)
        if changed.modified_count:
            audit.record(db, f"resident:{by}", f"company.{move}", f"company:{uscc}")
            return get(db, uscc)
    raise records.ChangedMeanwhile


def _row(db: Database, uscc: str) -> CompanyRow:
    row = store.companies(db).find_one({"_id": uscc})
    if row is None:
        raise NoSuchCompany
    return row


def _company(row: CompanyRow) -> Company:
    agents = tuple(
        Agent(id, date.fromisoformat(each["until"])) for id, each in sorted(row["agents"].items())
    )
    return Company(row["_id"], row["name"], row["representative"], agents)
