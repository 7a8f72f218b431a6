"""What officers write about money: short, sealed, and opened only for officers."""

from typing import Final

from base import privacy
from base.errors import Problem

LONGEST: Final = 200
_PURPOSE: Final = "refund.note"


def sealed(note: str, fault: type[Problem]) -> str:
    """A note as it is kept; raises `fault` when it says nothing or too much."""
    if not 0 < len(note.strip()) <= LONGEST:
        raise fault
    return privacy.seal(note.strip(), _PURPOSE)


def said(kept: str) -> str:
    """A note, opened."""
    return privacy.open(kept, _PURPOSE) if kept else ""
