"""The life of a bill and of an attempt at a wallet, as two tables: from where, to where."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """One edge of a state graph: the states it may start in and the one it ends in."""

    starts: frozenset[str]
    to: str


def _move(starts: str, to: str) -> Move:
    return Move(frozenset(starts.split()), to)


BILL_MOVES: Mapping[str, Move] = {
    "pay": _move("open", "paid"),
    "cancel": _move("open", "cancelled"),
}

# placing: the number is taken, the wallet has not answered · unsure: nobody knows what it did
# open: payable · left: given up by us, yet an old page may still pay it until it expires
# refused, closed: no money can come · paid: settled the bill · surplus: paid, and not needed
ATTEMPT_MOVES: Mapping[str, Move] = {
    "opened": _move("placing unsure open", "open"),
    "doubted": _move("placing unsure", "unsure"),
    "refused": _move("placing unsure", "refused"),
    "leave": _move("placing unsure open left", "left"),
    "closed": _move("placing unsure open left", "closed"),
    "paid": _move("placing unsure open left refused closed", "paid"),
    "surplus": _move("placing unsure open left refused closed", "surplus"),
}

LIVE = frozenset({"placing", "unsure", "open"})
ASKED = LIVE | {"left"}
