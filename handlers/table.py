"""Who answers what: one row per event, per kind of message and per word."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from base import numbers
from feedback import triage

from . import (
    asking,
    complaining,
    dialogue,
    following,
    guides,
    nearby,
    owing,
    progress,
    signals,
)
from .dialogue import say
from .exchange import Context, Message, Reply, Silence, Text, Transfer

Answer = Callable[[Context], Reply]


def _human(_context: Context) -> Reply:
    return Transfer()


def _help(context: Context) -> Reply:
    return Text(words=say("help", home=context.links.home()))


def _silence(_context: Context) -> Reply:
    return Silence()


WORDS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "my_cases": progress.mine,
        "owed": owing.mine,
        "near": nearby.ask,
        "ask": asking.start,
        "complain": complaining.start,
        "human": _human,
        "help": _help,
    }
)
"""Answers by name; config/texts/chat.toml [words] lists what residents say, menu.toml taps them."""

TOPICS: Final = MappingProxyType({**asking.TOPICS, **complaining.TOPICS})
"""Conversations of several messages."""


def _hear(context: Context) -> Reply:
    """Words are answered; what sounds like an emergency is told first whom to call."""
    reply = _say(context)
    advice = [alarm.advice for alarm in triage.hear(context.message.words)]
    if not advice or not isinstance(reply, Text):
        return reply
    return replace(reply, words="\n".join([*advice, reply.words]))


def _say(context: Context) -> Reply:
    """A conversation under way, a word we know, a case number, else a search."""
    inside = dialogue.hear(context, TOPICS)
    if inside is not None:
        return inside
    if not context.message.words:
        return Text(words=say("silent_voice"))
    for name, answer in WORDS.items():
        if dialogue.is_word(context, name):
            return answer(context)
    try:
        number = numbers.tidy(context.message.words)
    except numbers.BadNumber:
        return guides.find(context)
    return progress.one(context, number)


def _see(context: Context) -> Reply:
    """A picture belongs to a conversation, or to none."""
    return dialogue.hear(context, TOPICS) or Text(words=say("photo_alone"))


def _locate(context: Context) -> Reply:
    """A place belongs to a conversation, else it asks for what is near."""
    return dialogue.hear(context, TOPICS) or nearby.here(context)


def _other(context: Context) -> Reply:
    """A film, a link, a card: nothing we can use."""
    return dialogue.hear(context, TOPICS) or Text(words=say("other_alone"))


def _tap(context: Context) -> Reply:
    """A menu button by its key."""
    return WORDS.get(context.message.text("EventKey"), _help)(context)


KINDS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "text": _hear,
        "voice": _hear,
        "image": _see,
        "location": _locate,
        "video": _other,
        "shortvideo": _other,
        "link": _other,
        "miniprogrampage": _other,
    }
)

EVENTS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "subscribe": following.welcome,
        "scan": following.scanned,
        "unsubscribe": following.left,
        "click": _tap,
        "location": nearby.remember,
        "location_select": nearby.chosen,
        "subscribe_msg_popup_event": signals.consented,
        "subscribe_msg_change_event": signals.withdrawn,
        "subscribe_msg_sent_event": signals.delivered,
        "templatesendjobfinish": signals.finished,
    }
)


def find(message: Message) -> Answer:
    """Who answers this message; what nobody knows is kept and met with silence."""
    if message.kind == "event":
        return EVENTS.get(message.event, _silence)
    return KINDS.get(message.kind, _silence)
