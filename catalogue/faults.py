"""What is wrong with a data file: which file, which field, and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from base.texts import say


@dataclass(frozen=True)
class Fault:
    """One fault; `code` may carry what the remedy names, after a colon."""

    file: str
    field: str
    code: str

    @property
    def remedy(self) -> str:
        """What the person who keeps the file should do, in Chinese."""
        name, _, detail = self.code.partition(":")
        return say(f"catalogue.file.{name}", detail=detail)

    def __str__(self) -> str:
        return f"{self.file}  {self.field}  {self.remedy}"


class BrokenFiles(Exception):
    """Data files that cannot be loaded; nothing of them was."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


def flat(messages: Mapping[Any, Any] | list[Any], path: str = "") -> Iterator[tuple[str, str]]:
    """(field path, code) of every message in marshmallow's nested answer."""
    if isinstance(messages, list):
        for each in messages:
            yield from [(path, each)] if isinstance(each, str) else flat(each, path)
        return
    for name, inner in messages.items():
        here = path if name == "_schema" else f"{path}.{name}" if path else str(name)
        yield from flat(inner, here)
