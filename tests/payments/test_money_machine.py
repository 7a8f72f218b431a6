"""Whatever residents, wallets, officers, forgers and crashes do, the money stays right."""

from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from base.errors import Problem
from payments import attempts, bills, decisions, refunds, repaying
from payments.wallets import Wallets

from . import checks, desk, refunding
from .conftest import Place
from .crashing import Guillotine
from .machine import Money
from .town import BILL, Town

Act = Callable[[], object]

FALL = Guillotine()
MOST = 20


@pytest.fixture
def doomed(store_uri: str) -> Iterator[Any]:
    """A connection whose commands can end the step that sends them."""
    client: Any = pymongo.MongoClient(store_uri, tz_aware=True, event_listeners=[FALL])
    yield client
    client.close()


class Swept(Money):
    """The machine with our door for notices open on its own database."""

    def __init__(self, doomed: Any, place: Place, door: Flask, built: Wallets) -> None:
        super().__init__(doomed, place, built, FALL)
        desk.serve_from(door, self.db, built)


def test_money_stays_right_whatever_happens(
    doomed: Any, place: Place, door: Flask, built: Wallets
) -> None:
    run_state_machine_as_test(
        lambda: Swept(doomed, place, door, built),
        settings=settings(
            max_examples=7,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def settling(town: Town, here: Any) -> Act:
    opened = town.open("wechat")
    town.pay(opened)
    notice = town.wallets["wechat"].query(opened.attempt).notice
    assert notice is not None
    return lambda: bills.settle(here, notice)


def opening(town: Town, here: Any) -> Act:
    return lambda: attempts.open(here, town.wallets, BILL, "wechat", town.payer())


def requesting(town: Town, here: Any) -> Act:
    refunding.paid(town)
    asked = refunding.wish(town, 3000)
    return lambda: refunds.request(here, BILL, asked)


def approving(town: Town, here: Any) -> Act:
    refunding.paid(town)
    number = refunds.request(town.db, BILL, refunding.wish(town, 3000)).number
    return lambda: decisions.approve(here, BILL, number, by=refunding.SUN)


def refunding_there(town: Town, here: Any) -> Act:
    refunding.paid(town, "alipay")
    number = refunding.approved(town, 3000).number
    return lambda: repaying.go(here, town.wallets, BILL, number, 0)


VERBS = (settling, opening, requesting, approving, refunding_there)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_step_killed_at_any_command_leaves_the_books_right(
    alice: Town, doomed: Any, verb: Callable[[Town, Any], Act], when: Any
) -> None:
    """Before and after each of its commands, of which it has at least two; then it is done."""
    act, lived = verb(alice, doomed[alice.db.name]), False
    for n in range(1, MOST):
        try:
            lived = not FALL.kills(verb.__name__, act, n, when)
        except Problem:  # it was done before it was killed
            lived = True
        checks.right(alice)
        if lived:
            break
    assert lived
    assert n > 2
    refunding.later(alice, 5, minutes=31)
    checks.right(alice)
    checks.agreed(alice)
