"""Consent to subscription messages: the popup's answer, and its end in the settings.

A page's tag wx-open-subscribe is refused with a number of REFUSALS, before anybody is asked.
"""

from typing import Any

from ..people import Person
from ..world import World
from . import events, switches
from .letters import How
from .push import Delivery
from .templates import is_subscribed

NOTHING: dict[str, Any] = {"credits": 0, "long_term": False}
# What the person did, as words.toml calls it -> the event that tells of it.
EVENTS = {
    "subscribed": "subscribe_msg_popup_event",
    "refused": "subscribe_msg_popup_event",
    "withdrawn": "subscribe_msg_change_event",
}
REFUSALS = {
    20001: "No template data return, verify the template id exist",
    20002: "Templates type must be same",
    20003: "Templates count out of max bounds",
}
MOST_IN_A_TAG = 3


def refused(world: World, template_ids: list[str]) -> int | None:
    """Why a page's tag may not ask for these templates, a key of REFUSALS; None if it may."""
    found = [one for one in world.config["templates"] if one["id"] in template_ids]
    ours = [one for one in found if one["account"] == "oa" and is_subscribed(one)]
    if len(ours) != len(template_ids):
        return 20001
    if len({bool(one.get("long_term")) for one in ours}) > 1:
        return 20002
    return 20003 if len(ours) > MOST_IN_A_TAG else None


def grant(
    world: World, person: Person, template_ids: list[str], accept: bool, how: How
) -> list[Delivery]:
    """Answer the consent popup for templates of one account, and have the answer pushed."""
    chosen = templates(world, template_ids)
    with world.lock:
        for template in chosen:
            had = person.subscriptions.get(template["id"], NOTHING)
            if accept:
                adds_up = switches.of(world, "credits_accumulate")
                number = had["credits"] + 1 if adds_up else 1
                granted = {"credits": number, "long_term": bool(template.get("long_term"))}
            else:
                granted = dict(NOTHING if switches.of(world, "reject_clears") else had)
            person.subscriptions[template["id"]] = granted
    world.touched(person)
    return tell(world, person, chosen, "subscribed" if accept else "refused", how)


def withdraw(world: World, person: Person, template_ids: list[str], how: How) -> list[Delivery]:
    """Switch templates off in the settings: the credits are gone, and the account is told."""
    chosen = templates(world, template_ids)
    with world.lock:
        for template in chosen:
            person.subscriptions.pop(template["id"], None)
    world.touched(person)
    return tell(world, person, chosen, "withdrawn", how)


def templates(world: World, ids: list[str]) -> list[dict[str, Any]]:
    """Return the templates with these ids, in world.json's order; KeyError for an unknown id."""
    chosen = [one for one in world.config["templates"] if one["id"] in ids]
    missing = set(ids) - {one["id"] for one in chosen}
    if missing:
        raise KeyError(min(missing))
    return chosen


def tell(
    world: World, person: Person, chosen: list[dict[str, Any]], word: str, how: How
) -> list[Delivery]:
    """Note a consent or its end in the chat and push it to each account concerned."""
    name = EVENTS[word]
    done: list[Delivery] = []
    for kind in sorted({template["account"] for template in chosen}):
        account = world.account(kind)
        own = [template for template in chosen if template["account"] == kind]
        for template in own:
            events.note(world, account, person, word, title=template["title"])
        entries = [entry(template["id"], word) for template in own]
        told = events.event(world, account, person, name, List=entries)
        done += events.tell(world, account, person, told, how)
    return done


def entry(template_id: str, word: str) -> dict[str, str]:
    """Return one entry of a consent event's List."""
    status = "accept" if word == "subscribed" else "reject"
    told = {"TemplateId": template_id, "SubscribeStatusString": status}
    return told if word == "withdrawn" else told | {"PopupScene": "0"}
