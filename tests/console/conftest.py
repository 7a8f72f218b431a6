"""Operators who have signed in, and cases to work on."""

import pytest

from base import clock

from .people import filed, signed_in


@pytest.fixture
def clerk(town):
    return signed_in(town, "chuangkou")


@pytest.fixture
def approver(town):
    return signed_in(town, "shenpi")


@pytest.fixture
def supervisor(town):
    return signed_in(town, "duban")


@pytest.fixture
def finance(town):
    return signed_in(town, "caiwu")


@pytest.fixture
def admin(town):
    return signed_in(town, "guanli")


@pytest.fixture
def case(town):
    """The number of a fresh case without a fee."""
    return filed(town)


@pytest.fixture
def later(town):
    """Move the clock of the town forward; it is put back afterwards, and the worker has seen it."""
    yield lambda seconds: clock.move(town.db, seconds)
    town.put_back()
