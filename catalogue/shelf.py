"""The published services as a process keeps them in memory, ready to be searched.

A county has some dozens to some hundreds of them; they change when an operator loads new files. A
process looks at most once a second whether they have (one small read), and searches without asking
the store at all.
"""

import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from base.store import Database

from . import services, store
from .shapes import Service

_FRESH_SECONDS = 1.0
_KEPT = 4
_SHORT = 16
_MANY = 4000

Phrases = Callable[[Mapping[str, Any]], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Book:
    """One published service, and everything it is called, (kind, canonical phrase)."""

    service: Service
    phrases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """All of them as of one mark, with the books that bear each token and what a token tells.

    `found` remembers what short queries have found: many people ask for the same few things.
    """

    mark: int
    bearing: Mapping[str, tuple[Book, ...]]
    rarity: Mapping[str, float]
    found: dict[str, list[Service]] = field(default_factory=dict)

    def remember(self, query: str, found: list[Service]) -> None:
        """Keep what a query has found, as long as there is room; stories are not kept."""
        if len(query) <= _SHORT and len(self.found) < _MANY:
            self.found[query] = found


class _Own:
    """The shelves of this process by database, with the moment each was last known to be fresh."""

    shelves: ClassVar[OrderedDict[Database, tuple[float, Shelf]]] = OrderedDict()


def current(db: Database, phrases: Phrases) -> Shelf:
    """The shelf as it is now, or was a second ago; `phrases` says what a content is called."""
    moment = time.monotonic()
    looked, shelf = _Own.shelves.get(db, (-math.inf, None))
    if shelf is not None and moment - looked < _FRESH_SECONDS:
        return shelf
    mark = store.mark(db)
    if shelf is None or shelf.mark != mark:
        shelf = _fill(mark, store.shelf(db), phrases)
    _Own.shelves[db] = (moment, shelf)
    while len(_Own.shelves) > _KEPT:
        _Own.shelves.popitem(last=False)
    return shelf


def changed(db: Database) -> None:
    """Let every process read the services again, this one at once."""
    store.move_mark(db)
    _Own.shelves.pop(db, None)


def _fill(mark: int, rows: Iterable[Mapping[str, Any]], phrases: Phrases) -> Shelf:
    bearing: dict[str, list[Book]] = defaultdict(list)
    for row in rows:
        book = Book(services.read(row), tuple(phrases(row["content"])))
        for token in row["tokens"]:
            bearing[token].append(book)
    rarity = {token: math.log(1 + 30 / len(books)) for token, books in bearing.items()}
    return Shelf(mark, {token: tuple(books) for token, books in bearing.items()}, rarity)
