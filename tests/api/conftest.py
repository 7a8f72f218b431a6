"""The town as the mini-program meets it, every answer held against openapi.json."""

import pytest

from .checked import Checked


@pytest.fixture(scope="session")
def document(built):
    return built.call("GET", "/api/openapi.json").json()


@pytest.fixture
def api(town, document):
    return Checked(town, document)
