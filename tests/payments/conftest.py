"""The simulator's wallets on loopback, one world a test, and keys made for this run."""

from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
from flask import Flask

from base import alarms, audit, clock, store
from payments import store as payments_store
from payments import wallets
from script.chaoses.money import desk, sides, town
from script.chaoses.money.town import Place

from .closing import at
from .office import Office


@pytest.fixture
def db(store_uri: Callable[..., str]) -> Iterator[store.Database]:
    """A database of one's own with the indexes that money needs; the clock follows it."""
    fresh = store.connect(store_uri(f"t{token_hex(6)}"))
    store.ensure(fresh, (*alarms.INDEXES, *audit.INDEXES, *payments_store.INDEXES))
    clock.follow(fresh)
    yield fresh
    clock.stand_alone()
    fresh.client.close()


@pytest.fixture(scope="session")
def pems() -> sides.Pems:
    return sides.invented()


@pytest.fixture(scope="session")
def place(pems: sides.Pems) -> Iterator[Place]:
    with town.place(pems) as found:
        yield found


@pytest.fixture(scope="session")
def built(place: Place, pems: sides.Pems) -> wallets.Wallets:
    """Our wallets, built once: parsing their keys takes a while."""
    return wallets.build(sides.settings(place.url, f"http://127.0.0.1:{place.our_port}", pems))


@pytest.fixture
def alice(db: store.Database, place: Place, built: wallets.Wallets) -> Iterator[town.Town]:
    """A town with Alice in it, who owes 80 yuan."""
    place.world.reset()
    made = town.Town(db, place, built)
    made.issue()
    yield made
    made.web.close()


@pytest.fixture(scope="session")
def door(place: Place) -> Iterator[Flask]:
    with desk.open_on(place.our_port) as app:
        yield app


@pytest.fixture
def open_door(alice: town.Town, door: Flask) -> town.Town:
    """Alice's town with our door for notices open."""
    desk.serve_from(door, alice.db, alice.wallets)
    return alice


@pytest.fixture
def office(open_door: town.Town) -> Office:
    """Alice's town at noon, so that a day is one day, with a finance system beside it."""
    at(open_door, 12)
    open_door.place.world.config["nontax"] = sides.OFFICE
    return Office(open_door)
