"""The story so far: who walks, where, with which papers; and how each step is told."""

import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests

from .papers import Papers
from .web import Failed, Service
from .world import Person, Phone, Simulator, unheard_of

WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "story.toml").read_text("utf-8"))
_TROUBLE = (Failed, requests.RequestException, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Where:
    """The addresses of a running platform, and the operators' password."""

    web: str
    simulator: str
    browser_port: int
    password: str


@dataclass(frozen=True)
class Result:
    """How one step went."""

    name: str
    ms: int
    passed: bool
    error: str | None = None

    def shown(self) -> dict[str, Any]:
        """The step as JSON: an error only where there is one."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass
class Resident:
    """Somebody who walks: in WeChat, in the browser, in the mini-program."""

    person: Person
    phone: Phone
    program: Service


@dataclass
class Story:
    """What the steps leave to one another; asking for what a failed step did not leave fails."""

    where: Where
    papers: Papers
    left: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.where.simulator)

    def keep(self, **found: Any) -> None:
        """Leave something to later steps."""
        self.left |= found

    def __getitem__(self, name: str) -> Any:
        if name not in self.left:
            raise Failed(f"an earlier step did not come to {name}")
        return self.left[name]

    def newcomer(self, **given: Any) -> Resident:
        """Somebody the county has never seen."""
        names = WORDS["names"]
        return self.resident(unheard_of(names["surnames"], names["given"]), **given)

    def resident(self, name: str, **given: Any) -> Resident:
        """Somebody of this name."""
        person = self.simulator.person(name, **given)
        phone = Phone(person, self.where.browser_port)
        return Resident(person, phone, Service(f"{self.where.web}/api/v1"))


Step = Callable[[Story], None]


def walk(story: Story, steps: Iterable[Step], say: Callable[[Result], None]) -> list[Result]:
    """Take every step and say how it went.

    A step that fails does not stop the walk, unless it is the first: then nobody is there.
    """
    results: list[Result] = []
    for step in steps:
        results.append(_take(story, step))
        say(results[-1])
        if not results[0].passed:
            break
    return results


def _take(story: Story, step: Step) -> Result:
    name = (step.__doc__ or step.__name__).splitlines()[0].rstrip(".")
    began, error = time.monotonic(), None
    try:
        step(story)
    except _TROUBLE as trouble:
        error = f"{type(trouble).__name__}: {trouble}"
    return Result(name, round((time.monotonic() - began) * 1000), error is None, error)


def expect(holds: object, what: str) -> None:
    """Raise Failed saying what is not so."""
    if not holds:
        raise Failed(what)
