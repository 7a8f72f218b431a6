"""How well a person is known: 0 not at all, 1 by phone, 2 by real name, 3 by face or window."""

from typing import Final, Protocol

from base import texts
from base.errors import Forbidden

ANONYMOUS: Final = 0
PHONE: Final = 1
REAL_NAME: Final = 2
FACE: Final = 3


class Known(Protocol):
    """Anybody with a level."""

    @property
    def level(self) -> int:
        """One of 0 to 3."""


class LevelTooLow(Forbidden):
    """This needs a person who is better known to us."""

    code = "level_too_low"


def require(person: Known, level: int) -> None:
    """Raise LevelTooLow, which says what to do next, unless the person's level is enough."""
    if person.level < level:
        raise LevelTooLow(needed=texts.say(f"people.reach.{level}"))
