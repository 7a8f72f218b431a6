"""Who answers what: one row per event, per kind of message and per word.

A row also says where its answer is made. "worker", if it says nothing: it may take long and call
anybody. WeChat is told `success` at once, and the words follow as a customer-service message, or at
the next contact once WeChat's window has closed. "request" (`now`): while WeChat waits, so it reads
and writes our own store and nothing else, and takes milliseconds. Either may be run twice for one
message, after a crash: the second run finds the work of the first. An answer that only `reads` is
made before its message is stored, and stored with it in one write.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final, Literal

from base import texts
from feedback import triage

from . import (
    asking,
    certifying,
    complaining,
    dialogue,
    following,
    guides,
    judging,
    nearby,
    owing,
    progress,
    revoking,
    signals,
    talking,
)
from .dialogue import say
from .exchange import Context, Message, Reply, Silence, Text

Answer = Callable[[Context], Reply]


@dataclass(frozen=True, slots=True)
class Row:
    """An answer function, whether it runs in the web request or in a worker, and only reads."""

    answer: Answer
    where: Literal["request", "worker"] = "worker"
    reads: bool = False


Rows = Mapping[str, Row]
now: Final = partial(Row, where="request")
"""A row that is answered while WeChat waits."""

NONE: Final[Rows] = MappingProxyType({})


def _help(context: Context) -> Reply:
    return Text(words=say("help", home=context.links.home()))


def _silence(_context: Context) -> Reply:
    return Silence()


WORDS: Final[Rows] = MappingProxyType(
    {
        "my_cases": now(progress.mine, reads=True),
        "my_tickets": now(progress.voiced, reads=True),
        "owed": now(owing.mine, reads=True),
        "near": now(nearby.ask),
        "ask": now(asking.start),
        "complain": now(complaining.start),
        "human": now(talking.start),
        "help": now(_help, reads=True),
    }
)
"""Answers by name; config/texts/chat.toml [words] lists what residents say, menu.toml taps them."""

TOPICS: Final = MappingProxyType(
    {**asking.TOPICS, **complaining.TOPICS, **nearby.TOPICS, **talking.TOPICS}
)
"""Conversations of several messages."""


def _hear(context: Context, own: Answer) -> Reply:
    """Words are answered; what sounds like an emergency is told first whom to call."""
    reply = dialogue.hear(context, TOPICS) or own(context)
    advice = [alarm.advice for alarm in triage.hear(context.message.words)]
    if not advice or not isinstance(reply, Text | Silence):
        return reply
    said = [reply.words] if isinstance(reply, Text) else []
    return Text(words="\n".join([*advice, *said]), after=reply.after, more=reply.more)


def _spoken(message: Message, county: Rows) -> Row:
    """Who answers words outside a conversation: the county's own row, ours, a number, a search."""
    words = dialogue.tidy(message.words)
    if not words:
        return now(_unheard, reads=True)
    if words in county:
        return county[words]
    if words in _names():
        return WORDS[_names()[words]]
    number = progress.number_in(message.words)
    if number is not None:
        return now(partial(progress.one, number=number), reads=True)
    return now(nearby.about) if nearby.subject(message.words) else now(guides.find, reads=True)


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """{what residents say: the name of its row}; of two rows that list the same, the first."""
    named = [(words, name) for name in WORDS for words in texts.table(f"chat.words.{name}")]
    return dict(reversed(named))


def _unheard(_context: Context) -> Reply:
    """Speech in which the platform recognised no words."""
    return Text(words=say("silent_voice"))


def _see(context: Context) -> Reply:
    """A picture belongs to a conversation, or to none."""
    return dialogue.hear(context, TOPICS) or Text(words=say("photo_alone"))


def _locate(context: Context) -> Reply:
    """A place belongs to a conversation, else it asks for what is near."""
    return dialogue.hear(context, TOPICS) or nearby.here(context)


def _other(context: Context) -> Reply:
    """A film, a link, a card: nothing we can use."""
    return dialogue.hear(context, TOPICS) or Text(words=say("other_alone"))


KINDS: Final[Rows] = MappingProxyType(
    {
        "image": now(_see),
        "location": now(_locate),
        "video": now(_other),
        "shortvideo": now(_other),
        "link": now(_other),
        "miniprogrampage": now(_other),
    }
)
"""Messages without words, by their kind."""

NOTHING_TO_DO: Final = (
    "view",
    "view_miniprogram",
    "scancode_push",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "kf_create_session",
    "kf_close_session",
    "kf_switch_session",
    "masssendjobfinish",
    "debug_demo",
)
"""Events we know and keep, which want no answer: what they announce comes by itself."""

EVENTS: Final[Rows] = MappingProxyType(
    {
        "subscribe": now(following.welcome),
        "scan": now(following.scanned),
        "unsubscribe": now(following.left),
        "user_enter_tempsession": now(following.entered),
        "location": now(nearby.remember),
        "location_select": now(nearby.chosen),
        "subscribe_msg_popup_event": now(signals.consented),
        "subscribe_msg_change_event": now(signals.withdrawn),
        "subscribe_msg_sent_event": now(signals.delivered),
        "templatesendjobfinish": now(signals.finished),
        "user_info_modified": now(revoking.revoked),
        "user_authorization_revoke": now(revoking.revoked),
        "user_authorization_cancellation": now(revoking.cancelled),
        "wxa_media_check": now(judging.media),
        "qualification_verify_success": now(certifying.told),
        "qualification_verify_fail": now(certifying.told),
        "naming_verify_success": now(certifying.told),
        "naming_verify_fail": now(certifying.told),
        "annual_renew": now(certifying.told),
        "verify_expired": now(certifying.told),
        "scancode_waitmsg": now(progress.scanned),
        **dict.fromkeys(NOTHING_TO_DO, now(_silence)),
    }
)
"""Events by their name; a menu button ("click") is one of the words by its key."""

_SPOKEN: Final = ("text", "voice")
UNKNOWN: Final = now(_silence)
"""What nobody has a row for: kept, logged, and met with silence."""


def find(message: Message, county: Rows = NONE) -> Row:
    """Who answers this message; UNKNOWN when nobody does.

    `county` are a county's own rows, by the words that call them.
    """
    if message.kind in _SPOKEN:
        own = _spoken(message, county)
        return Row(partial(_hear, own=own.answer), own.where, own.reads)
    if message.kind != "event":
        return KINDS.get(message.kind, UNKNOWN)
    if message.event == "click":
        key = message.text("EventKey")
        return county.get(key) or WORDS.get(key, WORDS["help"])
    return EVENTS.get(message.event, UNKNOWN)
