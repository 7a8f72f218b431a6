"""Which county the pages speak for, and whether its data are a sample."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from catalogue import places, regions

from ..runtime import here

_KEPT_SECONDS: Final = 60
_DEPTH_OF_COUNTY: Final = 3


@dataclass(frozen=True)
class County:
    """The county's name, and whether its service points are still marked as unconfirmed."""

    name: str
    sample: bool


def county() -> County:
    """The county of this store, read at most once a minute."""
    return _read(here().db.name, int(time.monotonic() // _KEPT_SECONDS))


@lru_cache(maxsize=2)
def _read(_store: str, _minute: int) -> County:
    db = here().db
    spots = places.handling(db)
    name, _ = regions.choices(db, _DEPTH_OF_COUNTY)[0]
    return County(name=name, sample=any(each.unconfirmed for each in spots))
