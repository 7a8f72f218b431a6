"""A store, a world, our wallets and our door, for as long as they are wanted."""

import base64
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pymongo
from flask import Flask

from app import logs
from base import alarms, audit, clock, privacy, store
from base.store import Database
from payments import store as payments_store
from payments import wallets
from payments.wallets import Wallets
from script import parts, servers

from . import desk, sides, town
from .crashing import Guillotine
from .town import Place, Town, Watch

FILLED: Final = ("bills", "money_facts", "quarantine", "alarms", "audit")


@dataclass(frozen=True)
class Stage:
    """An empty database, the world, our wallets, our door, and the axe.

    The database's client carries `fall` as a listener.
    """

    db: Database
    place: Place
    built: Wallets
    door: Flask
    fall: Guillotine

    def town(self) -> Town:
        """Everything empty again, the clocks right, the door open, and a bill issued."""
        for name in FILLED:
            self.db[name].delete_many({"_id": {"$gt": ""}})
        watch: Any = Watch()
        clock.follow(watch)
        self.place.world.reset()
        desk.serve_from(self.door, self.db, self.built)
        made = Town(self.db, self.place, self.built, watch)
        made.issue()
        return made


@contextmanager
def stage() -> Iterator[Stage]:
    """All of it on free ports and in a folder of its own, gone afterwards."""
    logs.start("ERROR")
    privacy.load("chaos:" + base64.b64encode(os.urandom(32)).decode())
    with (
        tempfile.TemporaryDirectory(prefix="banshitong-") as folder,
        _store(Path(folder)) as uri,
        town.place(pems := sides.invented()) as place,
        desk.open_on(place.our_port) as door,
    ):
        built = wallets.build(sides.settings(place.url, f"http://127.0.0.1:{place.our_port}", pems))
        fall = Guillotine()
        db = watched(uri, fall)
        store.ensure(db, (*alarms.INDEXES, *audit.INDEXES, *payments_store.INDEXES))
        with db.client:
            yield Stage(db, place, built, door, fall)
        clock.stand_alone()


def watched(uri: str, fall: Guillotine) -> Database:
    """The database through a client that carries a listener, otherwise as ours always are."""
    return store.named(pymongo.MongoClient(uri, tz_aware=True, event_listeners=[fall]))


@contextmanager
def _store(folder: Path) -> Iterator[str]:
    """The embedded store; nobody kills it here, so it need not write through."""
    port = servers.free_port()
    command = servers.store(port, folder / "store", synced=False)
    part = parts.Part("store", command, folder, {"PATH": os.environ["PATH"]})
    part.start()
    try:
        uri = servers.store_uri(port, synced=False)
        servers.wait(servers.store_answers, "store", uri)
        yield uri
    finally:
        part.stop()
