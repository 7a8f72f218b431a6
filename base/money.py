"""Money is integer fen everywhere inside; yuan exist only at the edges."""

import re

from .errors import Invalid

_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?", re.ASCII)
# The hyphen, and the minus signs of Chinese keyboards.
_MINUS = ("-", "\N{MINUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}")


class BadAmount(Invalid):
    """The text is not an amount of yuan with at most two decimals."""

    code = "bad_amount"


def yuan(fen: int) -> str:
    """8000 fen → "80.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def balance(text: str) -> int:
    """As `fen`, of what may be below zero: "-10.00", with any of the signs people type."""
    return -fen(text[1:]) if text.startswith(_MINUS) else fen(text)


def fen(text: str) -> int:
    """ "80.00" → 8000 fen; no sign, exponent, blank or third decimal; raises BadAmount."""
    match = _YUAN.fullmatch(text)
    if match is None:
        raise BadAmount
    whole, part = match.groups()
    return int(whole) * 100 + int((part or "0").ljust(2, "0"))
