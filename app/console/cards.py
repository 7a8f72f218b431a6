"""How much of what waits, by the rights of whoever asks."""

from dataclasses import dataclass

from flask import url_for

from base import outbox
from feedback import talks, tickets
from payments import bills, quarantine, refunds, reporting, slips, waivers
from payments.moves import FOR_HUMANS
from payments.reconciliation import differences
from people import operators
from people.operators import Operator
from tracking import desks, undeliverable

from .. import jobs
from ..runtime import here
from .reconciliation import mine
from .views import VIEWS

_TONES = {"soon": "yellow", "overdue": "red"}


@dataclass(frozen=True)
class Card:
    """How much of something waits, and where it is listed; `count` stops at desks.MOST."""

    key: str
    count: int
    href: str
    tone: str = ""

    @property
    def shown(self) -> str:
        """The count as it stands on the card."""
        return f"{desks.MOST - 1}+" if self.count >= desks.MOST else str(self.count)


def cards(operator: Operator) -> list[Card]:
    """The cards of what this operator's rights make hers."""
    found = []
    for right, counted in _COUNTED:
        if operators.may(operator, right):
            found += counted(operator)
    return found


def _cases(operator: Operator) -> list[Card]:
    return [_view(operator, key) for key, view in VIEWS.items() if not view.finished]


def _view(operator: Operator, key: str) -> Card:
    view, agency = VIEWS[key], operator.agency
    since, until = view.days()
    count = sum(
        desks.count(here().db, agency, state, since=since, until=until) for state in view.states
    )
    tone = _TONES.get(key, "") if count else ""
    return Card(key, count, url_for("console.desk.page", view=key), tone)


def _tickets(operator: Operator) -> list[Card]:
    waiting = len(tickets.desk(here().db, operator, limit=desks.MOST))
    return [Card("tickets", waiting, url_for("console.tickets.page"))]


def _talks(_: Operator) -> list[Card]:
    waiting = sum(each.owner is None for each in talks.running(here().db, desks.MOST))
    return [Card("talks", waiting, url_for("console.talks.page"), "yellow" if waiting else "")]


def _bills(operator: Operator) -> list[Card]:
    owed = len(bills.recent(here().db, "open", desks.MOST, operator.agency))
    return [Card("bills", owed, url_for("console.bills.page"))]


def _quarantine(_: Operator) -> list[Card]:
    doubtful = len(quarantine.list(here().db, desks.MOST))
    href = url_for("console.quarantine.page")
    return [Card("quarantine", doubtful, href, "red" if doubtful else "")]


def _differences(_: Operator) -> list[Card]:
    listed = (differences.listed(here().db, each, desks.MOST) for each in differences.FOR_HUMANS)
    waiting = sum(len(mine(each)) for each in listed)
    href = url_for("console.differences.page")
    return [Card("differences", waiting, href, "red" if waiting else "")]


def _refunds(operator: Operator) -> list[Card]:
    told = (desks.MOST, operator.agency)
    waiting = sum(len(refunds.waiting(here().db, state, *told)) for state in FOR_HUMANS)
    waiting += len(reporting.owing(here().db, *told))
    href = url_for("console.refunds.page")
    return [Card("refunds", waiting, href, "yellow" if waiting else "")]


def _reductions(operator: Operator) -> list[Card]:
    waiting = len(waivers.waiting(here().db, desks.MOST, operator.agency))
    href = url_for("console.reductions.page")
    return [Card("reductions", waiting, href, "yellow" if waiting else "")]


def _slips(operator: Operator) -> list[Card]:
    waiting = len(slips.waiting(here().db, limit=desks.MOST, agency=operator.agency))
    href = url_for("console.counter.page")
    return [Card("slips", waiting, href, "yellow" if waiting else "")]


def _messages(_: Operator) -> list[Card]:
    failed = undeliverable.count(here().db, desks.MOST)
    href = url_for("console.messages.page")
    return [Card("messages", failed, href, "yellow" if failed else "")]


def _effects(_: Operator) -> list[Card]:
    stuck = sum(len(outbox.stuck(here().db[name])) for name in jobs.COLLECTIONS)
    href = url_for("console.effects.page")
    return [Card("effects", stuck, href, "red" if stuck else "")]


_COUNTED = (
    ("case.see", _cases),
    ("ticket.see", _tickets),
    ("talk.see", _talks),
    ("bill.settle", _bills),
    ("bill.settle", _quarantine),
    ("bill.settle", _differences),
    ("refund.approve", _refunds),
    ("bill.grant", _reductions),
    ("counter.sign", _slips),
    ("message.see", _messages),
    ("effect.see", _effects),
)
