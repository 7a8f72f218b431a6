"""What both sides of a day come to, added while they stream by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..statements import Line
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

    def theirs(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines, counted."""
        for line in lines:
            _add(self._found["theirs"][line.kind], line.amount)
            yield line

    def ours(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, counted, also by agency."""
        for entry in entries:
            _add(self._found["ours"][entry.kind], entry.amount)
            _add(self._agencies[entry.agency][entry.kind], entry.amount)
            yield entry

    def same(self, pair: Pair) -> None:
        """Count what both sides say alike."""
        assert pair.line is not None
        _add(self._found["same"][pair.line.kind], pair.line.amount)

    def figures(self) -> dict[str, Any]:
        """What it came to, as a statement keeps it."""
        rows = sorted(self._agencies.items())
        return {**self._found, "agencies": [{"agency": name, **sums} for name, sums in rows]}


def _add(sums: list[int], amount: int) -> None:
    sums[0] += 1
    sums[1] += amount
