"""What people are told: written once by key, sent by a promise (see ledger), read in the inbox.

Whatever becomes of the push, the words stay in the resident's inbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from base import clock, outbox, privacy, texts
from base.errors import Missing
from base.store import Database, add

from . import cases, moves, store, templates
from .records import Case, Step
from .store import MessageRow

WORDS: Final = "message.words"
_MOST_UNREAD: Final = 99
INBOX: Final = "inbox"
SEND: Final = "message.send"


class NoSuchMessage(Missing):
    """No message has this key, or it is another resident's."""

    code = "no_such_message"


@dataclass(frozen=True)
class Message:
    """A message in words, and how far it has come; `state` is one of tracking.ledger's.

    `channel` is oa, mp, biz, sms or inbox. `parameters` fill its text message, where it has one.
    """

    key: str
    kind: str
    about: str
    resident: str
    title: str
    words: str
    link: str
    page: str
    data: Mapping[str, dict[str, str]]
    parameters: Sequence[str]
    state: str
    channel: str | None
    msgid: str | None
    reason: str | None
    tries: int
    read: bool
    at: datetime
    row: MessageRow = field(repr=False, compare=False)


def tell(
    db: Database,
    *,
    key: str,
    kind: str,
    resident: str,
    values: templates.Values,
    link: str | None = None,
) -> bool:
    """Write a message down once, with the promise "message.send"; False when it was there.

    `values` are what the kind's sentences in config/messages.toml ask for (see templates.plain and
    `about`); a missing one raises KeyError at once. `number` among them is the case, ticket or talk
    it is about. `link` replaces the kind's own.
    """
    words = _rendered(kind, templates.plain(values))
    words["link"] = link or words["link"]
    moment = clock.now()
    turn = f"{moment:%Y%m%d%H%M%S%f}:{key}"
    row = {
        "_id": key,
        "kind": kind,
        "about": values.get("number"),
        "resident": resident,
        "words": privacy.seal_json(words, WORDS),
        "template": templates.used(kind),
        "state": "waiting",
        "urgent": templates.kinds()[kind].urgent,
        "turn": turn,
        "open": True,
        "read": False,
        "history": [],
        "created": moment,
        "changed": moment,
    }
    sending = outbox.promise(SEND, resident=resident, turn=turn)
    return add(store.messages(db), {**row, **_UNTRIED, **outbox.pledged(sending)})


_UNTRIED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "channel": None,
        "address": None,
        "client": None,
        "msgid": None,
        "reason": None,
        "opened": None,
        "again": None,
        "repeated": False,
        "passed": [],
        "tries": 0,
        "round": 0,
    }
)


def about(db: Database, case: Case, kind: str | None = None, **more: object) -> dict[str, object]:
    """What every message about a case may say; `more` adds or replaces, e.g. bill="2026…".

    With a `kind` it is said as of the move that this kind tells about, for the case may have gone
    on before its message is written.
    """
    step, listed = _told(case, kind), cases.defects(db, case.number)
    day = step.due or (case.deadline.due_day if case.deadline else "")
    lines = (f"{place}. {each['words']}" for place, each in enumerate(listed, 1))
    return {
        "service": case.service_name,
        "number": case.number,
        "state": texts.say(f"tracking.states.{step.to}"),
        "agency": case.agency_name,
        "at": step.at,
        "day": day,
        "note": cases.note_of(step),
        "amount": case.payment.amount,
        "bill": case.payment.bill,
        "count": len(listed),
        "defects": "\n".join(lines),
    } | more


def _told(case: Case, kind: str | None) -> Step:
    """The line of the history that a kind of message is about; the last one by default."""
    effect = (kind or "").replace("_", ".", 1)
    told = [step for step in case.history if effect in moves.told_by(step.move)]
    return told[-1] if told else case.history[-1]


def _rendered(kind: str, said: Mapping[str, str]) -> dict[str, Any]:
    """The words of a message, kept as they were told; KeyError or Unfit on a wording's fault."""
    found = templates.kinds()[kind]
    return {
        "title": found.title.format(**said),
        "words": found.words.format(**said),
        "link": found.link.format(**said),
        "page": found.page.format(**said),
        "data": templates.data(found, said),
        "parameters": templates.parameters(found, said),
    }


def opened(row: MessageRow) -> Message:
    """A row of the ledger in words; the key of one that is about no number begins with another."""
    return Message(
        key=row["_id"],
        kind=row["kind"],
        about=row.get("about") or row["_id"].partition(":")[0],
        resident=row["resident"],
        state=row["state"],
        channel=row["channel"],
        msgid=row["msgid"],
        reason=row["reason"],
        tries=row["tries"],
        read=row["read"],
        at=row["created"],
        row=row,
        **privacy.open_json(row["words"], WORDS),
    )


def get(db: Database, key: str) -> Message:
    """One message; raises NoSuchMessage."""
    row = store.messages(db).find_one({"_id": key})
    if row is None:
        raise NoSuchMessage
    return opened(row)


def of(db: Database, resident: str, limit: int = 20) -> list[Message]:
    """A resident's inbox, newest first."""
    rows = store.messages(db).find({"resident": resident}).sort("created", -1).limit(limit)
    return [opened(row) for row in rows]


def unread(db: Database, resident: str) -> int:
    """How many messages a resident has not read, at most ninety-nine."""
    waiting: dict[str, Any] = {"resident": resident, "read": False}
    return store.messages(db).count_documents(waiting, limit=_MOST_UNREAD)


def mark_read(db: Database, resident: str) -> None:
    """Note that a resident has seen her inbox."""
    unseen: dict[str, Any] = {"resident": resident, "read": False}
    store.messages(db).update_many(unseen, {"$set": {"read": True}})


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand the inbox of a merged resident on; repeating is harmless."""
    change = {"$set": {"resident": into_resident}}
    store.messages(db).update_many({"resident": from_resident}, change)
