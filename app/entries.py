"""What machines find at the door (app/door.py): addresses, and what is said there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
