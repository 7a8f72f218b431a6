"""Check digits of identity numbers (GB 11643) and unified social credit codes (GB 32100)."""

import re
import unicodedata
from datetime import date

from . import clock
from .errors import Invalid

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLDEST = date(1850, 1, 1)
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_SHAPE = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")


class BadIdNumber(Invalid):
    """Not an identity number: wrong length, date or check digit."""

    code = "bad_id_number"


class BadUscc(Invalid):
    """Not a unified social credit code: wrong length, letter or check character."""

    code = "bad_uscc"


def check_id_number(text: str) -> str:
    """The canonical 18 characters of an identity number; raises BadIdNumber.

    Full-width digits, blanks and a small x are put right; digits of other scripts are not digits.
    The region is not looked up: people keep the prefixes of counties long abolished.
    """
    number = _canonical(text)
    if not _ID_SHAPE.fullmatch(number) or id_check_digit(number[:17]) != number[17]:
        raise BadIdNumber()
    birth_date(number)
    return number


def id_check_digit(first: str) -> str:
    """The 18th character that belongs to 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def birth_date(number: str) -> date:
    """The day of birth written in a canonical number; raises BadIdNumber for one that cannot be."""
    try:
        day = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadIdNumber() from None
    if not _OLDEST <= day <= clock.today():
        raise BadIdNumber()
    return day


def check_uscc(text: str) -> str:
    """The canonical 18 characters of a unified social credit code; raises BadUscc."""
    code = _canonical(text)
    if not _USCC_SHAPE.fullmatch(code) or uscc_check_character(code[:17]) != code[17]:
        raise BadUscc()
    return code


def uscc_check_character(first: str) -> str:
    """The 18th character that belongs to 17: weights 3^i mod 31."""
    total = sum(_USCC_ALPHABET.index(each) * pow(3, i, 31) for i, each in enumerate(first))
    return _USCC_ALPHABET[-total % 31]


def _canonical(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
