"""The simulator's wallets on loopback, one world a test, and keys made for this run."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from base import alarms, audit, clock, store
from payments import store as payments_store
from payments import wallets
from script import chain, servers
from simulator.__main__ import serve
from simulator.app import application
from simulator.world import World

from . import desk, keys, town


@pytest.fixture
def db(store_uri: str) -> Iterator[store.Database]:
    """A database of one's own with the indexes that money needs; the clock follows it."""
    fresh = store.connect(f"{store_uri}t{secrets.token_hex(6)}")
    store.ensure(fresh, (*alarms.INDEXES, *audit.INDEXES, *payments_store.INDEXES))
    clock.follow(fresh)
    yield fresh
    clock.stand_alone()
    fresh.client.close()


@pytest.fixture(scope="session")
def pems() -> town.Pems:
    old = keys.private(keys.Format.TraditionalOpenSSL)
    union = chain.invent(town.SIGNER)
    return town.Pems(old, keys.private(), keys.private(), keys.private(), union)


@dataclass(frozen=True)
class Place:
    """Where the simulator answers, and where it believes us to be."""

    world: World
    url: str
    our_port: int


@pytest.fixture(scope="session")
def place(pems: town.Pems) -> Iterator[Place]:
    world = World(town.world(pems))
    server = serve(application(world), 0)
    yield Place(world, f"http://127.0.0.1:{server.server_port}", servers.free_port())
    server.shutdown()
    server.server_close()
    world.close()


@pytest.fixture(scope="session")
def built(place: Place, pems: town.Pems) -> wallets.Wallets:
    """Our wallets, built once: parsing their keys takes a while."""
    return wallets.build(town.settings(place.url, f"http://127.0.0.1:{place.our_port}", pems))


@pytest.fixture
def alice(db: store.Database, place: Place, built: wallets.Wallets) -> Iterator[town.Town]:
    """A town with Alice in it, who owes 80 yuan."""
    place.world.reset()
    made = town.Town(db, place.url, built)
    made.issue()
    yield made
    made.web.close()


@pytest.fixture(scope="session")
def door(place: Place) -> Iterator[Flask]:
    app = desk.flask()
    server = serve(app, place.our_port)
    yield app
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_door(alice: town.Town, door: Flask) -> town.Town:
    """Alice's town with our door for notices open."""
    desk.serve_from(door, alice.db, alice.wallets)
    return alice
