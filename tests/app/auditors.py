"""Scenes of the daily reconciliation: a statement to fetch, to match, a difference to mend."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from base import clock
from payments import attempts, settlement
from payments.reconciliation import daily, differences, store
from payments.store import shelf
from payments.wallets.wallet import Repayment, Standing, Statement
from script.chaoses import daybook

from .town import Purse

ID = store.name("wechat", daybook.DAY)
EVE = daybook.DAY - timedelta(days=1)


@dataclass
class Till(Purse):
    """A purse that also tells what came in on a day."""

    merchant: str = daybook.MERCHANT

    def statement(self, day):
        return Statement(day, daybook.statement(daybook.made_up(2, 2).lines), True)

    def query_refund(self, asked):
        found = super().query_refund(asked)
        told = found.notice and replace(found.notice, provider="wechat")
        return replace(found, notice=told)

    def pay(self, number, amount, transaction="t1"):
        told = replace(super().pay(number, amount, transaction), provider="wechat")
        self.orders[number] = Standing("paid", told)
        return told


def opened(town):
    """The till stands in town."""
    town.runtime = replace(town.runtime, wallets={**town.runtime.wallets, "wechat": Till()})
    return town.runtime.wallets["wechat"]


def awaited(town):
    opened(town)
    daily._awaited(town.db, "wechat", daybook.DAY)
    return ID, {}


def stored(town):
    """A day with one sum nobody booked and one nobody knows."""
    opened(town)
    made = daybook.made_up(2, 2)
    daybook.keep(town.db, made)
    daily.receive(town.db, "wechat", daybook.DAY, daybook.statement(made.lines), by="system")
    return ID, {}


def scenes(issued):
    """`issued` makes a bill; from these on there is one wallet more in town."""

    def given_back(town):
        till, (number, _) = opened(town), issued(town)
        order = attempts.open(town.db, town.runtime.wallets, number, "wechat", None)
        bill = attempts.store.get(town.db, number)
        paid = till.pay(order.attempt, bill.total, secrets.token_hex(8))
        settlement.settle(town.db, paid)
        number = secrets.token_hex(8)
        told = (number, paid.attempt, paid.transaction, 100, paid.amount, "", clock.now())
        back = till.refund(Repayment(*told)).notice
        assert settlement.settle(town.db, back).reason == "refund"
        return f"refund:wechat:refund:{back.transaction}", {}

    def seen_to(town):
        id, _ = given_back(town)
        done = {"state": "resolved", "by": "operator:sun", "note": "", "done": clock.now()}
        assert shelf.unpark(town.db, id, done)
        return id, {}

    def unbooked(town):
        till, (number, _) = opened(town), issued(town)
        order = attempts.open(town.db, town.runtime.wallets, number, "wechat", None)
        bill = attempts.store.get(town.db, number)
        told = till.pay(order.attempt, bill.total, secrets.token_hex(8))
        line = {"order": order.attempt, "transaction": told.transaction, "fen": bill.total}
        line |= {"at": daybook._at(3600) - timedelta(days=1), "refund": "", "id": ""}
        daily.receive(town.db, "wechat", EVE, daybook.statement([line]), by="system")
        town.effect("statement.match", store.name("wechat", EVE))
        (found,) = differences.of_statement(town.db, store.name("wechat", EVE))
        return found.id, {}

    return (
        ("statement.fetch", awaited),
        ("statement.match", stored),
        ("difference.heal", unbooked),
        ("quarantine.ask", given_back),
        ("quarantine.over", seen_to),
    )
