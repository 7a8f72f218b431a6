"""The lives of a bill, an attempt, a refund, a reduction and a slip, as tables: from, to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """One edge of a state graph: the states it may start in and the one it ends in."""

    starts: frozenset[str]
    to: str


def _move(starts: str, to: str) -> Move:
    return Move(frozenset(starts.split()), to)


def correcting(moves: Mapping[str, Move], state: str, move: str, correction: str) -> str:
    """The move, or its correction where what was taken for the end was none."""
    return correction if state in moves[correction].starts else move


BILL_MOVES: Mapping[str, Move] = {
    "pay": _move("open", "paid"),
    "cancel": _move("open", "cancelled"),
    "waive": _move("open", "waived"),
}

# placing: the number is taken, the wallet has not answered · unsure: nobody knows what it did
# open: payable · left: given up by us, yet an old page may still pay it until it expires, or its
# wallet has no answer to go by · refused, closed: no money can come · paid: settled the bill
# surplus: paid, and not needed
# corrected: a wallet's proven word that money moved stands against what was taken for the end
ATTEMPT_MOVES: Mapping[str, Move] = {
    "opened": _move("placing unsure open", "open"),
    "doubted": _move("placing unsure", "unsure"),
    "refused": _move("placing unsure", "refused"),
    "leave": _move("placing unsure open", "left"),
    "closed": _move("placing unsure open left", "closed"),
    "paid": _move("placing unsure open left", "paid"),
    "surplus": _move("placing unsure open left", "surplus"),
    "paid_corrected": _move("refused closed", "paid"),
    "surplus_corrected": _move("refused closed", "surplus"),
}

# requested: an officer asks · approved: another one agrees, or a rule · unsure: nobody knows what
# the wallet did · sent: the wallet has taken it · refused: the wallet will not · abnormal: the
# payer's account cannot take it · closed: it gave up · dropped: we did · succeeded: money is back
# transfer: its wallet cannot make it and is told of it no more, officers pay it by bank transfer
# payout_dropped: what an officer was to pay, or what its wallet, asked now, knows nothing of and
# will not be told again because its payment is overdrawn
REFUND_MOVES: Mapping[str, Move] = {
    "refund_approved": _move("requested", "approved"),
    "refund_rejected": _move("requested", "rejected"),
    "refund_again": _move("refused", "approved"),
    "refund_transfer": _move("refused closed abnormal", "transfer"),
    "transfer_approved": _move("requested", "transfer"),
    "refund_dropped": _move("refused closed", "dropped"),
    "payout_dropped": _move("approved unsure sent transfer", "dropped"),
    "refund_doubted": _move("approved", "unsure"),
    "refund_sent": _move("approved unsure", "sent"),
    "refund_refused": _move("approved unsure sent", "refused"),
    "refund_abnormal": _move("approved unsure sent refused", "abnormal"),
    "refund_closed": _move("approved unsure sent refused abnormal", "closed"),
    "refund_succeeded": _move("approved unsure sent abnormal transfer", "succeeded"),
    "refund_corrected": _move("refused closed dropped", "succeeded"),
}

# requested: an officer asks, while the bill is open · granted: another one agrees
REDUCTION_MOVES: Mapping[str, Move] = {
    "reduction_granted": _move("requested", "granted"),
    "reduction_refused": _move("requested", "refused"),
}

# unsigned: one officer took or gave the money · signed: another one, or the day's close, agrees
SLIP_MOVES: Mapping[str, Move] = {
    "slip_signed": _move("unsigned disputed", "signed"),
    "slip_disputed": _move("unsigned", "disputed"),
}

NOT_RETURNED = frozenset({"rejected", "dropped"})
ON_THE_WAY = ("approved", "unsure", "sent")
UNDER_WAY = frozenset({*ON_THE_WAY, "abnormal"})
# Of these a wallet may still have news.
OPEN_THERE = UNDER_WAY | {"transfer"}
FAILED = ("refused", "abnormal", "closed")
FOR_HUMANS = ("requested", *FAILED, "transfer")

LIVE = frozenset({"placing", "unsure", "open"})
ASKED = LIVE | {"left"}
