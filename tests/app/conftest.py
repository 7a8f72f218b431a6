"""A runtime whose platform is scripted, on a store and a queue that are real."""

import pytest

from tests.tracking.conftest import desk, guides, li, service, wang
from tests.wechat.conftest import gateway, platform, runtime, settings

from . import town as towns

__all__ = [
    "desk",
    "gateway",
    "guides",
    "li",
    "platform",
    "runtime",
    "service",
    "settings",
    "town",
    "wang",
]


@pytest.fixture
def town(runtime, desk) -> towns.Town:
    return towns.build(runtime, desk)
