"""Which role may do what: the one table of rights."""

from collections.abc import Mapping
from typing import Final

CLERK: Final = frozenset(
    {
        "case.see",
        "case.reveal",
        "case.accept",
        "case.supplement",
        "case.close",
        "ticket.see",
        "ticket.answer",
        "bill.see",
        "message.see",
        "person.confirm",
    }
)

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "clerk": CLERK,
    "approver": frozenset(
        {
            "case.see",
            "case.reveal",
            "case.accept",
            "case.supplement",
            "case.decide",
            "case.close",
            "ticket.see",
            "ticket.answer",
            "bill.see",
            "person.reveal",
        }
    ),
    "supervisor": frozenset(
        {
            "case.see",
            "ticket.see",
            "ticket.transfer",
            "ticket.integrity",
            "rating.see",
            "effect.see",
            "alarm.see",
            "alarm.clear",
            "message.see",
            "audit.see",
        }
    ),
    "finance": frozenset({"bill.see", "bill.refund", "bill.settle"}),
    "admin": frozenset(
        {
            "operator.manage",
            "catalogue.edit",
            "effect.see",
            "effect.retry",
            "alarm.see",
            "alarm.clear",
            "message.see",
            "message.retry",
            "audit.see",
        }
    ),
}

RIGHTS: Final = frozenset().union(*ROLES.values())
