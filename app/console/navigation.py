"""The menu on the left: one row per page, shown to those who may open it."""

from dataclasses import dataclass
from typing import Final

from flask import request

from base import texts
from people import operators
from people.operators import Operator

from .guard import ANY_OPERATOR


@dataclass(frozen=True)
class Item:
    """One row: the endpoint it opens, its icon and the right it takes; its label is in texts.

    `also` are other parts of the console that belong to it.
    """

    key: str
    endpoint: str
    icon: str
    right: str
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What the row says."""
        return texts.say(f"console.menu.{self.key}")

    @property
    def here(self) -> bool:
        """Whether the page that is open belongs to this row."""
        part = (request.endpoint or "").rpartition(".")[0]
        return part in (
            self.endpoint.rpartition(".")[0],
            *(f"console.{each}" for each in self.also),
        )


MENU: Final[tuple[Item, ...]] = (
    Item("desk", "console.desk.page", "inbox", ANY_OPERATOR, ("cases", "moving")),
    Item("tickets", "console.tickets.page", "chat", "ticket.see"),
    Item("talks", "console.talks.page", "talk", "talk.see"),
    Item(
        "bills",
        "console.bills.page",
        "wallet",
        "bill.see",
        ("quarantine", "refunds", "reductions", "counter"),
    ),
    Item("income", "console.income.page", "chart", "income.see"),
    Item(
        "reconciliation",
        "console.reconciliation.page",
        "check",
        "bill.settle",
        ("differences",),
    ),
    Item("ratings", "console.ratings.page", "star", "rating.see"),
    Item("companies", "console.companies.page", "building", "person.confirm"),
    Item("services", "console.services.page", "book", ANY_OPERATOR),
    Item("scenes", "console.scenes.page", "qr", "scene.see"),
    Item("messages", "console.messages.page", "send", "message.see", ("testing",)),
    Item("effects", "console.effects.page", "pulse", "effect.see"),
    Item("alarms", "console.alarms.page", "alert", "alarm.see"),
    Item("trail", "console.trail.page", "shield", "audit.see"),
    Item("staff", "console.staff.page", "people", "operator.manage"),
)


def menu(operator: Operator | None) -> list[Item]:
    """The rows this operator may open."""
    if operator is None:
        return []
    return [each for each in MENU if may(operator, each.right)]


def may(operator: Operator, right: str) -> bool:
    """Whether an operator may open what takes this right."""
    return right == ANY_OPERATOR or operators.may(operator, right)


def back() -> str:
    """Where an error page leads back to: the case, bill or ticket it is about, or the desk."""
    parts = request.path.split("/")
    return "/".join(parts[:4]) if len(parts) > 4 else "/console/"
