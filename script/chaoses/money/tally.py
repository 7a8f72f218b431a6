"""What was run of the machine, counted."""

import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from hypothesis.stateful import rule

COUNTS = ("steps", "crashes", "commands")


@dataclass
class Tally:
    """What was run: sequences long enough, steps by kind, crashes by verb, command and side.

    `commands` counts at how many of its commands a verb was killed, `broken` tells what went wrong.
    """

    sequences: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Tally":
        """As it was told in JSON."""
        counts = {name: Counter(told.get(name, {})) for name in COUNTS}
        return cls(told.get("sequences", 0), **counts, broken=list(told.get("broken", [])))

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {name: dict(getattr(self, name)) for name in COUNTS}

    def add(self, other: "Tally") -> None:
        """Count another one in."""
        self.sequences += other.sequences
        self.steps += other.steps
        self.crashes += other.crashes
        self.commands += other.commands
        self.broken += other.broken


def step(**drawn: Any) -> Callable[[Callable[..., Any]], Any]:
    """A rule of the machine whose every step is counted under its name."""

    def counted(act: Callable[..., Any]) -> Any:
        @wraps(act)
        def done(self: Any, *given: Any, **named: Any) -> Any:
            self.tally.steps[act.__name__] += 1
            return act(self, *given, **named)

        done.__signature__ = inspect.signature(act)  # type: ignore[attr-defined]
        dressed: Any = rule(**drawn)
        return dressed(done)

    return counted
