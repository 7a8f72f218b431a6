"""Every word a resident or an operator reads, looked up in config/texts/ by key."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import Problem

FOLDER = Path(__file__).parent.parent / "config" / "texts"


@lru_cache(maxsize=1)
def _all() -> dict[str, Any]:
    """{file stem: table}; the files of errors/ are merged under "errors"."""
    found: dict[str, Any] = {
        path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))
    }
    errors: dict[str, Any] = {}
    for path in sorted((FOLDER / "errors").glob("*.toml")):
        errors |= tomllib.loads(path.read_text("utf-8"))
    return found | {"errors": errors}


def table(key: str) -> Any:
    """Whatever lies under a dotted key: a string or a table of more.

    Raises KeyError when there is nothing: a missing word is a bug, not an empty string.
    """
    found: Any = _all()
    for part in key.split("."):
        found = found[part]
    return found


def say(key: str, **values: object) -> str:
    """The sentence under a dotted key with its {placeholders} filled."""
    sentence = table(key)
    if not isinstance(sentence, str):
        raise KeyError(key)
    return sentence.format(**values)


def explain(problem: Problem) -> str:
    """The sentence that tells a person about a problem."""
    return say(f"errors.{problem.code}", **problem.values)
