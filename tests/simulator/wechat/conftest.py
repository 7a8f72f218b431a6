"""A town per test, and a follower in it."""

from collections.abc import Iterator

import pytest

from tests.simulator.wechat import town as towns


@pytest.fixture
def town() -> Iterator[towns.Town]:
    with towns.opened() as served:
        yield served


@pytest.fixture
def follower(town: towns.Town) -> dict:
    person = town.person(name="张小红", follow=True)
    town.pushes.clear()
    return person
