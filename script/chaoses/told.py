"""What the messages say that a row of chaos or a bench sends."""

import tomllib
from pathlib import Path
from typing import Final

_TABLE = tomllib.loads((Path(__file__).parent / "told.toml").read_text("utf-8"))
MONEY: Final[dict[str, str]] = _TABLE["money"]
STATES: Final[tuple[str, ...]] = tuple(_TABLE["states"])


def values(number: str, state: str = STATES[0]) -> dict[str, object]:
    """What a message about a case asks for."""
    return {**_TABLE["values"], "number": number, "state": state}
