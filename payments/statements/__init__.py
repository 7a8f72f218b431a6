"""The wallets' statements: read line by line, checked against their own totals, kept sealed.

To add a wallet's: its file here with `rows` and `masked`, a row in READERS, its layout and the end
of its day in config/reconciliation.toml.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from .. import days
from ..wallets import archives
from ..wallets.wallet import BadHash
from . import alipay, unionpay, wechat
from .lines import DONE, PAYMENT, REFUND, UNDER_WAY, Damaged, Line

__all__ = [
    "DONE",
    "PAYMENT",
    "READERS",
    "REFUND",
    "UNDER_WAY",
    "Damaged",
    "Line",
    "opened",
    "read",
    "shown",
]

Rows = Callable[[bytes, str, date], Iterator[Line]]


@dataclass(frozen=True)
class Reader:
    """How a wallet's statement is read, and how one of its lines is shown."""

    rows: Rows
    masked: Callable[[str], str]
    charset: str


READERS: Final[Mapping[str, Reader]] = {
    "wechat": Reader(
        lambda content, merchant, _: wechat.rows(content, merchant), wechat.masked, "utf-8"
    ),
    "alipay": Reader(
        lambda content, merchant, _: alipay.rows(content, merchant), alipay.masked, "gb18030"
    ),
    "unionpay": Reader(unionpay.rows, unionpay.masked, "gb18030"),
}


def read(provider: str, day: date, content: bytes, merchant: str) -> list[Line]:
    """Every line of a statement, sorted by kind and number; raises Damaged.

    About 400 bytes of memory a line. A line outside the day (and its buffer) damages the file:
    it is another day's.
    """
    begun, over = days.span(provider, day)
    begun, over = begun - days.buffer(), over + days.buffer()
    found = []
    for line in READERS[provider].rows(content, merchant, day):
        if not begun <= line.at < over:
            raise Damaged("day", line.offset)
        found.append(line)
    found.sort()
    return found


def shown(provider: str, raw: bytes) -> str:
    """One raw line as an officer may see it, its payer masked."""
    reader = READERS[provider]
    return reader.masked(raw.decode(reader.charset, "replace"))


def opened(provider: str, packed: bytes) -> bytes:
    """What an officer uploaded, unpacked: a gzip, a zip with the right file in it, or plain text.

    Raises Damaged.
    """
    try:
        if packed.startswith(b"PK\x03\x04"):
            return archives.member(packed, _member(provider))
        return archives.gunzipped(packed)
    except BadHash as error:
        raise Damaged("archive") from error


def _member(provider: str) -> str:
    name: str = days.table()["formats"][provider]["member"]
    return name
