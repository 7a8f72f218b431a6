"""The catalogue as it ships, loaded once into a database of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from base import store
from catalogue import load, services
from catalogue.shapes import Service

CONFIG = Path(__file__).parent.parent.parent / "config"


@pytest.fixture(scope="session")
def shipped(store_uri: Callable[..., str]) -> Iterator[store.Database]:
    """Read only: a test that changes something asks for `db`."""
    db = store.connect(store_uri("catalogue_shipped"))
    load.everything(db, CONFIG)
    yield db
    db.client.close()


@pytest.fixture(scope="session")
def card(shipped: store.Database) -> Service:
    """The identity card's service."""
    return services.get(shipped, "id_card_renewal")


@pytest.fixture(scope="session")
def house(shipped: store.Database) -> Service:
    """The service that hands a dwelling on."""
    return services.get(shipped, "real_estate_transfer")
