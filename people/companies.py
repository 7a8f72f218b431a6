"""Companies and who may act for them: the representative (C2) and agents with an end date (C1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from base import audit, clock, privacy
from base.errors import Conflict, Forbidden, Invalid, Missing
from base.store import Database, add

from . import identity, levels, records, store, verification
from .store import AgentRow, CompanyRow

REPRESENTATIVE: Final = "C2"
AGENT: Final = "C1"
MOST_AGENTS: Final = 50
PATIENCE: Final = 5

RegisterCheck = Callable[[str, str, verification.Person], None]


class NoSuchCompany(Missing):
    """No company is registered under this code, or it is not the asker's."""

    code = "no_such_company"


class CompanyTaken(Conflict):
    """The company is registered already, with another representative."""

    code = "company_taken"


class NotRepresentative(Forbidden):
    """The register names somebody else as the company's legal representative."""

    code = "not_representative"


class StandingTooLow(Forbidden):
    """This needs somebody who may act for the company."""

    code = "standing_too_low"


class NoSuchAgent(Invalid):
    """No verified resident has this name and identity number."""

    code = "no_such_agent"


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


@dataclass(frozen=True)
class Company:
    """A company: unified social credit code, name, representative's resident id, agents."""

    uscc: str
    name: str
    representative: str
    agents: tuple[Agent, ...]
    subject: str = "company"


def register(
    db: Database, uscc: str, name: str, representative: str, by: str, check: RegisterCheck
) -> Company:
    """Register a company by its representative: `by`, a resident of level 2 with that very name.

    `check(uscc, name, person)` asks the business register: it returns when all belong together,
    else raises NotRepresentative or another Problem, or Unreachable. Repeating gives the same
    company. Raises LevelTooLow, NotRepresentative, CompanyTaken, BadUscc, BadName.
    """
    code, title = identity.check_uscc(uscc), " ".join(name.split())
    resident = records.get(db, by)
    levels.require(resident, levels.REAL_NAME)
    person = verification.opened(records.find(db, resident.id))
    if identity.check_name(representative) != person.name:
        raise NotRepresentative
    check(code, title, person)
    add(store.companies(db), _fresh(code, title, resident.id))
    company = get(db, code)
    if company.representative != resident.id:
        raise CompanyTaken
    return company


def _fresh(code: str, name: str, representative: str) -> CompanyRow:
    moment = clock.now()
    begun = store.Step(at=moment, move="register", by=f"resident:{representative}")
    return CompanyRow(
        _id=code,
        name=name,
        representative=representative,
        agents={},
        people=[representative],
        version=1,
        created=moment,
        history=[begun],
    )


def get(db: Database, uscc: str) -> Company:
    """The company of this code; raises NoSuchCompany."""
    return _company(_row(db, uscc))


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
    today = clock.today()
    if any(each.resident == resident and today <= each.until for each in company.agents):
        return AGENT
    return None


def require(company: Company, resident: str, needed: str) -> None:
    """Raise StandingTooLow unless the resident may act for the company at least as `needed`."""
    held = standing(company, resident)
    if held is None or held < needed:
        raise StandingTooLow


def appoint(db: Database, uscc: str, by: str, *, name: str, id_number: str, until: date) -> Company:
    """Let a verified resident act for a company, by its representative's word; renews the date.

    Raises NoSuchAgent for a stranger and for a wrong name alike, StandingTooLow, BadAgentDate,
    TooManyAgents.
    """
    require(get(db, uscc), by, REPRESENTATIVE)
    if until < clock.today():
        raise BadAgentDate
    agent = _verified(db, name, id_number)
    given = AgentRow(until=until.isoformat(), since=clock.now(), by=f"resident:{by}")
    update = {"$set": {f"agents.{agent}": given}, "$addToSet": {"people": agent}}
    return _change(db, uscc, by, "agent.appoint", update)


def _verified(db: Database, name: str, id_number: str) -> str:
    """The id of the resident with this verified name and number; raises NoSuchAgent."""
    digest = privacy.digest(identity.check_id_number(id_number), "identity")
    claim = store.identities(db).find_one({"_id": digest})
    if claim is None:
        raise NoSuchAgent
    row = records.find(db, claim["resident"])
    known = row["identity"] == digest
    if not known or verification.opened(row).name != identity.check_name(name):
        raise NoSuchAgent
    return row["_id"]


def dismiss(db: Database, uscc: str, by: str, agent: str) -> Company:
    """End an agent's standing at once, by the representative's word or the agent's own."""
    company = get(db, uscc)
    if by != agent:
        require(company, by, REPRESENTATIVE)
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
