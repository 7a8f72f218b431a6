"""Numbers a person reads aloud: fifteen digits with a check digit, e.g. 20261121-483107-5."""

import hashlib
import secrets

from . import clock
from .errors import Invalid

_WIDE = str.maketrans("０１２３４５６７８９－—", "0123456789--")


class BadNumber(Invalid):
    """The number is not one of ours: wrong length or check digit."""

    code = "bad_number"


def _check(body: str) -> int:
    """Check digit by ISO 7064 MOD 11,10."""
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10


def new() -> str:
    """A fresh number: the day in Shanghai, six random digits, a check digit."""
    body = f"{clock.today():%Y%m%d}{secrets.randbelow(1_000_000):06d}"
    return f"{body}{_check(body)}"


def derived(number: str, purpose: str, nth: int = 0) -> str:
    """The nth number that follows from another for a purpose: the same every time it is asked.

    Two numbers of a day may lead to one; who stores it must then go on to the next nth.
    """
    seed = hashlib.sha256(f"{number}/{purpose}/{nth}".encode()).digest()
    body = f"{number[:8]}{int.from_bytes(seed[:8]) % 1_000_000:06d}"
    return f"{body}{_check(body)}"


def spoken(number: str) -> str:
    """The number as it is shown and read aloud."""
    return f"{number[:8]}-{number[8:14]}-{number[14:]}"


def tidy(text: str) -> str:
    """What a person typed as the plain number; raises BadNumber."""
    number = text.translate(_WIDE).replace("-", "").replace(" ", "").strip()
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        raise BadNumber
    if _check(number[:-1]) != int(number[-1]):
        raise BadNumber
    return number
