"""The ways to look at cases: by state, and by how near the day is on which they are due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from base import calendar, clock
from people import operators
from people.operators import Operator
from tracking.moves import FINISHED

AWAITING_US: Final = ("submitted", "accepted", "approved")
Days = tuple[date | None, date | None]


def _any_day() -> Days:
    return None, None


def _soon() -> Days:
    """Today and the next working day."""
    return clock.today(), calendar.due(clock.now(), 1).day


def _past() -> Days:
    return None, clock.today() - timedelta(days=1)


@dataclass(frozen=True)
class View:
    """Cases of some states, due from the first to the last of `days`."""

    states: tuple[str, ...]
    days: Callable[[], Days] = _any_day

    @property
    def finished(self) -> bool:
        """Whether the cases have ended, so that the latest come first."""
        return self.states[0] in FINISHED


VIEWS: Final[dict[str, View]] = {
    "submitted": View(("submitted",)),
    "supplementing": View(("supplementing",)),
    "accepted": View(("accepted",)),
    "approved": View(("approved",)),
    "soon": View(AWAITING_US, _soon),
    "overdue": View(AWAITING_US, _past),
    "finished": View(FINISHED),
}


def first(operator: Operator) -> str:
    """What this operator works on: deciding, receiving, or watching."""
    if operators.may(operator, "case.decide"):
        return "accepted"
    return "submitted" if operators.may(operator, "case.accept") else "overdue"
