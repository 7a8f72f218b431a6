"""The ledger of what people are told: written once by key, sent by a promise, read in the inbox.

A message waits, then is sent (the platform took it) and arrives (the platform reported success),
or fails. Whatever becomes of the push, the words stay in the resident's inbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from base import clock, outbox, privacy, texts
from base.errors import Missing
from base.store import Database, add
from people import residents

from . import cases, moves, store, templates
from .records import Case, Step
from .store import MessageRow

_WORDS: Final = "message.words"
_CHANNELS: Final = ("oa", "mp")
_STUCK_MINUTES: Final = 10
_STUCK_DAYS: Final = 30
_MOST_UNREAD: Final = 99
INBOX: Final = "inbox"


class NoSuchMessage(Missing):
    """No message has this key, or it is another resident's."""

    code = "no_such_message"


@dataclass(frozen=True)
class Message:
    """A message in words: `state` waiting, sent, arrived or failed; `channel` oa, mp or inbox."""

    key: str
    kind: str
    resident: str
    title: str
    words: str
    link: str
    page: str
    data: Mapping[str, dict[str, str]]
    state: str
    channel: str | None
    msgid: str | None
    reason: str | None
    tries: int
    read: bool
    at: datetime


@dataclass(frozen=True)
class Draft:
    """One way to push a message: to whom, by which template, with what, leading where."""

    channel: str
    openid: str
    template: str
    data: Mapping[str, dict[str, str]]
    link: str
    page: str
    long_term: bool


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
    `about`); a missing one raises KeyError at once. `link` replaces the kind's own.
    """
    words = _rendered(kind, templates.plain(values))
    words["link"] = link or words["link"]
    moment = clock.now()
    row = {
        "_id": key,
        "kind": kind,
        "resident": resident,
        "words": privacy.seal_json(words, _WORDS),
        "state": "waiting",
        "channel": None,
        "msgid": None,
        "reason": None,
        "tries": 0,
        "read": False,
        "created": moment,
        "changed": moment,
    }
    return add(store.messages(db), row | outbox.pledged(outbox.promise("message.send")))


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
    }


def _message(row: MessageRow) -> Message:
    return Message(
        key=row["_id"],
        kind=row["kind"],
        resident=row["resident"],
        state=row["state"],
        channel=row["channel"],
        msgid=row["msgid"],
        reason=row["reason"],
        tries=row["tries"],
        read=row["read"],
        at=row["created"],
        **privacy.open_json(row["words"], _WORDS),
    )


def get(db: Database, key: str) -> Message:
    """One message; raises NoSuchMessage."""
    row = store.messages(db).find_one({"_id": key})
    if row is None:
        raise NoSuchMessage
    return _message(row)


def of(db: Database, resident: str, limit: int = 20) -> list[Message]:
    """A resident's inbox, newest first."""
    rows = store.messages(db).find({"resident": resident}).sort("created", -1).limit(limit)
    return [_message(row) for row in rows]


def unread(db: Database, resident: str) -> int:
    """How many messages a resident has not read, at most ninety-nine."""
    waiting: dict[str, Any] = {"resident": resident, "read": False}
    return store.messages(db).count_documents(waiting, limit=_MOST_UNREAD)


def mark_read(db: Database, resident: str) -> None:
    """Note that a resident has seen her inbox."""
    unseen: dict[str, Any] = {"resident": resident, "read": False}
    store.messages(db).update_many(unseen, {"$set": {"read": True}})


def drafts(db: Database, message: Message) -> list[Draft]:
    """The ways a message may be pushed, best first: the official account, then the mini-program.

    Only accounts the resident has, and templates that are registered. A mini-program draft still
    needs a credit (subscriptions.spend). An empty list leaves it to the inbox.
    """
    template = templates.kinds()[message.kind].template
    found = []
    for channel in _CHANNELS:
        id = template.ids[channel]
        openid = residents.account_of(db, message.resident, channel) if id else None
        if id and openid:
            found.append(
                Draft(
                    channel=channel,
                    openid=openid,
                    template=id,
                    data=message.data,
                    link=message.link,
                    page=message.page,
                    long_term=template.long_term,
                )
            )
    return found


def mark_sent(db: Database, key: str, channel: str, msgid: str | None = None) -> bool:
    """Note that the platform took the message, or that the inbox is all there is (INBOX)."""
    fresh = {"state": "sent", "channel": channel, "msgid": msgid, "reason": None}
    return _mark(db, {"_id": key, "state": {"$in": ["waiting", "failed"]}}, fresh)


def mark_failed(db: Database, key: str, reason: str, final: bool) -> bool:
    """Note a failed try by its code; a final one ends the tries and shows in the console."""
    fresh = {"reason": reason} | ({"state": "failed"} if final else {})
    return _mark(db, {"_id": key, "state": "waiting"}, fresh, tried=True)


def mark_reported(db: Database, msgid: str, reason: str) -> bool:
    """Note the platform's report on a message it took: arrived, or not shown for a reason.

    Whether one was waiting for the report.
    """
    became = {"state": "failed", "reason": reason} if reason else {"state": "arrived"}
    return _mark(db, {"msgid": msgid, "state": "sent"}, became)


def again(db: Database, key: str) -> bool:
    """Send a failed message once more, by an operator's hand; False when it has not failed."""
    update = {"$set": {"state": "waiting", "changed": clock.now()}}
    pledged = outbox.pledge(update, outbox.promise("message.send"))
    guard = {"_id": key, "state": "failed"}
    return bool(store.messages(db).update_one(guard, pledged).modified_count)


def _mark(db: Database, guard: dict[str, Any], fresh: dict[str, Any], tried: bool = False) -> bool:
    update = {"$set": fresh | {"changed": clock.now()}, "$inc": {"tries": int(tried)}}
    return bool(store.messages(db).update_one(guard, update).modified_count)


def stuck(db: Database, limit: int = 50) -> list[Message]:
    """What failed in the last thirty days, then what has waited for more than ten minutes."""
    moment = clock.now()
    failed = {"state": "failed", "created": {"$gte": moment - timedelta(days=_STUCK_DAYS)}}
    late = {"state": "waiting", "created": {"$lt": moment - timedelta(minutes=_STUCK_MINUTES)}}
    found: list[Message] = []
    for asked in (failed, late):
        rows = store.messages(db).find(asked).sort("created", 1).limit(limit - len(found) or 1)
        found += [_message(row) for row in rows]
    return found[:limit]


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand the inbox of a merged resident on; repeating is harmless."""
    change = {"$set": {"resident": into_resident}}
    store.messages(db).update_many({"resident": from_resident}, change)
