"""Which county this is, and whether its data are a sample; asked at most once a minute."""

import time
from dataclasses import dataclass
from typing import Final

from flask import current_app

from catalogue import agencies, regions

from ..runtime import here

_KEPT_SECONDS: Final = 60.0
_PLACE: Final = "console.county"


@dataclass(frozen=True)
class County:
    """A county's name, and whether something in its files is still marked unconfirmed."""

    name: str
    sample: bool


def county() -> County:
    """The county served here."""
    kept = current_app.extensions.get(_PLACE)
    if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
        kept = (time.monotonic(), _read())
        current_app.extensions[_PLACE] = kept
    found = kept[1]
    assert isinstance(found, County)
    return found


def _read() -> County:
    db = here().db
    branches = regions.tree(db)
    name = branches[0].region.name if branches else ""
    return County(name, any(office.unconfirmed for office in agencies.browse(db)))
