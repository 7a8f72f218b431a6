"""What a payer is shown of the money that goes back to her, and which message tells her of it."""

from typing import Any, Final

from base import outbox, texts
from base.outbox import Promise

from .moves import NOT_RETURNED
from .records import Bill, Refund
from .turns import SYSTEM

_SHOWN: Final = {
    "approved": "underway",
    "unsure": "underway",
    "sent": "underway",
    "transfer": "underway",
    "refused": "delayed",
    "abnormal": "delayed",
    "closed": "delayed",
    "succeeded": "done",
}
# The message about a refund by the state it has come to; and about one that officers pay.
_KINDS: Final = {
    "approved": "refund_sent",
    "unsure": "refund_sent",
    "sent": "refund_sent",
    "succeeded": "refund_done",
    "refused": "refund_failed",
    "abnormal": "refund_failed",
    "closed": "refund_failed",
    "rejected": "refund_rejected",
    "dropped": "refund_dropped",
}
_BY_HAND: Final = {
    "succeeded": "refund_handed_out",
    "rejected": "refund_rejected",
    "dropped": "refund_called_off",
}


def kind_of(refund: Refund) -> str | None:
    """The kind of message that tells how a refund stands; None while only officers know of it.

    What nobody owed us is owed back whatever became of its refund.
    """
    if refund.state == "requested":
        return "refund_waiting" if refund.surplus or refund.requested_by == SYSTEM else None
    if refund.surplus and refund.state in NOT_RETURNED:
        return "refund_owed"
    if refund.payout:
        return f"refund_at_{refund.hand}"
    return (_BY_HAND if refund.by_hand else _KINDS).get(refund.state)


def key_of(bill: Bill, refund: Refund, kind: str) -> str:
    """What a message is known by: told once, and anew each time officers had it sent again."""
    turn = sum(
        line["move"] == "refund_again" and line["refund"] == refund.number for line in bill.history
    )
    return f"{refund.number}:{kind}" + (f":{turn}" if turn else "")


def promised(bill: str, refund: Refund) -> tuple[Promise, ...]:
    """The promise to tell how a refund stands: effect "refund.told"."""
    kind = kind_of(refund)
    if kind is None:
        return ()
    return (outbox.promise("refund.told", bill=bill, refund=refund.number, kind=kind),)


def refunds(bill: Bill) -> list[dict[str, Any]]:
    """What the payer may know of a bill's refunds, in words: those agreed to, or surplus.

    `state` is underway, done, or delayed when an officer must see to it.
    """
    shown = []
    for each in bill.refunds.values():
        state = _shown(each)
        if state:
            asked = each.state == "requested"
            where = each.hand if each.by_hand and not asked else "refund_states"
            shown.append(_said(each, each.amount, state, f"{where}.{state}"))
    return shown + [_owed(bill, payment["transaction"], fen) for payment, fen in bill.owing]


def _said(refund: Refund, amount: int, state: str, words: str) -> dict[str, Any]:
    return {
        "amount": amount,
        "state": state,
        "state_name": texts.say(f"payments.{words}"),
        "reason": texts.say(f"payments.refund_told.{refund.reason}"),
        "at": refund.done or refund.created,
    }


def _owed(bill: Bill, transaction: str, fen: int) -> dict[str, Any]:
    """What is left of a payment that nobody owed, whose last refund came to nothing."""
    made = (each for each in bill.refunds.values() if each.transaction == transaction)
    last = max(made, key=lambda each: each.created)
    return _said(last, fen, "delayed", "refund_states.owing") | {
        "reason": texts.say("payments.refund_told.surplus")
    }


def _shown(refund: Refund) -> str:
    """What nobody owed is on its way at once, whoever must still agree."""
    asked = "underway" if refund.surplus and refund.state == "requested" else ""
    return _SHOWN.get(refund.state, asked)
