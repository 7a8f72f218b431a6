"""What awaits a resident: what to mend, to pay, to rate; and what she is waiting for."""

from dataclasses import dataclass
from typing import Final

from base.store import Database
from feedback import ratings, tickets
from tracking import cases, stories
from tracking.cases import Case

_LOOKED_AT: Final = 30
_RECENT_ENDS: Final = 3


@dataclass(frozen=True)
class Task:
    """One thing to do: its kind (supplement, pay, rate, rate_answer), about what, and its key."""

    kind: str
    about: str
    number: str


@dataclass(frozen=True)
class Waiting:
    """What she must do, and her open cases with the sentence that says who is awaited."""

    tasks: tuple[Task, ...] = ()
    cases: tuple[tuple[Case, str], ...] = ()


NONE: Final = Waiting()


def of(db: Database, resident: str) -> Waiting:
    """Everything that awaits a resident, the most pressing first."""
    mine = cases.of(db, resident, _LOOKED_AT)
    found = [task for case in mine for task in of_case(case)]
    found += _ratings(db, mine) + _answers(db, resident)
    open_cases = tuple((each, stories.waiting(each)) for each in mine if not each.finished)
    return Waiting(tuple(found), open_cases)


def of_case(case: Case) -> list[Task]:
    """What one open case asks of its resident."""
    found = []
    if case.state == "supplementing":
        found.append(Task("supplement", case.service_name, case.number))
    if case.payment.state == "due" and case.payment.bill and not case.finished:
        found.append(Task("pay", case.service_name, case.payment.bill))
    return found


def is_rateable(db: Database, case: Case) -> bool:
    """Whether a case has ended in a way to be rated and has no rating yet."""
    return case.rateable and not ratings.is_rated(db, case.number)


def _ratings(db: Database, mine: list[Case]) -> list[Task]:
    ended = [each for each in mine if each.rateable][:_RECENT_ENDS]
    return [Task("rate", each.service_name, each.number) for each in ended if is_rateable(db, each)]


def _answers(db: Database, resident: str) -> list[Task]:
    mine = tickets.of(db, resident, _LOOKED_AT)
    return [
        Task("rate_answer", each.kind_name, each.number)
        for each in mine
        if each.state == "answered"
    ]
