"""The official account's menu: data in config/menu.toml, published by a command."""

import difflib
import json
import tomllib
from pathlib import Path
from typing import Any

from config.settings import Settings

from .gateway import Gateway

FILE = Path(__file__).parents[2] / "config" / "menu.toml"
_KEPT = ("name", "type", "key", "url", "appid", "pagepath")
_MOST, _MOST_BELOW = 3, 5
_NAME_BYTES, _NAME_BYTES_BELOW = 16, 60
_KEY_BYTES, _URL_BYTES = 128, 1024

Buttons = list[dict[str, Any]]


def publish(gateway: Gateway, settings: Settings, *, dry_run: bool) -> str:
    """Make the menu what the file says, unless it is already or this is a dry run; the difference.

    Raises verdicts.Refused when the platform takes offence, naming endpoint and code.
    """
    wanted, shown = wish(settings.public_url), _plain(gateway.menu())
    wrong = faults(wanted)
    if wrong:
        return "\n".join(["Not published, the platform would refuse it:", *wrong])
    if wanted == shown:
        return "The menu is what config/menu.toml says."
    if not dry_run:
        gateway.put_menu(wanted)
    head = "Not published, would change:" if dry_run else "Published; changed:"
    return "\n".join([head, *_difference(shown, wanted)])


def wish(public_url: str) -> Buttons:
    """The menu of the file, with its addresses filled in."""
    text = FILE.read_text("utf-8").replace("{public_url}", public_url)
    return _plain(tomllib.loads(text)["button"])


def faults(buttons: Buttons) -> list[str]:
    """What the platform would refuse: too many buttons, names or keys or addresses too long."""
    found = (
        [] if 1 <= len(buttons) <= _MOST else [f"{len(buttons)} buttons, 1 to {_MOST} are shown"]
    )
    for button in buttons:
        below = button.get("sub_button", [])
        found += _too_long(button, _NAME_BYTES)
        if len(below) > _MOST_BELOW:
            found.append(f"{button['name']}: {len(below)} buttons below, {_MOST_BELOW} are shown")
        for each in below:
            found += _too_long(each, _NAME_BYTES_BELOW)
    return found


def _too_long(button: dict[str, Any], name_bytes: int) -> list[str]:
    limits = {"name": name_bytes, "key": _KEY_BYTES, "url": _URL_BYTES}
    sizes = {trait: len(str(button.get(trait, "")).encode()) for trait in limits}
    return [
        f"{button['name']}: {trait} has {sizes[trait]} bytes, {most} are taken"
        for trait, most in limits.items()
        if sizes[trait] > most
    ]


def _plain(buttons: Buttons) -> Buttons:
    """Buttons with nothing but what we set: the platform adds empty lists of its own."""
    return [_button(each) for each in buttons]


def _button(button: dict[str, Any]) -> dict[str, Any]:
    below = button.get("sub_button") or []
    names = ("name",) if below else _KEPT
    found = {name: button[name] for name in names if name in button}
    return found | ({"sub_button": _plain(below)} if below else {})


def _difference(shown: Buttons, wanted: Buttons) -> list[str]:
    old, new = _lines(shown), _lines(wanted)
    return list(difflib.unified_diff(old, new, "published", "config/menu.toml", lineterm=""))


def _lines(buttons: Buttons) -> list[str]:
    """One line a button, those below indented."""
    lines = []
    for button in buttons:
        own = {name: value for name, value in button.items() if name != "sub_button"}
        lines.append(json.dumps(own, ensure_ascii=False))
        lines += [f"  {line}" for line in _lines(button.get("sub_button", []))]
    return lines
