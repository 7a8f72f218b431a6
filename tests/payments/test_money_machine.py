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
PARTS, LONG_ENOUGH = 4, 50


@pytest.fixture
def doomed(db: Database, store_uri: Callable[..., str]) -> Iterator[Database]:
    """The database through a connection whose commands can end the step that sends them."""
    seen = watched(store_uri(db.name), FALL)
    yield seen
    seen.client.close()


@pytest.mark.parametrize("seed", range(PARTS))
def test_money_stays_right_whatever_happens(
    doomed: Database, place: Place, door: Flask, built: Wallets, seed: int
) -> None:
    """A part of the 200 sequences that are long enough; Hypothesis cuts some short."""
    here, tally = Stage(doomed, place, built, door, FALL), Tally()
    for more in range(seed, 100, PARTS):
        sequences.batch(here, tally, more, LONG_ENOUGH - tally.sequences + 2)
        if tally.sequences >= LONG_ENOUGH:
            return
    raise AssertionError(tally)


@pytest.mark.parametrize(("verb", "when"), verbs.ALL)
def test_a_step_killed_at_any_command_leaves_the_books_right(
    alice: Town, doomed: Database, verb: str, when: Any
) -> None:
    """Before and after each of its commands, of which it has at least two; then it is done."""
    assert verbs.killed(verb, when, alice, doomed, FALL) >= 2
