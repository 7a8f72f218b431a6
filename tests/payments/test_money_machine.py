"""Whatever residents, wallets, officers, forgers and crashes do, the money stays right."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from base import store
from payments import bills
from payments.wallets import Wallets

from . import desk
from .conftest import Place
from .crashing import Guillotine
from .machine import Money
from .town import BILL, Town

FALL = Guillotine()


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
            max_examples=9,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("when", ["before", "after"])
def test_settling_killed_at_every_command_settles_once(alice: Town, doomed: Any, when: Any) -> None:
    """Before and after each command of one settlement, the last of which is its commit."""
    opened = alice.open("wechat")
    alice.pay(opened)
    notice = alice.wallets["wechat"].query(opened.attempt).notice
    assert notice is not None
    here: store.Database = doomed[alice.db.name]
    killed = 0
    for n in range(1, 10):
        killed += FALL.kills("settle", lambda: bills.settle(here, notice), n, when)
        facts = bills.facts(alice.db, BILL)
        assert len(facts) == (alice.bill().state == "paid")
        if facts:
            break
    assert killed >= 3
    assert bills.settle(alice.db, notice).result in ("already", "settled")
