"""What was said in a chat lately, and what we answered: for the human who takes over."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from base import privacy
from handlers import store as chats
from handlers.store import Answered
from people.records import Account

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
    pushes = store.latest(runtime.db, store.who(account, openid), before, _LINES * 2)
    chat = chats.dialogue(runtime.db, Account(account, "", openid).key)
    read = [each for each in chat.get("lately", ()) if each["body"]] if chat else []
    day = [each for each in read if before - store.LATELY <= each["at"] <= before]
    every: list[PushRow | Answered] = [*pushes, *day]
    rows = sorted(every, key=lambda row: row["at"], reverse=True)
    told = [_line(row["at"], row["body"], row["reply"]) for row in rows if "reply" in row]
    return [each for each in told if each["said"]][:_LINES][::-1]


def _line(at: datetime, told: str, reply: str) -> dict[str, str]:
    return {
        "at": at.isoformat(),
        "said": _words(privacy.open_json(told, _BODY))[:_LONGEST],
        "answered": _answered(privacy.open(reply, _REPLY))[:_LONGEST],
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
