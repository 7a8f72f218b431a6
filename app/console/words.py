"""What templates may say: moments in Shanghai, money, numbers, names, and how late it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask import g

from base import calendar, clock, money, numbers, texts
from people import operators
from people.operators import Operator

from ..runtime import here
from . import alarms, assets, navigation
from .county import county
from .guard import who

YELLOW_AT: Final = 1


@dataclass(frozen=True)
class Mark:
    """How near a due day is: `tone` calm, yellow or red, and the words beside the colour."""

    tone: str
    words: str


def context() -> dict[str, Any]:
    """The names every template of the console knows."""
    operator = who()
    return {
        "operator": operator,
        "menu": navigation.menu(operator),
        "counts": _counts(operator),
        "back": navigation.back(),
        "county": county(),
        "asset": assets.url,
        "say": texts.say,
        "table": texts.table,
        "moment": moment,
        "day": day,
        "mark": mark,
        "yuan": money.yuan,
        "spoken": numbers.spoken,
        "actor": actor,
        "may": lambda right: operator is not None and navigation.may(operator, right),
        "today": clock.today(),
    }


def _counts(operator: Operator | None) -> dict[str, int]:
    """How many wait behind a row of the menu, where the menu says so."""
    if operator is None or not navigation.may(operator, "alarm.see"):
        return {}
    return {"alarms": alarms.waiting()}


def moment(at: datetime | None) -> str:
    """A moment as it was in Shanghai, to the minute."""
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def day(found: date | str | None) -> str:
    """A day as it stands in tables."""
    return str(found) if found else ""


def mark(due: date | str) -> Mark:
    """How near a due day is, in working days: yellow on the last two, red once it has passed."""
    last = date.fromisoformat(due) if isinstance(due, str) else due
    left = calendar.working_days_left(last)
    if last < clock.today():
        late = -left
        return Mark(
            "red", texts.say("console.mark.late" if late else "console.mark.past", days=late)
        )
    if last == clock.today():
        return Mark("yellow", texts.say("console.mark.today"))
    tone = "yellow" if left <= YELLOW_AT else "calm"
    return Mark(tone, texts.say("console.mark.left", days=left))


def actor(name: str) -> str:
    """Who did something, as an operator reads it: a colleague by name, a resident never."""
    kind, _, rest = name.partition(":")
    if kind != "operator":
        return texts.say(f"console.actors.{kind}")
    kept: dict[str, str] = g.setdefault("actors", {})
    if rest not in kept:
        kept[rest] = _colleague(rest)
    return kept[rest]


def _colleague(username: str) -> str:
    try:
        return operators.get(here().db, username).name
    except operators.NoSuchOperator:
        return texts.say("console.actors.gone", username=username)
