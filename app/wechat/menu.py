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

Buttons = list[dict[str, Any]]


def publish(gateway: Gateway, settings: Settings, *, dry_run: bool) -> str:
    """Make the menu what the file says, unless it is already or this is a dry run; the difference.

    Raises verdicts.Refused when the platform takes offence, naming endpoint and code.
    """
    wanted, shown = wish(settings.public_url), _plain(gateway.menu())
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
