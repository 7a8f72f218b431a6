"""What both sides of a day come to, added while they stream by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..statements import UNDER_WAY, Line
from ..statements.funds import Flow
from .matching import Entry, Pair


class Sums:
    """Counts and adds both sides while they stream by: [how many, fen] by side and kind."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[int]]] = {
            side: {"payment": [0, 0], "refund": [0, 0]} for side in ("theirs", "ours", "same")
        }
        self._agencies: defaultdict[str, Mapping[str, list[int]]] = defaultdict(
            lambda: {"payment": [0, 0], "refund": [0, 0]}
        )
        self._fees = self._under_way = 0

    def theirs(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines, counted."""
        for line in lines:
            _add(self._found["theirs"][line.kind], line.amount)
            self._fees += line.fee
            self._under_way += line.amount if line.state == UNDER_WAY else 0
            yield line

    def ours(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, counted, also by agency."""
        for entry in entries:
            _add(self._found["ours"][entry.kind], entry.amount)
            _add(self._agencies[entry.agency][entry.kind], entry.amount)
            yield entry

    def met(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The same pairs, those on which both sides agree counted."""
        for pair in pairs:
            if not pair.cause and pair.line:
                _add(self._found["same"][pair.line.kind], pair.line.amount)
            yield pair

    def figures(self, flow: Flow | None) -> dict[str, Any]:
        """What it came to, as a statement keeps it; `flow` is its account's, if told."""
        rows = sorted(self._agencies.items())
        kept = {"fees": self._fees, "under_way": self._under_way, "flow": flow}
        return {
            **self._found,
            **kept,
            "agencies": [{"agency": name, **sums} for name, sums in rows],
        }


def _add(sums: list[int], amount: int) -> None:
    sums[0] += 1
    sums[1] += amount
