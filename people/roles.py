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
        "talk.see",
        "talk.answer",
        "bill.see",
        "bill.reduce",
        "counter.take",
        "refund.request",
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
            "talk.see",
            "talk.answer",
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
            "ticket.publish",
            "talk.see",
            "scene.see",
            "rating.see",
            "income.see",
            "effect.see",
            "alarm.see",
            "alarm.clear",
            "message.see",
            "audit.see",
        }
    ),
    "finance": frozenset(
        {
            "bill.see",
            "bill.settle",
            "bill.reduce",
            "bill.grant",
            "bill.cancel",
            "counter.take",
            "counter.sign",
            "refund.request",
            "refund.approve",
            "income.see",
        }
    ),
    "admin": frozenset(
        {
            "operator.manage",
            "catalogue.edit",
            "scene.see",
            "scene.make",
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
