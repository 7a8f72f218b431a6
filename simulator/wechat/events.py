"""Messages and events as WeChat composes them, and their way to the service and into the chat."""

import secrets
from typing import Any

from ..people import Person
from ..world import Account, World
from . import push, replies, switches
from .envelope import Message
from .letters import How
from .push import Delivery

USUAL = How()
SHOWN_FAILURES = ("CLICK",)
# What a fault ordered for endpoint "event:<Event>" may do to a result on its way.
TWISTS = ("lost", "late", "twice", "result")
PLATFORM = "oPlatformPushAccount00000000"


def message(world: World, account: Account, person: Person, kind: str, **given: Any) -> Message:
    """Compose a message of a person with a fresh MsgId of seventeen digits."""
    openid = person.openids[account.kind]
    return common(world, account, openid, kind) | given | {"MsgId": number(10**16)}


def event(world: World, account: Account, person: Person, name: str, **given: Any) -> Message:
    """Compose an event that a person caused."""
    openid = person.openids[account.kind]
    return common(world, account, openid, "event") | {"Event": name} | given


def platform_event(world: World, account: Account, name: str, **given: Any) -> Message:
    """Compose an event of the platform itself: its sender is the same for everybody."""
    return common(world, account, PLATFORM, "event") | {"Event": name} | given


def common(world: World, account: Account, openid: str, kind: str) -> Message:
    """Return what every pushed message begins with."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": openid,
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
    show(world, account, person, deliveries)
    wanted = told["MsgType"] != "event" or told.get("Event") in SHOWN_FAILURES
    if account.kind == "oa" and wanted and deliveries[-1].outcome in ("failed", "malformed"):
        note(world, account, person, "unavailable")
    return deliveries


def show(world: World, account: Account, person: Person, deliveries: list[Delivery]) -> None:
    """Show the answers to a push; a mini-program's if it hands over to staff, or a switch says."""
    shown = account.kind == "oa" or switches.of(world, "program_shows_replies")
    for delivery in deliveries:
        if delivery.outcome != "replied":
            continue
        if shown or delivery.message["MsgType"] == "transfer_customer_service":
            replies.show(world, account, person, delivery.message)


def note(world: World, account: Account, person: Person, word: str, **values: str) -> None:
    """Write a note of the phone itself into a chat, by its key in words.toml."""
    text = replies.WORDS[word].format(**values)
    world.say(person, side="note", account=account.kind, kind="note", text=text)


def later(world: World, account: Account, told: Message, seconds: float | None = None) -> None:
    """Push a platform's own event after some seconds, usually those of the result of a sending.

    A fault of a kind in TWISTS for endpoint "event:<Event>" has it "lost", "late" by `seconds`,
    come "twice", or bear another "result": `fields` of the event, `entry` of each of its List.
    """
    fault = world.faults.take("event:" + told["Event"], *TWISTS)
    twist, values = (fault.kind, fault.values) if fault else ("", {})
    if twist == "lost":
        return
    if twist == "result":
        told = changed(told, values)
    wait = switches.of(world, "result_seconds") if seconds is None else seconds
    wait += values["seconds"] if twist == "late" else 0
    how = How(duplicates=1) if twist == "twice" else USUAL
    world.timetable.after(wait, arrive, world, account, told, how)


def changed(told: Message, values: dict[str, Any]) -> Message:
    """Return an event with other fields, and other fields in each entry of its List."""
    told = told | values.get("fields", {})
    if "List" in told:
        told["List"] = [one | values.get("entry", {}) for one in told["List"]]
    return told


def arrive(world: World, account: Account, told: Message, how: How) -> None:
    """Push an event of the platform now, dated now."""
    push.push(world, account, told | {"CreateTime": world.clock.stamp()}, how)
