"""Photos from the chat: fetched from the platform after the ticket they belong to was filed."""

from typing import TYPE_CHECKING, Literal

from base.errors import Problem
from feedback.enclosing import enclose

from ..logs import log
from .verdicts import Refused

if TYPE_CHECKING:
    from ..runtime import Runtime

_NAME = "photo"


def fetch(runtime: "Runtime", _id: str, *, ticket: str, kind: str, media_id: str) -> None:
    """Keep "photo.fetch": add one photo to its ticket, once.

    A photo the platform no longer has, or one that is none, is given up: the ticket stands.
    """
    account: Literal["oa", "mp"] = "oa" if kind == "oa" else "mp"
    try:
        content = runtime.wechat.media(account, media_id)
        enclose(runtime.db, ticket, media_id, _NAME, content)
    except Refused as refusal:
        if refusal.retry:
            raise
        log.warning("photo lost", ticket=ticket, reason=refusal.reason)
    except Problem as problem:
        log.warning("photo refused", ticket=ticket, code=problem.code)
