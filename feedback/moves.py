"""The life of a ticket as a table: from where, to where, by whose right, promising what."""

from dataclasses import dataclass
from typing import Final

OPEN: Final = "open"
ANSWERED: Final = "answered"
DONE: Final = "done"
STATES: Final = (OPEN, ANSWERED, DONE)
RESIDENT: Final = "resident"


@dataclass(frozen=True)
class Move:
    """One row: `right` is an operator's right or "resident", meaning whoever asked."""

    start: str
    to: str
    right: str
    promises: tuple[str, ...]


MOVES: Final[dict[str, Move]] = {
    "answer": Move(OPEN, ANSWERED, "ticket.answer", ("ticket.answered",)),
    "transfer": Move(OPEN, OPEN, "ticket.transfer", ()),
    "rate": Move(ANSWERED, DONE, RESIDENT, ("ticket.rated",)),
}
