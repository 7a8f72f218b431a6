"""The simulated world on disk: one row per entry, person and chat line, so that a save is small."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .people import ChatLine, Person

FILE = "world.db"
WHOLE = "(whole)"
SCHEMA = """
create table if not exists entries (part text, key text, sub text, told text,
  primary key (part, key, sub)) without rowid;
create table if not exists people (id text primary key, told text);
create table if not exists lines (person text, n integer, told text,
  primary key (person, n)) without rowid;
create table if not exists clock (id integer primary key, seconds real);
"""
TABLES = ("entries", "people", "lines", "clock")
PERSONAL = tuple(one.name for one in fields(Person) if one.name != "chat")

Where = tuple[str, ...]
Parts = dict[str, dict[str, Any]]
Row = tuple[str, str, str, str]


@dataclass
class Change:
    """What differs from the disk: paths of parts, people, new chat lines; or `everything`."""

    everything: bool = False
    paths: set[Where] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    lines: list[tuple[str, ChatLine]] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """What a former life of the world left behind."""

    seconds: float
    people: list[Person]
    parts: Parts


class Keep:
    """The file of one world: safe against a kill of the process, not against a power cut."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(
            folder / FILE, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = off")
        self._file.executescript(SCHEMA)

    def read(self) -> Kept:
        """Return what the file holds; nothing at all if it is new."""
        [seconds] = self._file.execute("select max(seconds) from clock").fetchone()
        people = {
            id: Person(**json.loads(told))
            for id, told in self._file.execute("select id, told from people order by rowid")
        }
        for id, told in self._file.execute("select person, told from lines order by person, n"):
            people[id].chat.append(json.loads(told))
        parts: Parts = {}
        for part, key, sub, told in self._file.execute("select * from entries"):
            place = parts.setdefault(part, {})
            if sub == WHOLE:
                place[key] = json.loads(told)
            else:
                place.setdefault(key, {})[sub] = json.loads(told)
        return Kept(seconds or 0.0, list(people.values()), parts)

    def write(self, seconds: float, change: Change, parts: Parts) -> None:
        """Write what changed, all of it or nothing."""
        self._file.execute("begin immediate")
        if change.everything:
            for table in TABLES:
                self._file.execute(f"delete from {table}")  # noqa: S608 - names are ours
        for path in change.paths:
            self._write_path(path, parts)
        self._file.executemany(
            "insert into people values (?, ?) on conflict (id) do update set told = excluded.told",
            [(id, shown(person)) for id, person in change.people.items()],
        )
        self._file.executemany(
            "insert or replace into lines values (?, ?, ?)",
            [(id, line["n"], dumped(line)) for id, line in change.lines],
        )
        self._file.execute("insert or replace into clock values (1, ?)", (seconds,))
        self._file.execute("commit")

    def _write_path(self, path: Where, parts: Parts) -> None:
        place = " and ".join(f"{column} = ?" for column in ("part", "key", "sub")[: len(path)])
        self._file.execute(f"delete from entries where {place}", path)  # noqa: S608 - names are ours
        self._file.executemany("insert into entries values (?, ?, ?, ?)", rows(parts, path))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def rows(parts: Parts, path: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of what lies at a path of one to three keys; none if it is gone."""
    name, *keys = path
    part = parts.get(name, {})
    for key in keys[:1] or list(part):
        value = part.get(key)
        if not isinstance(value, dict):
            if key in part:
                yield name, key, WHOLE, dumped(value)
            continue
        for sub in keys[1:] or list(value):
            if sub in value:
                yield name, key, sub, dumped(value[sub])


def shown(person: Person) -> str:
    """Return a person without the chat as JSON."""
    return dumped({name: getattr(person, name) for name in PERSONAL})


def dumped(value: Any) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
