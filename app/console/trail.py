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

KINDS = ("case", "ticket", "bill", "operator", "resident", "company", "message", "effect")
_NUMBERED = ("case", "ticket", "bill")
_MOST = 100


@dataclass(frozen=True)
class Entry:
    """One line of the record, in words."""

    at: datetime
    actor: str
    act: str
    facts: dict[str, Any]


@blueprint.get("")
@needs("audit.see")
def page() -> ResponseReturnValue:
    """The latest lines about one subject."""
    kind, name = request.args.get("kind", "case"), request.args.get("name", "").strip()
    if kind not in KINDS:
        raise Missing
    rows = _lines(kind, name) if name else None
    return render_template("console/trail.html", rows=rows, kind=kind, name=name, kinds=KINDS)


def _lines(kind: str, name: str) -> list[Entry]:
    plain = numbers.tidy(name) if kind in _NUMBERED else name
    acts: dict[str, str] = texts.table("console.acts")
    return [
        Entry(row["at"], row["actor"], acts.get(str(row["act"]), str(row["act"])), row["facts"])
        for row in audit.of_subject(here().db, f"{kind}:{plain}", _MOST)
    ]
