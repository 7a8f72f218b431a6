"""What identity consists of: names, numbers, and the ways a check of both may end."""

import re
import unicodedata
from typing import Final

from base.errors import Invalid, TooMany
from base.identity_numbers import BadIdNumber, BadUscc, birth_date, check_id_number, check_uscc

__all__ = [
    "BadIdNumber",
    "BadName",
    "BadUscc",
    "NameDiffers",
    "NoSuchIdentity",
    "TooManyChecks",
    "birth_date",
    "check_id_number",
    "check_name",
    "check_uscc",
]

_DOTS: Final = re.compile(r"[•‧∙⋅・.]")
_NAME: Final = re.compile(
    r"[\u3400-\u9fff\U00020000-\U0003ffff\ue000-\uf8ff·]{2,40}|[A-Z][A-Z ,'-]{1,60}"
)


class BadName(Invalid):
    """Not a name as an identity card bears it."""

    code = "bad_name"


class NameDiffers(Invalid):
    """The identity number is another person's: name and number do not belong together."""

    code = "name_differs"


class NoSuchIdentity(Invalid):
    """The authority has no record of this identity number."""

    code = "no_such_identity"


class TooManyChecks(TooMany):
    """The identity check was tried as often as one day allows."""

    code = "too_many_checks"


def check_name(text: str) -> str:
    """The name as an identity card bears it, with · between syllable groups; raises BadName."""
    folded = _DOTS.sub("·", unicodedata.normalize("NFKC", text))
    name = " ".join(folded.split())
    if not name.isascii():
        name = name.replace(" ", "")
    if not _NAME.fullmatch(name) or name.strip("·") != name:
        raise BadName
    return name
