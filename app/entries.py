"""What machines find at the door (app/door.py): addresses, and what is said there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from .runtime import Runtime

FAILURE: Final = "banshitong.failure"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: bytes, their type (none when there is nothing to say), and the status."""

    content: bytes
    kind: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """An address for machines: its route, and what answers a POST, given the request's id."""

    route: str
    act: "Callable[[Runtime, dict[str, Any], str], Said]"


def posted(environ: dict[str, Any], most: int) -> bytes | None:
    """What was posted, read to `most` bytes whatever its header says; None when it is longer."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > most:
        return None
    raw = get_input_stream(environ).read(most + 1)
    return raw if len(raw) <= most else None
