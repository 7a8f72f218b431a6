"""The county's rules for the resident's voice, read from config/feedback.toml."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent.parent / "config" / "feedback.toml"
CONSULTATION: Final = "consultation"
COMPLAINT: Final = "complaint"
KINDS: Final = (CONSULTATION, COMPLAINT)


@dataclass(frozen=True)
class Limits:
    """How much one may write and send along."""

    text_most: int
    words_most: int
    files_most: int


@dataclass(frozen=True)
class Desk:
    """Where residents talk to a human: `desk` console or wechat (WeChat's own client).

    `place` is the service point whose opening hours count, "" for round the clock.
    """

    desk: str
    place: str
    silent_minutes: int
    line_most: int
    lines_most: int


@dataclass(frozen=True)
class Rule:
    """Within how many working days an answer is due; frozen on the ticket with its version."""

    key: str
    version: str
    days: int


@dataclass(frozen=True)
class Sign:
    """Words that must be heard at once: what they are a sign of, and which number to call."""

    key: str
    kind: str
    call: str
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


@lru_cache(maxsize=1)
def limits() -> Limits:
    """How much one may write and send along."""
    return Limits(**_table()["limits"])


@lru_cache(maxsize=1)
def talk() -> Desk:
    """How residents talk to a human."""
    return Desk(**_table()["talk"])


def categories(kind: str) -> tuple[str, ...]:
    """The categories of a kind of ticket, in the order they are offered."""
    return tuple(each["key"] for each in _table()["categories"][kind])


def rule(kind: str, category: str) -> Rule:
    """The rule a ticket of this kind and category is filed under."""
    listed = {each["key"]: each for each in _table()["categories"][kind]}
    key = listed[category].get("rule", kind)
    return Rule(key, _table()["version"], _table()["rules"][key]["days"])


def urgent() -> Rule:
    """The rule of what sounds like an emergency, whatever its category."""
    return Rule("urgent", _table()["version"], _table()["rules"]["urgent"]["days"])


@lru_cache(maxsize=1)
def tags() -> dict[str, tuple[str, ...]]:
    """What may be ticked beside a grade: {"good": …, "bad": …}."""
    return {mood: tuple(keys) for mood, keys in _table()["tags"].items()}


@lru_cache(maxsize=1)
def signs() -> tuple[Sign, ...]:
    """Every sign, the most urgent first."""
    return tuple(Sign(**each | {"words": tuple(each["words"])}) for each in _table()["triage"])
