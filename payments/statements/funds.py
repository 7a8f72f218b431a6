"""WeChat Pay's fund-flow bill: what came into the account and what left it, by what it was for.

(payments.md 1.9; counts are printed as `20.0`. No other wallet gives one of this kind.)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from .. import days
from .lines import Damaged, cut, decimal, signed
from .wechat import BOM, MARK, cells

_WAYS: Final = ("came", "left")


class Flow(TypedDict):
    """Fen that came in and that left; `trades` is what payments, refunds and fees leave of them.

    What else moved, the account being emptied to the bank, say, is `others`.
    """

    came: int
    left: int
    trades: int
    others: int


def flow(content: bytes) -> Flow:
    """What an account's bill tells; raises Damaged ("funds"), also when it is not its own sum."""
    try:
        return _flow(content)
    except Damaged as damage:
        raise Damaged("funds") from damage


def _flow(content: bytes) -> Flow:
    account = _Account()
    names: Sequence[str] = ()
    body = (raw for _, raw in cut(content.removeprefix(BOM)) if raw)
    if cells(next(body, b"")) != _layout()["columns"]:
        raise Damaged("header")
    for raw in body:
        if not raw.startswith(MARK.encode()):
            names = cells(raw)
        elif names:
            account.check(dict(zip(names, cells(raw), strict=False)))
            return account.flow()
        else:
            account.add(cells(raw))
    raise Damaged("cut_off")


class _Account:
    """Counts and adds the rows, by the way their money went and by what it was for."""

    def __init__(self) -> None:
        layout = _layout()
        columns, places = layout["columns"], ("business", "way", "amount")
        self._width, self._trades = len(columns), frozenset(layout["trades"])
        self._places = [columns.index(layout[each]) for each in places]
        self._ways = {layout[each]["way"]: each for each in _WAYS}
        self._counts, self._sums = Counter[str](), Counter[str]()

    def add(self, values: Sequence[str]) -> None:
        if len(values) != self._width:
            raise Damaged("columns")
        business, way, amount = (values[place] for place in self._places)
        side, fen = self._ways.get(way), signed(amount)
        if side is None:
            raise Damaged("kind")
        self._counts[side] += 1
        self._sums[side] += fen
        self._sums["trades" if business in self._trades else "others"] += (
            fen if side == "came" else -fen
        )

    def check(self, said: Mapping[str, str]) -> None:
        layout = _layout()
        told = {layout["count"]: self._counts.total()}
        told |= {layout[each]["count"]: self._counts[each] for each in _WAYS}
        if any(decimal(said.get(name, "")) != many for name, many in told.items()):
            raise Damaged("count")
        if any(signed(said.get(layout[each]["sum"], "")) != self._sums[each] for each in _WAYS):
            raise Damaged("sums")

    def flow(self) -> Flow:
        found = self._sums
        return Flow(
            came=found["came"], left=found["left"], trades=found["trades"], others=found["others"]
        )


def _layout() -> Mapping[str, Any]:
    found: Mapping[str, Any] = days.table()["formats"]["wechat_funds"]
    return found
