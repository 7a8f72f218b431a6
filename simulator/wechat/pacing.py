"""What WeChat refuses because it comes too fast: overlapping sends, bursts, too many to one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..people import Person
from ..world import Account, World
from . import quotas, switches
from .api import WeChatError

MINUTE = 60


@contextmanager
def alone(world: World, account: Account, person: Person, kind: str) -> Iterator[None]:
    """Refuse a send to somebody to whom another one of this kind is under way at this moment.

    `kind` "template" or "subscribe" names the switches: how long a send takes, and the errcode of
    what overlaps it (0: nothing is refused).
    """
    errcode = switches.of(world, f"{kind}_overlap")
    key = f"{account.kind} {kind} {person.id}"
    with world.lock:
        flying = world.part("wechat.flying")
        if errcode and flying.get(key):
            raise WeChatError(errcode)
        flying[key] = flying.get(key, 0) + 1
    try:
        time.sleep(switches.of(world, f"{kind}_seconds"))
        yield
    finally:
        with world.lock:
            flying = world.part("wechat.flying")
            flying[key] = flying.get(key, 1) - 1
            if not flying[key]:
                del flying[key]


def burst(world: World, kind: str) -> None:
    """Refuse a message of a kind with -1 when too many of it came within this second."""
    most = switches.of(world, f"{kind}_busy_per_second")
    if most and not quotas.paced(world, f"{kind} burst", most, 1):
        raise WeChatError(-1)


def tally(world: World, path: str) -> None:
    """Count a call of a server API by its second, whatever becomes of it.

    State: part "wechat.tally" -> path -> {"second", "count", "most", "total"}; `most` is the
    largest count of any second.
    """
    second = int(world.clock.seconds())
    with world.lock:
        tallies = world.part("wechat.tally")
        kept = tallies.setdefault(path, {"second": second, "count": 0, "most": 0, "total": 0})
        kept["count"] = kept["count"] + 1 if kept["second"] == second else 1
        kept |= {"second": second, "most": max(kept["most"], kept["count"])}
        kept["total"] += 1


def crowd(world: World, person: Person) -> None:
    """Refuse a template message with 43117 when this person got too many within this minute."""
    most = switches.of(world, "template_person_per_minute")
    if most and not quotas.paced(world, f"template to {person.id}", most, MINUTE):
        raise WeChatError(43117)
