"""Conditions of visibility, of fees and of papers: {field, equals} over the answers given."""

from collections.abc import Mapping
from typing import Any


def holds(when: Mapping[str, Any] | None, answers: Mapping[str, Any]) -> bool:
    """Whether a condition is met; none at all is always met, a list of choices by any of them."""
    if when is None:
        return True
    given, wanted = answers.get(when["field"]), when["equals"]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    given = given if isinstance(given, list) else [given]
    return any(same(one, other) for one in given for other in wanted)


def same(one: object, other: object) -> bool:
    """Equality that tells True from 1."""
    return type(one) is type(other) and one == other
