"""A county without a finance system has no trouble with it; a silent one is asked again."""

from dataclasses import replace

import pytest

from app import create_app, fiscal
from base import clock


@pytest.fixture
def noon(alone):
    """It is noon in Shanghai, when yesterday is compared."""
    clock.follow(alone.db)
    hours = (12 - clock.now().astimezone(clock.SHANGHAI).hour) % 24
    clock.move(alone.db, hours * 3600)
    yield alone
    clock.move(alone.db, 0)
    clock.stand_alone()


def test_without_a_finance_system_nothing_is_asked(noon):
    here = replace(noon.runtime, finance=None)
    fiscal.go(here, "", bill="1")
    fiscal.compare(here)
    fiscal.wake(here, "1")
    assert noon.db["fiscal"].find_one({"_id": "1"}) is None
    assert create_app(here).test_client().post("/notices/nontax").status_code == 404


def test_a_silent_finance_system_is_asked_again_later(noon):
    fiscal.compare(noon.runtime)
    assert noon.db["fiscal_days"].find_one({}) is None
