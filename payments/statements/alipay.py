"""Alipay's detail file: GBK, hash-marked frame, 25 columns, totals of payments and of refunds.

(payments.md 2.8; opendocs.alipay.com: alipay.data.dataservice.bill.downloadurl.query)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from .. import days
from .lines import DONE, PAYMENT, REFUND, Damaged, Line, cut, fen, moment, signed

_ACCOUNT: Final = re.compile(r"#账号：\[(\d+)\]", re.ASCII)
_TOTAL: Final = re.compile(
    r"#(交易|退款)合计：(\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元，商家优惠(?:退款)?共(-?[\d.]+)元",
    re.ASCII,
)


def rows(content: bytes, merchant: str) -> Iterator[Line]:
    """The lines of a file; raises Damaged, at the end when counts or sums are not the file's own.

    The account in the file is the merchant's number with four digits behind it.
    """
    tally, said = _Tally(), dict[str, tuple[int, int, int]]()
    framed = False
    for offset, raw in cut(content):
        text = _decoded(raw, offset)
        if not framed:
            framed = _opened(text, merchant, offset)
        elif text.startswith("#"):
            said |= _total(text)
        elif text.strip():
            line = _line(_values(text, offset), offset, tally)
            yield line
    if not framed:
        raise Damaged("header")
    tally.check(said)


def masked(raw: str) -> str:
    """A line as an officer may see it: who paid is not shown."""
    values = raw.split(",")
    back = _place("payer") - len(_layout()["columns"])
    if len(values) >= -back and values[back].strip():
        values[back] = "***"
    return ",".join(values)


def _decoded(raw: bytes, offset: int) -> str:
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Damaged("encoding", offset) from error


def _opened(text: str, merchant: str, offset: int) -> bool:
    """Whether this line names the columns, after which the details begin."""
    account = _ACCOUNT.match(text)
    if account and account[1][: len(merchant)] != merchant:
        raise Damaged("merchant", offset)
    if text.startswith("#"):
        return False
    if [each.strip() for each in text.split(",")] != _layout()["columns"]:
        raise Damaged("header", offset)
    return True


def _values(text: str, offset: int) -> Sequence[str]:
    """The values of a line; commas in what was bought belong to what was bought."""
    values, width, goods = text.split(","), len(_layout()["columns"]), _place("goods")
    more = len(values) - width
    if more < 0:
        raise Damaged("columns", offset)
    if more:
        values[goods : goods + more + 1] = [",".join(values[goods : goods + more + 1])]
    return [each.strip() for each in values]


def _line(values: Sequence[str], offset: int, tally: "_Tally") -> Line:
    kind = _layout()["kinds"].get(values[_place("kind")])
    if kind is None:
        raise Damaged("kind", offset)
    order, trade = values[_place("order")], values[_place("transaction")]
    amount, at = fen(values[_place("amount")]), moment(values[_place("at")])
    fee = -signed(values[_place("fee")])
    tally.add(kind, values)
    if kind == PAYMENT:
        return Line(kind, order, trade, amount, at, DONE, order, "", offset, fee)
    number = values[_place("refund")]
    return Line(kind, number, f"{trade}-{number}", amount, at, DONE, order, trade, offset, fee)


def _total(text: str) -> dict[str, tuple[int, int, int]]:
    """What a line of totals says of payments or refunds: how many, received, discount."""
    found = _TOTAL.match(text)
    if found is None:
        return {}
    kind = _layout()["kinds"][found[1]]
    return {kind: (int(found[2]), fen(found[3]), fen(found[4]))}


class _Tally:
    """Counts and adds what the details say, by kind."""

    def __init__(self) -> None:
        self._found = {kind: [0, 0, 0] for kind in (PAYMENT, REFUND)}

    def add(self, kind: str, values: Sequence[str]) -> None:
        found = self._found[kind]
        found[0] += 1
        found[1] += fen(values[_place("received")])
        found[2] += fen(values[_place("discount")] or "0")

    def check(self, said: Mapping[str, tuple[int, int, int]]) -> None:
        if said.keys() != self._found.keys():
            raise Damaged("cut_off")
        for kind, (count, *sums) in self._found.items():
            if said[kind][0] != count:
                raise Damaged("count")
            if list(said[kind][1:]) != sums:
                raise Damaged("sums")


def _layout() -> Mapping[str, Any]:
    found: Mapping[str, Any] = days.table()["formats"]["alipay"]
    return found


@lru_cache(maxsize=16)
def _place(field: str) -> int:
    """In which column a field stands."""
    place: int = _layout()["columns"].index(_layout()[field])
    return place
