"""Hides in a text what may stand in no public answer: numbers, plates, house numbers, a name.

And tells whether a text is somebody's own words.
"""

import re
from typing import Final

from base import privacy

_PERSONS: Final = (
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)"), r"\1********\2"),
    (re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)"), r"\1********\2"),
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"([\u4e00-\u9fff][A-Z])[A-Z0-9]{5,6}(?![A-Z0-9])"), r"\1*****"),
)
_HOMES: Final = (
    (re.compile(r"(?<!\d)(0\d{2,3}-?)\d{7,8}(?!\d)"), r"\1*******"),
    (re.compile(r"\d+(?=\s*(?:\u53f7|\u680b|\u5e62|\u5355\u5143|\u5ba4|\u7ec4))"), "*"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII), "***"),
)
_FEW: Final = 5
"""Letters that anybody may happen to write in a row."""

_MANY: Final = 15
"""Letters in a row that nobody writes by chance; few names of services have as many."""


def question(text: str, name: str | None = None) -> str:
    """A resident's words without identity, card, phone and plate numbers, addresses, this name."""
    for found, put in _HOMES:
        text = found.sub(put, text)
    return answer(text, name)


def answer(text: str, name: str | None = None) -> str:
    """An office's words without what is a person's; its own address and telephone stay."""
    for found, put in _PERSONS:
        text = found.sub(put, text)
    return text.replace(name, privacy.mask_name(name)) if name else text


def repeats(text: str, original: str) -> bool:
    """Whether a text has MANY letters in a row from another, or either lies in the other whole.

    Only letters and digits count; fewer than FEW are nobody's, unless they are all there is.
    """
    said, told = _letters(text), _letters(original)
    run = max(_FEW, min(_MANY, len(said), len(told)))
    return said == told or any(told[at : at + run] in said for at in range(len(told) - run + 1))


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
