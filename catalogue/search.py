"""Finding a service in plain words: old names, aliases, and words cut by rjieba."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import rjieba

from base.store import Database

from . import shelf
from .shapes import Service
from .shelf import Book, Shelf

_FILE = Path(__file__).parent.parent / "config" / "synonyms.toml"
_LONGEST = 100
_MOST_TOKENS = 100
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_NOISE = re.compile(r"[^0-9a-z\u4e00-\u9fff]")
_WEIGHTS = {"alias": 3, "short": 2, "name": 1}
_LEAST = 3.0


@dataclass(frozen=True)
class Synonyms:
    """What people say instead of what we call it."""

    names: Mapping[str, list[str]]
    words: Mapping[str, str]
    ignore: frozenset[str]
    characters: Mapping[int, int]


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """config/synonyms.toml, with its phrases in canonical form, the longest words first."""
    said = tomllib.loads(_FILE.read_text("utf-8"))
    table = str.maketrans(said["characters"]["from"], said["characters"]["to"])
    longest = sorted(said["words"].items(), key=lambda each: -len(each[0]))
    names = {name.lower(): keys for name, keys in said["names"].items()}
    return Synonyms(names, dict(longest), frozenset(said["ignore"]["words"]), table)


def find(db: Database, words: str, limit: int = 5) -> list[Service]:
    """The services people mean by their words, the likeliest first; empty when none is likely.

    An alias said exactly comes before a short name, that before the full name, those before a name
    that merely occurs in the sentence, and last come shared words, rare ones counting more.
    """
    query, books = canonical(words[:_LONGEST]), shelf.current(db, _phrases)
    found = books.found.get(query)
    if found is None:
        found = _likely(books, query)
        books.remember(query, found)
    return found[:limit]


def _likely(books: Shelf, query: str) -> list[Service]:
    reworded = _reworded(query)
    asked = _tokens(query) if query == reworded else _tokens(query) | _tokens(reworded)
    scored = _scored(books, query, reworded, asked) if asked else []
    likely = [each for each in scored if each[0] >= _LEAST]
    likely.sort(key=lambda each: (-each[0], each[1].key))
    return [service for _, service in likely]


def tokens_of(content: Mapping[str, Any]) -> list[str]:
    """The words a service is found by; stored beside it."""
    phrases = [phrase for _, phrase in _phrases(content)]
    texts = [*phrases, *content["themes"]]
    return sorted(set().union(*(_tokens(canonical(text)) for text in texts)))


def canonical(text: str) -> str:
    """Simplified characters, small letters, nothing between the words."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(synonyms().characters)
    return _NOISE.sub("", plain)


def _reworded(query: str) -> str:
    for said, meant in synonyms().words.items():
        query = query.replace(said, meant)
    return query


def _tokens(text: str) -> set[str]:
    """Words of two characters and more, and every pair of neighbours, for words cut differently."""
    words = {word for word in rjieba.cut_for_search(text) if len(word) > 1}
    pairs = {run[n : n + 2] for run in _CHINESE.findall(text) for n in range(len(run) - 1)}
    return (words | pairs) - synonyms().ignore


def _phrases(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, phrase in canonical form) of everything a service is called."""
    old = [name for name, keys in synonyms().names.items() if content["key"] in keys]
    called = [("alias", each) for each in [*content["aliases"], *old]]
    called += [("short", content["short_name"]), ("name", content["name"])]
    return [(kind, canonical(phrase)) for kind, phrase in called]


def _scored(
    shelf: Shelf, query: str, reworded: str, asked: set[str]
) -> list[tuple[float, Service]]:
    """(how well it fits, service) for each that shares a word; rare words tell more."""
    shared: dict[str, float] = {}
    books: dict[str, Book] = {}
    for token in sorted(asked)[:_MOST_TOKENS]:
        for book in shelf.bearing.get(token, ()):
            id = book.service.key
            books[id] = book
            shared[id] = shared.get(id, 0.0) + shelf.rarity[token]
    said = {query, reworded}
    return [(_named(books[id], said) + worth, books[id].service) for id, worth in shared.items()]


def _named(book: Book, said: set[str]) -> float:
    return max(_likeness(kind, phrase, each) for kind, phrase in book.phrases for each in said)


def _likeness(kind: str, phrase: str, query: str) -> float:
    """How well a phrase is said by a query: exactly, within it, or as part of the phrase."""
    if phrase == query:
        return 1000.0 * _WEIGHTS[kind]
    if phrase in query:
        return 8.0 * len(phrase) + _WEIGHTS[kind]
    if len(query) > 1 and query in phrase:
        return 10.0 * len(query) / len(phrase)
    return 0.0
