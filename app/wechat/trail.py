"""What was said in a chat lately, and what we answered: for the human who takes over."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from base import privacy

from . import body, store
from .store import PushRow

if TYPE_CHECKING:
    from ..runtime import Runtime

_BODY: Final = "push.body"
_REPLY: Final = "push.reply"
_LINES: Final = 8
_LONGEST: Final = 200


def lines(runtime: "Runtime", account: str, openid: str, before: datetime) -> list[dict[str, str]]:
    """The last exchanges of an account on the day before a moment, oldest first.

    Each is {"at" (ISO), "said", "answered"}, shortened; events are left out.
    """
    rows = store.latest(runtime.db, store.who(account, openid), before, _LINES * 2)
    told = [_line(row) for row in rows if "reply" in row]
    return [each for each in told if each["said"]][:_LINES][::-1]


def _line(row: PushRow) -> dict[str, str]:
    fields = privacy.open_json(row["body"], _BODY)
    answer = privacy.open(row["reply"], _REPLY)
    return {
        "at": row["at"].isoformat(),
        "said": _words(fields)[:_LONGEST],
        "answered": _answered(answer)[:_LONGEST],
    }


def _words(fields: dict[str, Any]) -> str:
    said = fields.get("Content") or fields.get("Recognition") or fields.get("Label")
    return said if isinstance(said, str) else ""


def _answered(rendered: str) -> str:
    """The words of a rendered answer; none of what is no text."""
    try:
        fields = body.parse(rendered.encode(), "json" if rendered[:1] == "{" else "xml")
    except body.BadBody:
        return ""
    said = fields.get("Content")
    return said if isinstance(said, str) else ""
