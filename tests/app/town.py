"""A resident before one service, a purse she pays from, and a keeper of all promises."""

from dataclasses import dataclass, field, replace
from typing import Any

from app import jobs
from app.runtime import Runtime
from base import clock
from base.errors import Unreachable
from payments import attempts, bills
from payments.wallets import Notice, Payer
from payments.wallets.wallet import Refused, Returned, Standing
from tests import keeping
from tests.tracking.town import CLERK, Desk
from tracking import cases, messages


@dataclass
class Purse:
    """A wallet that holds every order and is paid by a word."""

    merchant: str = "m1"
    orders: dict[str, Standing] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    silent: bool = False
    refuses: bool = False

    def binds(self, payer):
        return Payer("app1", "")

    def open(self, order):
        self.orders[order.number] = Standing("open")
        return "handle"

    def parameters(self, order, handle):
        return {"url": handle}

    def query(self, number, placed=None):
        if self.silent:
            raise Unreachable("purse")
        return self.orders.get(number, Standing("absent"))

    def close(self, number):
        if self.query(number).state == "open":
            self.orders[number] = Standing("closed")
        return True

    def refund(self, asked):
        if self.refuses:
            raise Refused("NOT_ENOUGH")
        self.returned.add(asked.number)
        return self.query_refund(asked)

    def query_refund(self, asked):
        if asked.number not in self.returned:
            return Returned("absent")
        known = {"merchant": self.merchant, "app": "app1", "payer": "", "currency": "CNY"}
        told = {"provider": "alipay", "kind": "refund", "transaction": f"r-{asked.number}"}
        told |= {"refund": asked.number, "fate": "succeeded", "of": asked.transaction}
        sums = {"attempt": asked.attempt, "amount": asked.amount, "paid_at": clock.now()}
        return Returned("succeeded", Notice(**known, **told, **sums))

    def pay(self, number, amount, transaction="t1"):
        known = {"merchant": self.merchant, "app": "app1", "payer": "p1", "currency": "CNY"}
        told = {"provider": "alipay", "kind": "payment", "transaction": transaction}
        notice = Notice(**known, **told, attempt=number, amount=amount, paid_at=clock.now())
        self.orders[number] = Standing("paid", notice)
        return notice


@dataclass
class Town:
    """What a test does, and what it sees."""

    runtime: Runtime
    desk: Desk
    purse: Purse
    openid: str = ""
    unions: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Any:
        return self.runtime.db

    def keep(self) -> None:
        keeping.all_due(self.runtime)

    def effect(self, name: str, id: str = "", **data: Any) -> None:
        jobs.EFFECTS[name](self.runtime, id, **data)

    def charged(self, when: str) -> cases.Case:
        """A case of a service that is paid for at this moment of its life."""
        return self.desk.with_service(pay_when=when).submit()

    def bill(self, case: cases.Case) -> bills.Bill:
        (found,) = bills.of_case(self.db, case.number)
        return found

    def pay(self, bill: bills.Bill, transaction: str = "t1") -> bills.Outcome:
        opened = attempts.open(self.db, self.runtime.wallets, bill.number, "alipay", None)
        return bills.settle(self.db, self.purse.pay(opened.attempt, bill.total, transaction))

    def move(self, case: cases.Case, move: str, **more: Any) -> cases.Case:
        own = move in ("withdraw", "supplement")
        return cases.move(
            self.db, case.number, move, by=f"resident:{case.resident}" if own else CLERK, **more
        )

    def told(self, resident: str | None = None) -> list[str]:
        found = messages.of(self.db, resident or self.desk.resident.id, 100)
        return sorted(each.kind for each in found)


def build(runtime: Runtime, desk: Desk) -> Town:
    purse = Purse()
    return Town(replace(runtime, wallets={"alipay": purse}), desk, purse)
