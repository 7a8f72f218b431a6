"""Hears in a resident's words what cannot wait for an answer, and what must take another route."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from base import texts

from . import rules

EMERGENCY: Final = "emergency"
INTEGRITY: Final = "integrity"


@dataclass(frozen=True)
class Alarm:
    """Something heard: key, kind ("emergency", "integrity"), the number to call, what to say."""

    key: str
    kind: str
    call: str
    advice: str


def hear(text: str) -> tuple[Alarm, ...]:
    """What a text sounds like, the most urgent first; blanks and marks between signs are no cover.

    An alarm never refuses anything: better one needless advice than one missed.
    """
    plain = re.sub(r"[\s\W_]+", "", unicodedata.normalize("NFKC", text))
    return tuple(
        Alarm(sign.key, sign.kind, sign.call, texts.say(f"feedback.advice.{sign.key}"))
        for sign in rules.signs()
        if _any(sign.words).search(plain)
    )


@lru_cache
def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words)))
