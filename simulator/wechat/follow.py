"""What a person does to an account: follow it, leave it, scan its codes, tap its menu."""

from collections.abc import Iterator
from typing import Any

from ..people import Person
from ..world import World
from . import events, menu, samples, windows
from .envelope import Message
from .letters import How
from .push import Delivery

PROMPT = "qrscene_"
# Types of menu buttons -> name of the event they cause; the rest cause CLICK.
TAPS = {"view": "VIEW", "miniprogram": "view_miniprogram"}
OPENING = ("click", "scancode_push", "scancode_waitmsg")


class NoSuchButton(Exception):
    """The published menu has no such button."""


def follow(world: World, person: Person, scene: str, ticket: str, how: How) -> list[Delivery]:
    """Follow the official account, by a scene's code or plainly."""
    account = world.account("oa")
    with world.lock:
        person.following = True
        person.followed_at = world.clock.stamp()
        world.touched(person)
    windows.open_for(world, person, "oa", "scan" if scene else "follow")
    events.note(world, account, person, "followed")
    given = {"EventKey": PROMPT + scene, "Ticket": ticket} if scene else {"EventKey": ""}
    told = events.event(world, account, person, "subscribe", **given)
    return events.tell(world, account, person, told, how)


def unfollow(world: World, person: Person, how: How) -> list[Delivery]:
    """Stop following; no window stays open."""
    account = world.account("oa")
    with world.lock:
        person.following = False
        world.touched(person)
    windows.shut(world, person, "oa")
    events.note(world, account, person, "unfollowed")
    told = events.event(world, account, person, "unsubscribe", EventKey="")
    return events.tell(world, account, person, told, how)


def scan(world: World, person: Person, scene: str, ticket: str, how: How) -> list[Delivery]:
    """Scan a scene's code: follows first if need be."""
    if not person.following:
        return follow(world, person, scene, ticket, how)
    account = world.account("oa")
    windows.open_for(world, person, "oa", "scan")
    events.note(world, account, person, "scanned")
    told = events.event(world, account, person, "SCAN", EventKey=scene, Ticket=ticket)
    return events.tell(world, account, person, told, how)


def tap(world: World, person: Person, wanted: dict[str, Any], how: How) -> list[Delivery]:
    """Tap the menu button with the wanted key, url or name; NoSuchButton if there is none."""
    if not person.following:
        raise NoSuchButton("who does not follow sees no menu")
    account, button = world.account("oa"), found(world, wanted)
    if button["type"] in OPENING:
        windows.open_for(world, person, "oa", "click")
    events.note(world, account, person, "tapped", name=button["name"])
    name = TAPS.get(button["type"], "CLICK" if button["type"] == "click" else button["type"])
    key = button.get("key") or button.get("pagepath") or button.get("url", "")
    given: Message = {"EventKey": key} | ({} if name == "CLICK" else {"MenuId": 400000001})
    given |= samples.tapped(name) | {"EventKey": key} | wanted.get("more", {})
    told = events.event(world, account, person, name, **given)
    return events.tell(world, account, person, told, how)


def found(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the first published button whose key, url or name is the wanted one."""
    for button in buttons(world):
        for trait in ("key", "url", "name"):
            if trait in wanted and wanted[trait] == button.get(trait):
                return button
    raise NoSuchButton(str(wanted))


def buttons(world: World) -> Iterator[dict[str, Any]]:
    """Yield every button of the published menu that does something."""
    for top in (menu.published(world) or {"button": []})["button"]:
        yield from top.get("sub_button") or [top]
