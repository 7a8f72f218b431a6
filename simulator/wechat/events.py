"""Messages and events as WeChat composes them, and their way to the service and into the chat."""

import secrets
from typing import Any

from ..people import Person
from ..world import Account, World
from . import push, replies
from .envelope import Message
from .push import Delivery, How

USUAL = How()
SHOWN_FAILURES = ("CLICK",)


def message(world: World, account: Account, person: Person, kind: str, **given: Any) -> Message:
    """Compose a message of a person with a fresh MsgId of seventeen digits."""
    return common(world, account, person, kind) | given | {"MsgId": number(10**16)}


def event(world: World, account: Account, person: Person, name: str, **given: Any) -> Message:
    """Compose an event that a person caused."""
    return common(world, account, person, "event") | {"Event": name} | given


def common(world: World, account: Account, person: Person, kind: str) -> Message:
    """Return what every pushed message begins with."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": person.openids[account.kind],
        "CreateTime": world.clock.stamp(),
        "MsgType": kind,
    }


def number(least: int) -> int:
    """Return a random number from `least` to ten times that."""
    return least + secrets.randbelow(9 * least)


def tell(
    world: World, account: Account, person: Person, told: Message, how: How = USUAL
) -> list[Delivery]:
    """Push a message and show its answer, or WeChat's excuse, in the person's chat."""
    deliveries = push.push(world, account, told, how)
    for delivery in deliveries:
        if delivery.outcome == "replied":
            replies.show(world, account, person, delivery.message)
    wanted = told["MsgType"] != "event" or told.get("Event") in SHOWN_FAILURES
    if account.kind == "oa" and wanted and deliveries[-1].outcome in ("failed", "malformed"):
        note(world, account, person, "unavailable")
    return deliveries


def note(world: World, account: Account, person: Person, word: str, **values: str) -> None:
    """Write a note of the phone itself into a chat, by its key in words.toml."""
    text = replies.WORDS[word].format(**values)
    world.say(person, side="note", account=account.kind, kind="note", text=text)


def later(
    world: World, account: Account, person: Person, told: Message, seconds: float = 0.3
) -> None:
    """Push a platform's own event after a while, as it does for results of a sending."""
    world.timetable.after(seconds, tell, world, account, person, told)
