"""Whatever residents, wallets and forgers do in whatever order, the money stays right."""

import secrets
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from base import clock, store
from base.errors import Problem
from payments import attempts, bills
from payments.moves import LIVE
from payments.wallets import Wallets

from . import desk
from .conftest import Place
from .town import BILL, Town

WALLETS = st.sampled_from(["wechat", "alipay"])
UNTRUE = st.sampled_from(["forged", "stale", "short", "other_payer", "other_merchant"])


class Money(RuleBasedStateMachine):
    """One bill, two wallets; every notice comes over HTTP through our own door."""

    opened = Bundle("opened")

    def __init__(self, db: store.Database, place: Place, door: Flask, built: Wallets) -> None:
        super().__init__()
        self.db = db.client[f"t{secrets.token_hex(6)}"].with_options(
            codec_options=db.codec_options, write_concern=db.write_concern
        )
        clock.follow(self.db)
        place.world.reset()
        desk.serve_from(door, self.db, built)
        self.town = Town(self.db, place.url, built)
        self.town.issue()

    @rule(target=opened, wallet=WALLETS, account=st.sampled_from(["oa", "mp"]))
    def open(self, wallet: str, account: str) -> Any:
        try:
            return self.town.open(wallet, self.town.payer(account))
        except Problem:
            return multiple()

    @rule(order=opened, quiet=st.booleans())
    def pay(self, order: attempts.Opened, quiet: bool) -> None:
        if quiet:
            self.town.fault(f"notify/{order.wallet}", "drop")
        self.town.pay(order)
        self.town.web.delete(f"{self.town.url}/control/v1/faults")

    @rule(order=opened)
    def repeat(self, order: attempts.Opened) -> None:
        self.town.bring(order, "again")

    @rule(order=opened)
    def pay_late(self, order: attempts.Opened) -> None:
        """Paid at the wallet whatever state the order was in, if it knows the order."""
        self.town.bring(order, "late")

    @rule(order=opened, kind=UNTRUE)
    def lie(self, order: attempts.Opened, kind: str) -> None:
        before = bills.facts(self.db, BILL)
        self.town.bring(order, kind)
        assert bills.facts(self.db, BILL) == before

    @rule(order=opened)
    def ask(self, order: attempts.Opened) -> None:
        bills.ask(self.db, self.town.wallets, BILL, order.attempt)

    @rule(minutes=st.sampled_from([1, 20, 125]))
    def wait(self, minutes: int) -> None:
        self.town.advance(minutes=minutes)
        self.town.keep()

    @rule(really=st.sampled_from([False, False, False, True]))
    def cancel(self, really: bool) -> None:
        if really and self.town.bill().state == "open":
            bills.cancel(self.db, BILL, by="operator:qian")

    @invariant()
    def paid_means_one_settled_attempt(self) -> None:
        bill, facts = self.town.bill(), bills.facts(self.db, BILL)
        settled = [each for each in facts if not each["surplus"]]
        paid = [each for each in bill.attempts.values() if each.state == "paid"]
        assert len(settled) == len(paid) == (bill.state == "paid")
        assert all(fact["amount"] == bill.total for fact in facts)

    @invariant()
    def every_fact_is_money_the_wallets_really_hold(self) -> None:
        facts = {each["attempt"] for each in bills.facts(self.db, BILL)}
        assert facts <= self._paid_there()

    @invariant()
    def one_order_at_most_is_on_offer(self) -> None:
        live = [each for each in self.town.bill().attempts.values() if each.state in LIVE]
        assert len(live) <= 1

    def teardown(self) -> None:
        """After a day of asking, all money the wallets hold is in the books."""
        for _ in range(12):
            self.town.advance(minutes=31)
            self.town.keep()
        for order in self.town.bill().attempts.values():
            assert order.state not in LIVE
        assert {each["attempt"] for each in bills.facts(self.db, BILL)} == self._paid_there()
        self.town.web.close()
        clock.stand_alone()

    def _paid_there(self) -> set[str]:
        found: set[str] = set()
        for wallet in ("wechat", "alipay"):
            url = f"{self.town.url}/control/v1/wallets/{wallet}/orders"
            for order in self.town.web.get(url).json()["orders"]:
                number = order.get("out_trade_no") or order["ask"]["out_trade_no"]
                found |= {number} if "paid" in order else set()
        return found


def test_money_stays_right_whatever_happens(
    db: store.Database, place: Place, door: Flask, built: Wallets
) -> None:
    run_state_machine_as_test(
        lambda: Money(db, place, door, built),
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
