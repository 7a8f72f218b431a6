"""Switches for what WeChat's papers leave open; see switches.toml for each of them."""

import tomllib
from pathlib import Path
from typing import Any

from ..world import World

DEFAULTS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "switches.toml").read_text())


class NoSuchSwitch(Exception):
    """There is no switch of this name, or it takes another kind of value."""


def of(world: World, name: str) -> Any:
    """Return where a switch stands."""
    with world.lock:
        told = world.part("wechat.switches")
        return told.get(name, world.config.get("switches", {}).get(name, DEFAULTS[name]))


def standing(world: World) -> dict[str, Any]:
    """Return all switches as they stand."""
    return {name: of(world, name) for name in DEFAULTS}


def turn(world: World, told: dict[str, Any]) -> None:
    """Turn switches for good; NoSuchSwitch if one is unknown or of another type."""
    for name, value in told.items():
        usual = DEFAULTS.get(name)
        fits = isinstance(value, type(usual)) or (
            isinstance(usual, float) and isinstance(value, int)
        )
        if usual is None or not fits:
            raise NoSuchSwitch(name)
    with world.lock:
        world.part("wechat.switches").update(told)
    world.changed("wechat.switches")
