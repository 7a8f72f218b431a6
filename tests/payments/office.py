"""Alice's town with a finance system beside it, and a worker for what is owed to it."""

from typing import Any

from base import alarms, outbox
from base.errors import Unreachable
from payments import decisions, fiscal, refunds
from payments.wallets.nontax import Finance
from script.chaoses.money import sides

from .town import BILL, Town


class Office:
    """Alice's town with a finance system beside it, and a worker for what is owed to it."""

    def __init__(self, town: Town) -> None:
        self.town, self.db = town, town.db
        self.finance = Finance(sides.office(town.url))

    def fault(self, path: str, **told: Any) -> None:
        self.town.fault(f"/nontax{path}", **told)

    def counter(self, act: str) -> None:
        assert self.town.control("nontax/counter", order_no=BILL, act=act)["ok"]

    def book(self) -> dict[str, Any]:
        return self.town.web.get(f"{self.town.url}/control/v1/nontax").json()

    def lock(self) -> None:
        fiscal.lock(self.db, self.finance, self.town.bill())

    def pay(self) -> None:
        self.town.pay(self.town.open("wechat"))
        fiscal.wake(self.db, BILL)

    def keep(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            for held in outbox.take(self.db["fiscal"]):
                for owed in held.promises:
                    self._keep(held, owed)
                outbox.release(self.db["fiscal"], held)

    def _keep(self, held: outbox.Held, owed: outbox.Promise) -> None:
        try:
            fiscal.go(self.db, self.finance, owed["data"]["bill"], lambda _: "张丽")
        except Unreachable as late:
            outbox.delayed(self.db["fiscal"], held, owed, str(late), late.until)
        else:
            outbox.kept(self.db["fiscal"], held, owed)

    def settle(self) -> None:
        """Let an hour pass in which everything is asked."""
        for minutes in (1, 2, 5, 15, 40):
            self.town.advance(minutes=minutes)
            self.keep()

    @property
    def record(self) -> fiscal.Record:
        found = fiscal.find(self.db, BILL)
        assert found is not None
        return found

    def refund(self, fen: int) -> None:
        payment = self.town.bill().received[0]
        wish = refunds.Wish(payment["transaction"], fen, "退", "operator:qian", f"k{fen}")
        number = refunds.request(self.db, BILL, wish).number
        decisions.approve(self.db, BILL, number, by="operator:sun")
        for _ in range(3):
            self.town.keep()
            self.town.advance(minutes=2)
        assert self.town.bill().refunds[number].state == "succeeded"
        fiscal.wake(self.db, BILL)

    def sounding(self) -> set[str]:
        return {each["kind"] for each in alarms.standing(self.db)}
