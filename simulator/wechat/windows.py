"""Windows in which an account may write to a person as customer service, and how many times."""

from typing import Any

from ..people import Person
from ..world import World

MINUTE = 60
TWO_DAYS = 48 * 3600
# What opens a window -> (messages allowed, seconds it stays open).
TRIGGERS = {
    "message": (5, TWO_DAYS),
    "click": (3, MINUTE),
    "follow": (3, MINUTE),
    "scan": (3, MINUTE),
    "enter": (2, MINUTE),
    # Told by one guide page only, and there as "unlimited".
    "payment": (1_000_000, TWO_DAYS),
}


class Shut(Exception):
    """No window is open now."""


class UsedUp(Exception):
    """The windows that are open allow no further message."""


def open_for(world: World, person: Person, kind: str, trigger: str) -> None:
    """Open a window at the account of this kind, or open it anew."""
    left, seconds = TRIGGERS[trigger]
    with world.lock:
        windows = person.windows.setdefault(kind, {})
        windows[trigger] = {"left": left, "until": world.clock.seconds() + seconds}
    world.touched(person)


def spend(world: World, person: Person, kind: str) -> None:
    """Use one message of the window that closes first; raises Shut or UsedUp."""
    now = world.clock.seconds()
    with world.lock:
        windows: list[dict[str, Any]] = list(person.windows.get(kind, {}).values())
        live = sorted((one for one in windows if one["until"] > now), key=lambda one: one["until"])
        if not live:
            raise Shut
        usable = [one for one in live if one["left"] > 0]
        if not usable:
            raise UsedUp
        usable[0]["left"] -= 1
    world.touched(person)


def shut(world: World, person: Person, kind: str) -> None:
    """Close every window at the account of this kind, as unfollowing does."""
    with world.lock:
        person.windows.pop(kind, None)
    world.touched(person)
