"""What a payer is shown of the money that goes back to her."""

from typing import Any

from base import texts

from .records import Bill, Refund

_TOLD = {
    "approved": "underway",
    "unsure": "underway",
    "sent": "underway",
    "refused": "delayed",
    "abnormal": "delayed",
    "closed": "delayed",
    "succeeded": "done",
}


def refunds(bill: Bill) -> list[dict[str, Any]]:
    """What the payer may know of a bill's refunds, in words: those agreed to, or surplus.

    `state` is underway, done, or delayed when an officer must see to it.
    """
    shown = []
    for each in bill.refunds.values():
        state = _told(each)
        if state:
            asked = each.state == "requested"
            where = each.wallet if each.by_hand and not asked else "refund_states"
            words = texts.say(f"payments.{where}.{state}")
            reason = texts.say(f"payments.refund_told.{each.reason}")
            at = each.done or each.created
            shown.append(
                {"amount": each.amount, "state": state, "state_name": words}
                | {"reason": reason, "at": at}
            )
    return shown


def _told(refund: Refund) -> str:
    """What nobody owed is on its way at once, whoever must still agree."""
    asked = "underway" if refund.surplus and refund.state == "requested" else ""
    return _TOLD.get(refund.state, asked)
