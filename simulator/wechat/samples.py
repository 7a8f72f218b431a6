"""Events that no act of a person here causes, as samples.toml has them."""

import tomllib
from pathlib import Path
from typing import Any

from ..people import Person
from ..world import Account, World
from . import events
from .envelope import Message

SAMPLES: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "samples.toml").read_text()
)


class NoSuchEvent(Exception):
    """There is no sample of this event."""


def compose(
    world: World, account: Account, person: Person | None, name: str, more: Message
) -> Message:
    """Compose an event about a person or the account alone; NoSuchEvent for an unknown name."""
    if name not in SAMPLES:
        raise NoSuchEvent(name)
    sample = SAMPLES[name]
    about = {"appid": account.appid, "openid": "", "unionid": ""}
    if person is not None:
        about |= {"openid": person.openids[account.kind], "unionid": person.unionid or ""}
    fields = {key: filled(value, about) for key, value in sample["fields"].items()}
    given = {key: value for key, value in fields.items() if key != "UnionID" or value} | more
    if sample.get("platform") or person is None:
        return events.platform_event(world, account, name, **given)
    return events.event(world, account, person, name, **given)


def filled(value: Any, about: dict[str, str]) -> Any:
    """Return a sample's value with who it is about filled in."""
    return value.format(**about) if isinstance(value, str) and value.startswith("{") else value


def tapped(name: str) -> Message:
    """Return the sample fields of the event a menu button of this type causes."""
    return dict(SAMPLES.get(name, {"fields": {}})["fields"])
