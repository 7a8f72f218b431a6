"""Conversations of several messages: each step is a function from what was told to what is next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from base import privacy, texts
from base.errors import Conflict
from base.store import Database

from . import store
from .exchange import Context, Reply, Text

_PURPOSE = "dialogue"
_PATIENCE = 24
_LASTS = timedelta(minutes=30)
_LONGER = {"talk": timedelta(hours=2), "complain": timedelta(hours=2)}
_KEPT = timedelta(hours=1)
_REMEMBERED = 10
_MARKS = " \t\r\n　“”\"'「」。．.！!？?，,、~～"


class TooManyAtOnce(Conflict):
    """The resident's own messages overtook one another at every try."""

    code = "too_many_at_once"


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands: its topic, the step that hears the next message, what was told.

    `key` names the conversation: it is the identity of the message that began it.
    """

    topic: str
    step: str
    key: str
    told: dict[str, Any] = field(default_factory=dict, repr=False)

    def after(self, step: str, **told: Any) -> "State":
        """The same conversation at another step, with more told."""
        return State(self.topic, step, self.key, self.told | told)


Heard = tuple[Reply, State | None]
Told = Mapping[str, Any]
NOTHING: Told = MappingProxyType({})
Step = Callable[[Context, State], Heard | None]
Topics = Mapping[str, Mapping[str, Step]]


def begin(
    context: Context, topic: str, step: str, ask: str, told: Told = NOTHING, **values: object
) -> Reply:
    """Start a conversation in the place of any other; `ask` is the text key of the question."""
    state = State(topic, step, context.message.identity, dict(told))
    reply = Text(words=say(ask, **values))
    return _turn(context, lambda _: (reply, state)) or reply


def under_way(context: Context) -> State | None:
    """The conversation this message finds, if any."""
    return _open(_present(context, context.chat))


def hear(context: Context, topics: Topics) -> Reply | None:
    """Give the message to the step that waits for it; None when no conversation is under way.

    A step that cannot use the message gives None too. Whoever asks for a human is let go; a topic
    with a step "cancel" hears the words of giving up itself.
    """

    def step(state: State | None) -> Heard | None:
        if state is None or is_word(context, "human"):
            return None
        steps = topics[state.topic]
        if is_word(context, "cancel"):
            said = Text(words=say("cancelled"))
            return steps["cancel"](context, state) if "cancel" in steps else (said, None)
        return steps[state.step](context, state)

    return _turn(context, step)


def standing(db: Database, account: str, now: datetime) -> State | None:
    """The conversation an account is in, for whoever asks from outside it."""
    row = store.dialogue(db, account)
    return _open(row["state"]) if row and row["until"] > now else None


def say(key: str, **values: object) -> str:
    """A sentence of config/texts/chat.toml."""
    return texts.say(f"chat.{key}", **values)


def tidy(words: str) -> str:
    """Words as they are compared: without the marks around them, unless they are nothing else."""
    return (words.strip(_MARKS) or words.strip()).lower()


def is_word(context: Context, name: str) -> bool:
    """Whether the message is one of the words listed under this name."""
    return tidy(context.message.words) in texts.table(f"chat.words.{name}")


def _turn(context: Context, step: Callable[[State | None], Heard | None]) -> Reply | None:
    """Run a step on the present state and keep the next; again when another message was faster.

    A message heard before is answered as it was then, with what it promises, and moves nothing.
    """
    for turn in range(_PATIENCE):
        row = store.dialogue(context.db, context.account.key) if turn else context.chat
        sealed = _present(context, row)
        heard = step(_open(sealed))
        if heard is None:
            return None
        reply, state = heard
        known = context.message.identity in _heard(row)
        if known or store.keep(context.db, _next(context, row, sealed, state), row):
            return reply
    raise TooManyAtOnce


def _present(context: Context, row: store.DialogueRow | None) -> str | None:
    """The sealed state this message meets; one it has moved itself is met as it was before."""
    heard, mine = _heard(row), context.message.identity
    if mine in heard:
        return heard[mine]
    return row["state"] if row and row["until"] > context.now else None


def _heard(row: store.DialogueRow | None) -> dict[str, str | None]:
    """The last messages that moved a conversation, each with the state it met."""
    return row.get("heard", {}) if row else {}


def _next(
    context: Context, row: store.DialogueRow | None, before: str | None, state: State | None
) -> store.DialogueRow:
    lasts = _LONGER.get(state.topic, _LASTS) if state else _LASTS
    heard = _heard(row) | {context.message.identity: before}
    busy = context.now + (lasts if state else store.ECHO)
    if row and any(each["by"] is None for each in row.get("unsaid", {}).values()):
        busy = max(busy, row.get("busy", row["gone"]))
    return store.DialogueRow(
        _id=context.account.key,
        state=_seal(state) if state else None,
        heard=dict(list(heard.items())[-_REMEMBERED:]),
        version=row["version"] + 1 if row else 1,
        until=context.now + lasts,
        gone=context.now + lasts + _KEPT,
        busy=busy,
    )


def _seal(state: State) -> str:
    return privacy.seal_json([state.topic, state.step, state.key, state.told], _PURPOSE)


def _open(sealed: str | None) -> State | None:
    return State(*privacy.open_json(sealed, _PURPOSE)) if sealed else None
