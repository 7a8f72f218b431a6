"""A case as everybody may see it, and how it is read from its row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from base import numbers, texts
from base.errors import Missing
from base.store import Database

from . import store
from .deadlines import Deadline
from .moves import FINISHED, RATED, UNDECIDED, Pays, State
from .store import CaseRow


class NoSuchCase(Missing):
    """No case bears this number, or it is not the asker's."""

    code = "no_such_case"


@dataclass(frozen=True)
class Payment:
    """What a case owes: `state` none, due or paid; `amount` in fen; `when` as the service says."""

    state: str
    when: Pays | None
    amount: int
    bill: str | None


@dataclass(frozen=True)
class Step:
    """One line of the history, its note still sealed."""

    at: datetime
    move: str
    by: str
    start: str | None
    to: str
    note: str | None
    due: str | None
    amount: int | None = None


@dataclass(frozen=True)
class Firm:
    """A company that a case is for; `standing` is C1 or C2, of the resident who filed it."""

    uscc: str
    name: str
    standing: str


@dataclass(frozen=True)
class Case:
    """A case without what was answered in it; files by material, the quote as it was made."""

    number: str
    submission: str
    resident: str
    company: Firm | None
    applicant: str | None
    service: str
    service_version: int
    service_name: str
    agency: str
    agency_name: str
    state: State
    version: int
    materials: dict[str, list[str]]
    material_names: dict[str, str]
    quote: dict[str, Any]
    payment: Payment
    deadline: Deadline | None
    supplement_asked: datetime | None
    supplement_answered: datetime | None
    history: tuple[Step, ...]
    created: datetime
    changed: datetime

    @property
    def spoken(self) -> str:
        """The number as it is shown and read aloud."""
        return numbers.spoken(self.number)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINISHED

    @property
    def rateable(self) -> bool:
        """Whether an agency has ended it, so that it may be rated; who withdraws was not served."""
        return self.state in RATED

    @property
    def undecided(self) -> bool:
        """Whether it ended before anybody decided, so that a fee already paid is in question."""
        return self.state in UNDECIDED

    @property
    def state_name(self) -> str:
        """The state in a resident's words, at most five characters."""
        return texts.say(f"tracking.states.{self.state}")

    @property
    def files(self) -> list[str]:
        """The ids of all its files."""
        return [id for ids in self.materials.values() for id in ids]


def find(db: Database, number: str) -> CaseRow:
    """The row of a case; raises NoSuchCase."""
    row = store.cases(db).find_one({"_id": number})
    if row is None:
        raise NoSuchCase
    return row


def case(row: CaseRow) -> Case:
    """A row as a case."""
    supplement = row["supplement"] or {}
    return Case(
        number=row["_id"],
        submission=row["submission"],
        resident=row["resident"],
        company=firm(row),
        applicant=row["applicant"],
        service=row["service"]["key"],
        service_version=row["service"]["version"],
        service_name=row["service"]["name"],
        agency=row["agency"],
        agency_name=row["agency_name"],
        state=cast("State", row["state"]),
        version=row["version"],
        materials=row["materials"],
        material_names=row["material_names"],
        quote=row["quote"],
        payment=Payment(**row["payment"]),
        deadline=Deadline(**row["deadline"]) if row["deadline"] else None,
        supplement_asked=supplement.get("asked"),
        supplement_answered=supplement.get("answered"),
        history=tuple(step(line) for line in row["history"]),
        created=row["created"],
        changed=row["changed"],
    )


def firm(row: CaseRow) -> Firm | None:
    """The company a case is for."""
    return Firm(**row["company"]) if row["company"] else None


def step(line: store.Step) -> Step:
    """A line of the stored history."""
    return Step(
        at=line["at"],
        move=line["move"],
        by=line["by"],
        start=line["from"],
        to=line["to"],
        note=line.get("note"),
        due=line.get("due"),
        amount=line.get("amount"),
    )
