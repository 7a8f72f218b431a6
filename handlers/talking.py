"""Talk to a human: operators answer at the console, what is said here goes to them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from base import clock
from base.outbox import Promise, promise
from catalogue import places
from catalogue.places import Place
from feedback import rules, talks
from feedback.talks import Talk

from . import dialogue
from .dialogue import Heard, State, Topics, begin, say
from .exchange import Context, Reply, Silence, Text, Transfer


def start(context: Context, desk: rules.Desk | None = None) -> Reply:
    """Open a talk with the story attached, or hand over to WeChat's own client.

    Out of hours it says when somebody is there, and offers to take a question down.
    """
    desk = desk or rules.talk()
    if desk.desk == "wechat":
        return Transfer()
    place = _office(context, desk.place)
    if place is not None and not places.is_open(place, context.now):
        return begin(context, "ask", "question", "talk.closed", when=_opening(place, context.now))
    story, key = _story(context), context.message.identity
    talk = talks.open(context.db, context.account, context.resident.id, key, story)
    asked = "talk.waiting" if talk.owner is None else "talk.here"
    told, photos = {"talk": talk.number}, tuple(_photos(context, talk))
    reply = begin(context, "talk", "line", asked, told, ahead=_ahead(context, talk))
    return replace(reply, after=photos) if photos else reply


def _photos(context: Context, talk: Talk) -> Iterator[Promise]:
    """Put the photographs of what she was in the middle of into the talk, each in a line."""
    state = dialogue.under_way(context)
    for id in state.told.get("photos", []) if state else []:
        talks.hear(context.db, context.account.key, id, say("talk.sent.image"))
        yield promise("talk.photo", talk=talk.id, key=id, media_id=id)


def _office(context: Context, id: str) -> Place | None:
    """The point whose opening hours count; None for round the clock."""
    try:
        return places.get(context.db, id) if id else None
    except places.NoSuchPlace:
        return None


def _opening(place: Place, now: datetime) -> str:
    """When a place opens next, in words."""
    opens = places.opens(place, now)
    if opens is None:
        return say("talk.later")
    local = opens.astimezone(clock.SHANGHAI)
    return say("talk.when", month=local.month, day=local.day, time=f"{local:%H:%M}")


def _story(context: Context) -> dict[str, Any]:
    """What she was in the middle of."""
    state = dialogue.under_way(context)
    doing = {"topic": state.topic, "words": state.told.get("words", [])} if state else None
    return {"doing": doing if doing and doing["topic"] != "talk" else None}


def _line(context: Context, state: State) -> Heard | None:
    """What is said while the talk is open goes to the operator; the way out is one word."""
    account, message = context.account.key, context.message
    if dialogue.is_word(context, "end_talk"):
        by = f"resident:{context.resident.id}"
        talks.leave(context.db, account, state.told["talk"], by)
        return Text(words=say("talk.left")), None
    photo = message.text("MediaId") if message.kind == "image" else ""
    words = message.words or say(f"talk.sent.{message.kind}", **_place(context))
    talk = talks.hear(context.db, account, message.identity, words)
    if talk is None:
        return None
    after = (
        (promise("talk.photo", talk=talk.id, key=message.identity, media_id=photo),)
        if photo
        else ()
    )
    unsaid = context.chat is not None and context.chat.get("unsaid")
    if talk.owner is not None and not unsaid:
        return Silence(after=after), state
    sentence = "talk.passed_on" if talk.owner is not None else "talk.still_waiting"
    return Text(words=say(sentence, ahead=_ahead(context, talk)), after=after), state


def _place(context: Context) -> dict[str, str]:
    """What a message without words says of itself."""
    fields = context.message
    return {"label": fields.text("Label"), "title": fields.text("Title"), "url": fields.text("Url")}


def _ahead(context: Context, talk: Talk) -> str:
    count = talks.ahead(context.db, talk) if talk.owner is None else 0
    return say("talk.ahead", count=count) if count else ""


TOPICS: Topics = MappingProxyType({"talk": {"line": _line, "cancel": _line}})
