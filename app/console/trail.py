"""Who looked at or did what, asked by its subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base import audit, numbers, texts
from base.errors import Missing

from ..runtime import here
from .guard import needs

blueprint = Blueprint("trail", __name__, url_prefix="/audit")

_NUMBERED = ("case", "ticket", "bill")
_MOST = 100
# Where the codes of a fact have their words, if not among the whys.
_WORDS = {"reason": "payments.quarantine"}


@dataclass(frozen=True)
class Entry:
    """One line of the record, in words."""

    at: datetime
    actor: str
    act: str
    facts: str


@blueprint.get("")
@needs("audit.see")
def page() -> ResponseReturnValue:
    """The latest lines about one subject."""
    kind, name = request.args.get("kind", "case"), request.args.get("name", "").strip()
    kinds: dict[str, str] = texts.table("console.subjects")
    if kind not in kinds:
        raise Missing
    rows = _lines(kind, name) if name else None
    return render_template("console/trail.html", rows=rows, kind=kind, name=name, kinds=kinds)


def _lines(kind: str, name: str) -> list[Entry]:
    plain = numbers.tidy(name) if kind in _NUMBERED else name
    rows = audit.of_subject(here().db, f"{kind}:{plain}", _MOST)
    return [
        Entry(row["at"], row["actor"], _named("console.acts", row["act"]), _said(row["facts"]))
        for row in rows
    ]


def _said(facts: dict[str, Any]) -> str:
    """The facts of a line: what kind of fact it is and, where somebody has worded it, what."""
    return texts.say("console.comma").join(
        f"{_named('console.facts', key)}{_worded(key, value)}" for key, value in facts.items()
    )


def _worded(fact: str, value: object) -> str:
    """A why such as "reveal:applicant_id_no" in words, what follows the colon left as it is."""
    code, colon, rest = str(value).partition(":")
    return _named(_WORDS.get(fact, "console.whys"), code) + colon + rest


def _named(table: str, code: str) -> str:
    """The words for a code; the code itself while nobody has worded it."""
    words: dict[str, str] = texts.table(table)
    return words.get(code, code)
