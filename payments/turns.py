"""Whether a rule has had its turn with a payment, by what its bill's story says of refunds."""

from typing import Final

from .moves import NOT_RETURNED
from .records import Bill, Refund

SYSTEM: Final = "system"
_GIVEN_UP: Final = frozenset({"refund_rejected", "refund_dropped", "payout_dropped"})


def taken(bill: Bill, made: list[Refund]) -> int:
    """How often what is left of a payment has become another sum: after each a rule owes anew.

    An officer's refund came to nothing, or one that had been given up came back after all. What
    happened stays in the story, so that no number is used for two sums.
    """
    given_up, back = _moved(bill, *_GIVEN_UP), _moved(bill, "refund_corrected")
    in_vain = sum(each.requested_by != SYSTEM and each.number in given_up for each in made)
    return in_vain + sum(each.number in given_up & back for each in made)


def declined(bill: Bill, made: list[Refund]) -> bool:
    """Whether an officer gave up what a rule owed, and not because nobody would tell its wallet."""
    untold = _moved(bill, "payout_dropped")
    return any(
        each.requested_by == SYSTEM
        and each.state in NOT_RETURNED
        and (each.by_hand or each.number not in untold)
        for each in made
    )


def _moved(bill: Bill, *moves: str) -> set[str]:
    """The numbers of the refunds that have made one of these moves, by the bill's story."""
    return {line["refund"] for line in bill.history if line["move"] in moves}
