"""One running platform for all of these tests, and the first walk through it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .platform import Platform

MARKER = "MARKhallowedground7d1f"


@dataclass(frozen=True)
class Walked:
    """What the first walk said, and the platform it went through."""

    told: dict
    platform: Platform


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(tmp_path_factory.mktemp("state"))
    platform.start()
    yield platform
    platform.kill()


@pytest.fixture(scope="package")
def walked(running: Platform) -> Walked:
    """The whole story, walked once, with papers that bear MARKER."""
    return Walked(running.walk("--marker", MARKER), running)
