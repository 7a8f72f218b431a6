"""What messages say: config/messages.toml, its sentences filled and fitted to the platform."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from base import clock, money, numbers

from . import fitting
from .days import spoken_day
from .store import TemplateRow, WayRow

FILE: Final = Path(__file__).parent.parent / "config" / "messages.toml"
Values = Mapping[str, object]
Data = Mapping[str, Mapping[str, str]]
PUSHED: Final = ("oa", "mp", "biz")
"""WeChat's channels: template messages of the official account, subscription messages of the
mini-program, and subscription notices of the official account, which need no follower."""

_BLANK: Final = re.compile(r"\{\d+\}", re.ASCII)
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Keyword:
    """One place of a template: its key, its label, and the choices of a const or enum."""

    key: str
    label: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """A template as registered with the platform; an id is None where a channel has it not."""

    name: str
    ids: Mapping[str, str | None]
    title: str
    keywords: tuple[Keyword, ...]
    long_term: bool

    def version(self) -> str:
        """A digest of what it looks like, eight signs; another one once the table is changed."""
        told = [self.title, [[each.key, each.label, each.choices] for each in self.keywords]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]

    def takes(self, data: "Data") -> bool:
        """Whether data have the keys it has, and words it knows where it knows but a few."""
        return {each.key for each in self.keywords} == data.keys() and all(
            not each.choices or data[each.key]["value"] in each.choices for each in self.keywords
        )


@dataclass(frozen=True)
class Kind:
    """One kind of message: inbox title and words, template with its values, where it leads."""

    name: str
    title: str
    words: str
    link: str
    page: str
    template: Template
    values: Mapping[str, str]
    group: str
    channels: Sequence[str]
    urgent: bool = False
    sms: "Sms | None" = None
    sms_values: Sequence[str] = ()


@dataclass(frozen=True)
class Sms:
    """A text message as approved by the carriers: {1}, {2} … are filled in order."""

    name: str
    id: str
    text: str


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Every template by its name."""
    return {name: _template(name, row) for name, row in _table()["templates"].items()}


def _template(name: str, row: Mapping[str, Any]) -> Template:
    return Template(
        name=name,
        ids={channel: row.get(f"{channel}_id") for channel in PUSHED},
        title=row["title"],
        keywords=tuple(
            Keyword(each["key"], each["label"], tuple(each.get("choices", ())))
            for each in row["keywords"]
        ),
        long_term=row["long_term"],
    )


def by_id(id: str) -> Template | None:
    """The template registered under a platform's id, or None when it is none of ours."""
    return next((each for each in templates().values() if id in each.ids.values()), None)


def popups(channel: str, most: int) -> list[list[Template]]:
    """A channel's templates as its popups take them: so many at once, what lasts never with what
    serves once, and what lasts first.
    """
    known = [each for each in templates().values() if each.ids[channel]]
    kinds = [[each for each in known if each.long_term is lasting] for lasting in (True, False)]
    return [kind[at : at + most] for kind in kinds for at in range(0, len(kind), most)]


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Every kind of message by its name."""
    return {name: _kind(name, row) for name, row in _table()["kinds"].items()}


def _kind(name: str, row: Mapping[str, Any]) -> Kind:
    known: dict[str, Any] = {"name": name, "template": templates()[row["template"]]}
    known["sms"] = texts_by_phone()[row["sms"]] if "sms" in row else None
    return Kind(**{"channels": tuple(_table()["channels"])} | dict(row) | known)


@lru_cache(maxsize=1)
def texts_by_phone() -> Mapping[str, Sms]:
    """Every text message template by its name."""
    return {name: Sms(name, **row) for name, row in _table()["sms"].items()}


def used(kind: str) -> TemplateRow:
    """What a message of a kind is written for as the table stands; no way of a lost kind is open.

    The row goes with the message, which is sent by it however the table has changed by then.
    """
    known = kinds().get(kind)
    if known is None:
        lost = [WayRow(channel=each, template="") for each in channels()]
        return TemplateRow(version="", group="", ways=lost)
    ids = {**known.template.ids, "sms": known.sms.id if known.sms else None}
    ways = [WayRow(channel=each, template=ids[each]) for each in known.channels]
    return TemplateRow(version=known.template.version(), group=known.group, ways=ways)


def fits(channel: str, id: str, data: Data, parameters: Sequence[str]) -> bool:
    """Whether the table still knows a template that takes what was once written for it."""
    if channel == "sms":
        text = next((each.text for each in texts_by_phone().values() if each.id == id), "")
        return bool(text) and len(set(_BLANK.findall(text))) == len(parameters)
    known = by_id(id)
    return known is not None and known.takes(data)


def groups() -> Mapping[str, str]:
    """The groups a resident may switch channels off for: name by key, in the order shown."""
    found: Mapping[str, str] = _table()["groups"]
    return found


def channels() -> Sequence[str]:
    """Every channel, in the order they are tried unless a kind says otherwise."""
    return tuple(_table()["channels"])


def plain(values: Values) -> dict[str, str]:
    """Values as words: moments and days of Shanghai, fen as yuan, numbers as they are read aloud.

    `number` in fifteen digits yields `{number}` as spoken and `{plain}` as it stands in links;
    `at` is now unless it is given.
    """
    said = {key: _word(key, value) for key, value in ({"at": clock.now()} | dict(values)).items()}
    digits = said.get("number", "").replace("-", "")
    if len(digits) == 15 and digits.isdigit():
        said |= {"plain": digits, "number": numbers.spoken(digits)}
    return said


def _word(key: str, value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date) or (key == "day" and _ISO_DAY.fullmatch(str(value))):
        return spoken_day(str(value))
    if key == "amount" and isinstance(value, int):
        return money.yuan(value)
    return "" if value is None else str(value)


def data(kind: Kind, said: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The template's data as the platform takes it; raises KeyError or fitting.Unfit."""
    return {
        keyword.key: {
            "value": fitting.fit(
                keyword.key, kind.values[keyword.key].format(**said), keyword.choices
            )
        }
        for keyword in kind.template.keywords
    }


def parameters(kind: Kind, said: Mapping[str, str]) -> list[str]:
    """What fills the kind's text message, each fitted to what carriers take; raises KeyError."""
    return [fitting.fit("thing0", value.format(**said)) for value in kind.sms_values]
