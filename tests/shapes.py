"""Every query the tests send is looked at: an index must serve it, on both kinds of store.

The embedded store scans for `$or`, `$and`, regular expressions and findAndModify, and a cluster
scatters what has no index; so a shape that no declared index covers fails the run.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pymongo import monitoring

from base.store import Database, Index

ROOT = str(Path(__file__).parent.parent)
WATCHED = {"find": "filter", "count": "query", "distinct": "query", "aggregate": "pipeline"}
SMALL = {
    "agencies": "a county's few dozen agencies, read whole",
    "places": "a county's service points, read whole by the nearest search",
    "regions": "a county's divisions",
    "services": "a county's published services",
    "clock": "one document",
    "operators": "a county's staff",
    "fs.files": "none of ours",
    "things": "a test's own collection",
}
FORBIDDEN = {"$or", "$and", "$nor", "$where", "$text"}


class Written(monitoring.CommandListener):
    """Knows which collections this process has written to and not emptied, by database."""

    def __init__(self) -> None:
        self._found: dict[str, set[str]] = {}

    def full(self, db: Database) -> set[str]:
        """The collections of a database that may hold something."""
        return set(self._found.get(db.name, ()))

    def empty(self, db: Database, but: set[str] | None = None) -> None:
        """Delete all that was written, except in some collections."""
        for name in self.full(db) - (but or set()):
            db[name].delete_many({})
            self.overlook(db, {name})

    def overlook(self, db: Database, names: set[str]) -> None:
        """Take collections for untouched until they are written to again."""
        self._found[db.name] -= names

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("insert", "update", "delete"):
            name = event.command[event.command_name]
            self._found.setdefault(event.database_name, set()).add(name)

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...


WRITTEN = Written()


class Shapes(monitoring.CommandListener):
    """Collects the shapes of all commands this process sends to test databases."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        self.forbidden: set[str] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if not _is_ours():
            return
        command, name = event.command, event.command_name
        if name == "findAndModify":
            self.forbidden.add(f"findAndModify on {command[name]}")
        elif name in ("update", "delete"):
            for each in command.get(f"{name}s", []):
                self._note(name, command[name], each["q"])
        elif name in WATCHED:
            self._note(name, command[name], _filter(command, WATCHED[name]))

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...

    def _note(self, name: str, collection: object, asked: Mapping[str, Any]) -> None:
        if not isinstance(collection, str):
            return
        if FORBIDDEN & set(asked) or "$regex" in str(asked):
            self.forbidden.add(f"{name} on {collection}: {sorted(asked)}")
        self.seen.setdefault((collection, name, tuple(sorted(asked))), dict(asked))

    def faults(self, indexes: Iterable[Index]) -> list[str]:
        """What no declared index serves, one line each."""
        first: dict[str, set[str]] = {}
        for index in indexes:
            first.setdefault(index.collection, set()).add(index.keys[0][0])
        uncovered = [
            f"{name} on {collection} by {', '.join(keys) or 'nothing'}: no declared index begins so"
            for collection, name, keys in sorted(self.seen)
            if collection in first or not collection.startswith("system.")
            if not (
                collection in SMALL
                or "_id" in keys
                or first.get(collection, set()) & set(keys)
                or _is_chunk(collection, keys)
            )
        ]
        return sorted(self.forbidden) + uncovered


def _is_ours() -> bool:
    """Whether product code asked; a test may look however it likes."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(ROOT) and "/.venv/" not in path and path != __file__:
            return "/tests/" not in path
        frame = frame.f_back
    return False


def _filter(command: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    found = command.get(where, {})
    if isinstance(found, list):
        return found[0].get("$match", {}) if found else {}
    return found if isinstance(found, Mapping) else {}


def _is_chunk(collection: str, keys: tuple[str, ...]) -> bool:
    """GridFS brings its own index on chunks."""
    return collection.endswith(".chunks") and "files_id" in keys
