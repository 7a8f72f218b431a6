"""A service, a resident and an application that everybody in these tests uses."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from base import store
from catalogue import load, services
from catalogue.shapes import Service
from people import residents

from .town import Desk

CONFIG = Path(__file__).parent.parent.parent / "config"
KEY = "driving_license_renewal"


@pytest.fixture(scope="session")
def guides(store_uri: Callable[..., str]) -> Iterator[store.Database]:
    """The catalogue as it ships; read only."""
    db = store.connect(store_uri("tracking_guides"))
    load.everything(db, CONFIG)
    yield db
    db.client.close()


@pytest.fixture
def service(db: store.Database, guides: store.Database) -> Service:
    """驾驶证期满换证: a photograph is required, ten yuan are due when it is accepted."""
    db["service_versions"].insert_one(guides["service_versions"].find_one({"_id": f"{KEY}:1"}))
    return services.at(db, KEY, 1)


@pytest.fixture
def wang(db: store.Database) -> residents.Resident:
    return known(db, "o-wang", "王**")


@pytest.fixture
def li(db: store.Database) -> residents.Resident:
    return known(db, "o-li", "李**")


def known(db: store.Database, openid: str, name: str) -> residents.Resident:
    arrived = residents.arrive(db, residents.Account("mp", "wx-mp", openid))
    return replace(arrived, level=2, name_masked=name)


@pytest.fixture
def desk(db: store.Database, service: Service, wang: residents.Resident) -> Desk:
    return Desk(db, service, wang)
