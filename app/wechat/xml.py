"""XML of the platform's shape into plain fields, by expat itself: no entities, no attributes.

Half the cost of a general converter, and a tree too deep or a declaration ends the reading at once.
"""

from typing import Any
from xml.parsers import expat

_DEEPEST = 14


class BadXml(ValueError):
    """Not XML, or XML that may do more than say something."""


class _Reader:
    """Builds {name: text, fields or a list of them} while expat reads."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = [self.root]
        self.text: list[str] = []

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        if len(self._open) > _DEEPEST:
            raise BadXml("depth")
        self._open.append({})
        self.text.clear()

    def end(self, name: str) -> None:
        """It is over: fields if it held elements, else its text."""
        inner = self._open.pop()
        value: Any = inner or "".join(self.text).strip()
        around = self._open[-1]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]
        self.text.clear()


def _refuse(*_: object) -> None:
    raise BadXml("declaration")


def read(raw: bytes) -> Any:
    """What stands inside the root element <xml>, read as UTF-8; raises BadXml."""
    parser, reader = expat.ParserCreate("utf-8"), _Reader()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text.append
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise BadXml("not XML") from error
    return reader.root.get("xml")
