"""Whatever residents, wallets, officers, forgers and crashes do, the money stays right."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from base.store import Database
from payments.wallets import Wallets
from script.chaoses import sequences
from script.chaoses.money import crashing, verbs
from script.chaoses.money.stage import Stage, watched
from script.chaoses.money.tally import Tally
from script.chaoses.money.town import Place, Town

FALL = crashing.Guillotine()


@pytest.fixture
def doomed(db: Database, store_uri: Callable[..., str]) -> Iterator[Database]:
    """The database through a connection whose commands can end the step that sends them."""
    seen = watched(store_uri(db.name), FALL)
    yield seen
    seen.client.close()


def test_money_stays_right_whatever_happens(
    doomed: Database, place: Place, door: Flask, built: Wallets
) -> None:
    tally = Tally()
    sequences.batch(Stage(doomed, place, built, door, FALL), tally, seed=1, many=270)
    assert tally.sequences >= 200


@pytest.mark.parametrize(("verb", "when"), verbs.ALL)
def test_a_step_killed_at_any_command_leaves_the_books_right(
    alice: Town, doomed: Database, verb: str, when: Any
) -> None:
    """Before and after each of its commands, of which it has at least two; then it is done."""
    assert verbs.killed(verb, when, alice, doomed, FALL) >= 2
