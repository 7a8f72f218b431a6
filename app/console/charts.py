"""Bars for a page: where each stands in a drawing that the template writes as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 76, 8, 10, 26
_STEPS = (1, 2, 5, 10)
_LINES = 4
_LABELS = 12
_NARROW = 0.72


@dataclass(frozen=True)
class Bar:
    """One bar: its place and size, and what it stands for; `shown` where its label is written."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    shown: bool


@dataclass(frozen=True)
class Line:
    """One line across, at a round value."""

    y: float
    value: int


@dataclass(frozen=True)
class Chart:
    """The bars and the lines behind them."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - 8


def bars(values: Sequence[tuple[str, int]]) -> Chart:
    """A bar for each (label, value); values below zero hang from the line of zero."""
    step = _step(max((abs(value) for _, value in values), default=0))
    top = _ceiling(max([0, *(value for _, value in values)]), step)
    bottom = -_ceiling(-min([0, *(value for _, value in values)]), step)
    span = max(top - bottom, step)

    def height_of(value: int) -> float:
        return round(TOP + (top - value) / span * (HEIGHT - TOP - BOTTOM), 1)

    room = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    every = -(-len(values) // _LABELS) or 1
    drawn = [
        Bar(
            x=round(LEFT + room * (place + (1 - _NARROW) / 2), 1),
            y=min(height_of(value), height_of(0)),
            width=round(room * _NARROW, 1),
            height=round(abs(height_of(value) - height_of(0)), 1),
            label=label,
            value=value,
            shown=place % every == 0,
        )
        for place, (label, value) in enumerate(values)
    ]
    lines = [Line(height_of(value), value) for value in range(bottom, bottom + span + 1, step)]
    return Chart(drawn, lines)


def _step(most: int) -> int:
    """A round number of fen of which a few reach the highest value."""
    power = 100
    while True:
        for each in _STEPS:
            if each * power * _LINES >= most:
                return each * power
        power *= 10


def _ceiling(value: int, step: int) -> int:
    return -(-value // step) * step
