"""WeChat Pay's trade bill: comma-separated, every value behind a back-quote, a summary at the end.

(payments.md 1.9; pay.weixin.qq.com: tradebill, bill_type ALL)
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from .. import days
from .lines import (
    DONE,
    PAYMENT,
    REFUND,
    UNDER_WAY,
    Damaged,
    Line,
    cut,
    decimal,
    fen,
    moment,
    signed,
)

MARK: Final = "`"
BOM: Final = b"\xef\xbb\xbf"
_PAID: Final = "SUCCESS"


def rows(content: bytes, merchant: str) -> Iterator[Line]:
    """The lines of a bill; raises Damaged, at the end when count or sums are not the file's own."""
    layout, tally, summary = _layout(), _Tally(), False
    body = cut(content.removeprefix(BOM))
    shift = len(BOM) if content.startswith(BOM) else 0
    if list(cells(next(body, (0, b""))[1])) != layout["columns"]:
        raise Damaged("header")
    for offset, raw in body:
        if not raw:
            continue
        values = cells(raw)
        if not raw.startswith(MARK.encode()):
            tally.names, summary = values, True
        elif summary:
            tally.check(values)
            return
        else:
            tally.add(values, offset)
            yield _line(values, merchant, offset + shift)
    raise Damaged("cut_off")


def masked(raw: str) -> str:
    """A line as an officer may see it: who paid is not shown."""
    values = raw.split(f",{MARK}")
    place = _place("payer")
    if place < len(values) and values[place]:
        values[place] = "***"
    return f",{MARK}".join(values)


def cells(raw: bytes) -> Sequence[str]:
    """The values of a line; a header's have no mark before them."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Damaged("encoding") from error
    return text[1:].split(f",{MARK}") if text.startswith(MARK) else text.split(",")


def _line(values: Sequence[str], merchant: str, offset: int) -> Line:
    if values[_place("merchant")] != merchant:
        raise Damaged("merchant", offset)
    order, transaction = values[_place("order")], values[_place("transaction")]
    at, fee = moment(values[_place("at")]), signed(values[_place("fee")])
    if values[_place("state")] == _PAID:
        amount = fen(values[_place("amount")])
        return Line(PAYMENT, order, transaction, amount, at, DONE, order, "", offset, fee)
    return Line(
        kind=REFUND,
        number=values[_place("refund")],
        transaction=values[_place("refund_transaction")],
        amount=fen(values[_place("refund_amount")]),
        at=at,
        state=DONE if values[_place("refund_state")] == _PAID else UNDER_WAY,
        order=order,
        of=transaction,
        offset=offset,
        fee=fee,
    )


class _Tally:
    """Counts and adds what the details say, to be compared with what the summary says."""

    def __init__(self) -> None:
        self.names: Sequence[str] = ()
        self._count = 0
        self._width = len(_layout()["columns"])
        self._places = {name: _layout()["columns"].index(of) for name, of in _sums().items()}
        self._sums = dict.fromkeys(self._places, Decimal(0))

    def add(self, values: Sequence[str], offset: int) -> None:
        if len(values) != self._width:
            raise Damaged("columns", offset)
        self._count += 1
        for name, place in self._places.items():
            self._sums[name] += decimal(values[place])

    def check(self, values: Sequence[str]) -> None:
        said = dict(zip(self.names, values, strict=False))
        if said.get(_layout()["count"]) != str(self._count):
            raise Damaged("count")
        for name, found in self._sums.items():
            if name not in said or decimal(said[name]) != found:
                raise Damaged("sums")


def _layout() -> Mapping[str, Any]:
    found: Mapping[str, Any] = days.table()["formats"]["wechat"]
    return found


def _sums() -> Mapping[str, str]:
    found: Mapping[str, str] = _layout()["sums"]
    return found


@lru_cache(maxsize=32)
def _place(field: str) -> int:
    """In which column a field stands."""
    place: int = _layout()["columns"].index(_layout()[field])
    return place
