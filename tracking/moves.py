"""The life of a case as a table: from where, to where, by whose right, promising what."""

from dataclasses import dataclass
from typing import Final, Literal

from base.errors import Missing

State = Literal[
    "submitted", "supplementing", "accepted", "declined", "approved", "refused", "closed",
    "withdrawn",
]  # fmt: skip
DeadlineKind = Literal["receipt", "supplement", "decision", "delivery"]
Pays = Literal["submit", "accept", "decide"]

FIRST: Final[State] = "submitted"
OPEN: Final[tuple[State, ...]] = ("submitted", "supplementing", "accepted", "approved")
FINISHED: Final[tuple[State, ...]] = ("declined", "refused", "closed", "withdrawn")
UNDECIDED: Final[tuple[State, ...]] = ("declined", "withdrawn")
RATED: Final[tuple[State, ...]] = ("declined", "refused", "closed")
STATES: Final[tuple[State, ...]] = OPEN + FINISHED
RESIDENT: Final = "resident"


class NoSuchMove(Missing):
    """A case cannot be moved by this name."""

    code = "no_such_move"


@dataclass(frozen=True)
class Move:
    """One row: `right` is an operator's right or "resident", meaning the case's own resident.

    `deadline` is the clock that starts (None stops it); `reasoned` asks for a note; `settled`
    refuses while a payment is due; `charges` is the stage at which a service of that `pay_when`
    begins to owe its fee.
    """

    starts: tuple[State, ...]
    to: State
    right: str
    promises: tuple[str, ...]
    deadline: DeadlineKind | None = None
    reasoned: bool = False
    settled: bool = False
    charges: Pays | None = None


MOVES: Final[dict[str, Move]] = {
    "accept": Move(
        ("submitted",), "accepted", "case.accept", ("case.accepted",),
        deadline="decision", settled=True, charges="accept",
    ),
    "decline": Move(
        ("submitted", "supplementing"), "declined", "case.accept", ("case.declined",),
        reasoned=True,
    ),
    "ask_supplement": Move(
        ("submitted",), "supplementing", "case.supplement", ("case.supplementing",),
        deadline="supplement",
    ),
    "supplement": Move(
        ("supplementing",), "submitted", RESIDENT, ("case.supplemented",), deadline="receipt",
    ),
    "approve": Move(
        ("accepted",), "approved", "case.decide", ("case.approved",),
        deadline="delivery", settled=True, charges="decide",
    ),
    "refuse": Move(("accepted",), "refused", "case.decide", ("case.refused",), reasoned=True),
    "close": Move(("approved",), "closed", "case.close", ("case.closed",), settled=True),
    "withdraw": Move(
        ("submitted", "supplementing", "accepted"), "withdrawn", RESIDENT, ("case.withdrawn",),
    ),
}  # fmt: skip


def find(name: str) -> Move:
    """The row of a move; raises NoSuchMove."""
    if name not in MOVES:
        raise NoSuchMove
    return MOVES[name]


def open_to(state: str, right: str) -> list[str]:
    """The moves that someone with this right may try from this state, in the table's order."""
    return [name for name, move in MOVES.items() if state in move.starts and move.right == right]


def told_by(move: str) -> tuple[str, ...]:
    """The effects that a line of a case's history has promised; money's lines promise none."""
    if move == "submit":
        return ("case.submitted",)
    return MOVES[move].promises if move in MOVES else ()
