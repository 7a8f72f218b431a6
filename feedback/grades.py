"""The five grades of 好差评 (GB/T 39735), kept as words.

GB/T 39046 counts from 1 for the best, the national rating interface from 5: hence words.
"""

import unicodedata
from typing import Final

from base.errors import Invalid

from . import rules

GRADES: Final = (
    "very_satisfied",
    "satisfied",
    "fairly_satisfied",
    "dissatisfied",
    "very_dissatisfied",
)
BAD: Final = frozenset({"dissatisfied", "very_dissatisfied"})


class RatingInvalid(Invalid):
    """Not one of the five grades, an unknown tag, or too many words."""

    code = "rating_invalid"


def is_bad(grade: str) -> bool:
    """Whether a grade obliges us to look into the matter and call back."""
    return grade in BAD


def check(grade: str, tags: tuple[str, ...], words: str) -> str:
    """The words as they are kept; raises RatingInvalid."""
    known = {tag for of_mood in rules.tags().values() for tag in of_mood}
    kept = unicodedata.normalize("NFC", words).strip()
    sound = grade in GRADES and set(tags) <= known and len(kept) <= rules.limits().words_most
    if not sound or len(set(tags)) != len(tags):
        raise RatingInvalid
    return kept
