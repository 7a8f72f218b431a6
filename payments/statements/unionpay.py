"""UnionPay's file of a day's clearing (ZM): fixed columns with a space between, no summary.

The layout is not public for certain (payments.md 3): config/reconciliation.toml holds it. A file
without totals can only be checked line by line: widths, merchant, kinds, sums of digits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from .. import days
from .lines import BEIJING, DONE, PAYMENT, REFUND, Damaged, Line, cut

_FEN: Final = re.compile(r"\d{12}", re.ASCII)
_STAMP: Final = re.compile(r"\d{10}", re.ASCII)


def rows(content: bytes, merchant: str, day: date) -> Iterator[Line]:
    """The lines of a file, whose moments (MMDDhhmmss) lack the year; raises Damaged."""
    for offset, raw in cut(content):
        if raw.strip():
            yield _line(_values(raw, offset), merchant, day, offset)


def masked(raw: str) -> str:
    """A line as an officer may see it: the card's number is not shown."""
    begun, over = _columns()[_layout()["payer"]]
    hidden = "***".ljust(over - begun) if raw[begun:over].strip() else raw[begun:over]
    return raw[:begun] + hidden + raw[over:]


def _values(raw: bytes, offset: int) -> Sequence[str]:
    width = _columns()[-1][1]
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Damaged("encoding", offset) from error
    if len(raw) != width or len(text) != width:
        raise Damaged("columns", offset)
    return [text[begun:over].strip() for begun, over in _columns()]


def _line(values: Sequence[str], merchant: str, day: date, offset: int) -> Line:
    layout = _layout()
    if values[layout["merchant"]] != merchant:
        raise Damaged("merchant", offset)
    kind, said = layout["kinds"].get(values[layout["kind"]]), values[layout["amount"]]
    if kind not in (PAYMENT, REFUND):
        raise Damaged("kind", offset)
    if not _FEN.fullmatch(said):
        raise Damaged("amount", offset)
    number = values[layout["number"]]
    return Line(
        kind=kind,
        number=number,
        transaction=values[layout["transaction"]],
        amount=int(said),
        at=_moment(values[layout["at"]], day, offset),
        state=DONE,
        order=number if kind == PAYMENT else "",
        of=values[layout["of"]],
        offset=offset,
    )


def _moment(said: str, day: date, offset: int) -> datetime:
    """When it happened: the year is the statement's, or at New Year the one before or after."""
    if not _STAMP.fullmatch(said):
        raise Damaged("moment", offset)
    years = (day.year, day.year - 1, day.year + 1)
    stamps = (f"{year}{said}" for year in years)
    found = [_read(each) for each in stamps]
    near = [each for each in found if each and abs((each.date() - day).days) <= 1]
    if not near:
        raise Damaged("moment" if not any(found) else "day", offset)
    return near[0]


def _read(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _layout() -> Mapping[str, Any]:
    found: Mapping[str, Any] = days.table()["formats"]["unionpay"]
    return found


@lru_cache(maxsize=1)
def _columns() -> tuple[tuple[int, int], ...]:
    """Where every column begins and ends."""
    widths: list[int] = _layout()["widths"]
    ends = list(accumulate(width + 1 for width in widths))
    return tuple((end - width - 1, end - 1) for end, width in zip(ends, widths, strict=True))
