"""What every wallet's statement comes down to: lines of money with their place in the file."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple

from base import money

BEIJING: Final = timezone(timedelta(hours=8))
PAYMENT: Final = "payment"
REFUND: Final = "refund"
# States of a line, whatever the wallet calls them.
DONE: Final = "done"
UNDER_WAY: Final = "under way"
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


class Damaged(Exception):
    """A file that is not the statement it should be; nothing of it may be believed.

    `reason` is a word of texts "reconciliation.damaged", `offset` where in the file it was noticed.
    """

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Line(NamedTuple):
    """One payment or refund as a statement tells of it; lines sort by kind and our number.

    `number` is our order's or refund's, `order` the order's (empty where the file is silent), and
    a refund's `of` the transaction it gives back from; `offset` counts bytes. `fee` is what the
    wallet keeps of it, below zero where a refund brings some of that back.
    """

    kind: str
    number: str
    transaction: str
    amount: int
    at: datetime
    state: str
    order: str
    of: str
    offset: int
    fee: int = 0


def cut(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Every line of a file with its offset, without its end."""
    start, size = 0, len(content)
    while start < size:
        end = content.find(b"\n", start)
        end = size if end < 0 else end
        yield start, content[start:end].rstrip(b"\r")
        start = end + 1


@lru_cache(maxsize=65536)
def fen(said: str) -> int:
    """A sum in yuan as fen, refunds without their sign; raises Damaged."""
    try:
        return money.fen(said.removeprefix("-"))
    except money.BadAmount as error:
        raise Damaged("amount") from error


@lru_cache(maxsize=65536)
def decimal(said: str) -> Decimal:
    """A number of yuan of any sign and length, nothing where nothing is said; raises Damaged."""
    try:
        found = Decimal(said) if said else Decimal(0)
    except InvalidOperation as error:
        raise Damaged("amount") from error
    if not found.is_finite():
        raise Damaged("amount")
    return found


@lru_cache(maxsize=65536)
def signed(said: str) -> int:
    """A sum in yuan with its sign as fen, parts of one rounded; raises Damaged."""
    return int((decimal(said) * 100).to_integral_value(ROUND_HALF_UP))


def moment(said: str) -> datetime:
    """A moment of Beijing time; raises Damaged."""
    try:
        if not _MOMENT.fullmatch(said):
            raise Damaged("moment")
        return datetime.fromisoformat(said).replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Damaged("moment") from error
