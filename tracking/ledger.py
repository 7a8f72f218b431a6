"""How far each message has come: every step one guarded write, with its line in the story.

A message waits, is sending, and then is sent (a channel took it), waits again (for the next
channel, or for another try) or is unknown (it may have been sent, nobody said). What was sent
arrives, or the channel reports that it did not and it waits for the next one. It ends refused
(the person does not want it anywhere), failed (a fault of ours), given_up (no way but the inbox)
or unknown for good. Messages of one resident go out one after another; see `line`.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from base import clock, outbox
from base.errors import Unreachable
from base.store import Database

from . import messages, store
from .messages import INBOX, SEND, Message, NoSuchMessage
from .store import MessageLine, MessageRow
from .ways import Way

OPEN: Final = ("waiting", "sending")
UNSETTLED: Final = (*OPEN, "unknown")
ENDED: Final = ("refused", "failed", "given_up", "unknown")
"""States from which an operator may have a message sent again."""

ONCE: Final = timedelta(minutes=10)
"""How long the platform knows a template message by its client_msg_id."""

DOUBT: Final = timedelta(minutes=5)
"""How long the platform's word on an interrupted send is waited for."""

STOPPED: Final = "stopped"
"""Why a way is closed whose template is of no use: a fault of ours."""

MARGIN: Final = timedelta(seconds=30)
_KEPT: Final = 50
_AFTER: Final = timedelta(seconds=5)
_SOON: Final = timedelta(seconds=2)
_PATIENCE: Final = timedelta(seconds=5)
"""How soon one that waits looks again when it may meet the ring of one under way."""

_MISSED: Final = timedelta(seconds=30)
"""How late a ring is noticed that a killed worker did not ring."""


def note(outcome: str, channel: str | None, reason: str | None = None) -> MessageLine:
    """A line of the story, as of now."""
    return MessageLine(at=clock.now(), outcome=outcome, channel=channel, reason=reason)


# Whose turn it is


def line(
    db: Database, key: str, resident: str = "", turn: str = ""
) -> tuple[Message | None, MessageRow | None]:
    """A message that has not come to its end, and the one of the same resident before it.

    `resident` and `turn` as they were told save a read. Raises NoSuchMessage.
    """
    found = _up_to(db, resident, turn) if resident else []
    if not found or found[0]["_id"] != key:
        row = store.messages(db).find_one({"_id": key})
        if row is None:
            raise NoSuchMessage
        found = _up_to(db, row["resident"], row["turn"]) if row.get("open") else [row]
    message = messages.opened(found[0])
    return (message, _before(db, found)) if message.state in UNSETTLED else (None, None)


def _up_to(db: Database, resident: str, turn: str, **more: object) -> list[MessageRow]:
    """A resident's open messages up to a turn, the last two of them, latest first."""
    asked: dict[str, Any] = {"resident": resident, "open": True, "turn": {"$lte": turn}}
    return list(store.messages(db).find(asked | more).sort("turn", -1).limit(2))


def _before(db: Database, found: list[MessageRow], **more: object) -> MessageRow | None:
    """The one before the first of those found; what is stuck holds nobody."""
    last = found[1:]
    if last and last[0].get("stuck"):
        last = _up_to(db, last[0]["resident"], last[0]["turn"], stuck=None, **more)
    return last[0] if last else None


def urgent_before(db: Database, message: Message) -> MessageRow | None:
    """The urgent message before an urgent one, which waits for no other."""
    return _before(db, _up_to(db, message.resident, message.row["turn"], urgent=True), urgent=True)


def wait_for(db: Database, message: Message, before: MessageRow) -> None:
    """Raise Unreachable until the message before is through, which rings; return when it is."""
    guard: dict[str, Any] = {"_id": before["_id"], "open": True}
    asked = store.messages(db).update_one(guard, {"$set": {"awaited": message.key}})
    if not asked.matched_count:
        return
    moment = clock.now()
    until = max(before.get("due", moment) + _AFTER, moment + _MISSED)
    if before["state"] == "sending":
        until = moment + _PATIENCE
    raise Unreachable("ledger", reason="another is before it", until=until)


def _ring(db: Database, key: str) -> None:
    """Let a message that waits for the one before look again at once."""
    row = store.messages(db).find_one({"_id": key}, {"outbox": 1})
    for each in row["outbox"].values() if row else ():
        if each["effect"] == SEND:
            outbox.again(store.messages(db), key, each["id"])


# Steps of a try


def start(db: Database, message: Message, way: Way, told: list[MessageLine]) -> Message | None:
    """Open a send before the call is made; None when the message has moved on.

    An interrupted send of the same channel is repeated: one that is `sending` under the id and
    since the moment it was first opened, one that is `unknown` for the last time.
    """
    row, channel, moment = message.row, way.channel, clock.now()
    same = row["channel"] == channel
    resumed = same and row["state"] == "sending"
    repeated = same and row["state"] == "unknown"
    fresh = {
        "state": "sending",
        "channel": channel,
        "address": way.address,
        "client": client_id(message.key, channel, row["round"]),
        "msgid": None,
        "opened": row["opened"] if resumed else moment,
        "again": None,
        "repeated": repeated,
        "tries": row["tries"] + 1,
    }
    word = "repeated" if resumed or repeated else "opened"
    return _write(db, message, [*told, note(word, channel) | {"credit": way.credit}], fresh)


def client_id(key: str, channel: str, nth: int) -> str:
    """The idempotency id of every try of one message by one channel; 32 hex digits."""
    return hashlib.sha256(f"{key}:{channel}:{nth}".encode()).hexdigest()[:32]


def accepted(db: Database, message: Message, msgid: str | None) -> Message | None:
    """Note that a channel took the message."""
    fresh = {"state": "sent", "msgid": msgid, "reason": None}
    return _write(db, message, [note("sent", message.channel)], fresh, last=True)


def put_back(
    db: Database, message: Message, reason: str, *, unsure: bool = False
) -> Message | None:
    """Note that this try sent nothing, or so the channel says, and that it is tried later.

    One that repeated another leaves it in doubt, as it was, and listed so.
    """
    row, line = message.row, note("unsure" if unsure else "delayed", message.channel, reason)
    state = "waiting"
    if row["history"][-1]["outcome"] == "repeated":
        state = "unknown" if row["repeated"] else "sending"
    again = {"again": clock.now()} if state == "unknown" else {}
    fresh = {"state": state, "reason": reason, "repeated": False, **again}
    return _write(db, message, [line], fresh)


def unsure(row: MessageRow) -> bool:
    """Whether an earlier try by the channel that is being tried may have sent the message."""
    told = [each["outcome"] for each in this_round(row) if each["channel"] == row["channel"]]
    return row["channel"] not in row["passed"] and (row["repeated"] or "unsure" in told)


def passed(db: Database, message: Message, outcome: str, reason: str) -> Message | None:
    """Note that a channel did not take the message ("refused" or "failed"): on to the next."""
    channels = [*message.row["passed"], message.channel]
    fresh = {"state": "waiting", "passed": channels, "reason": reason, "repeated": False}
    return _write(db, message, [note(outcome, message.channel, reason)], fresh)


def doubt(db: Database, message: Message, reason: str, *, repeated: bool = False) -> datetime:
    """Note that nobody knows whether the message was sent; until when the platform's word counts.

    Counted from the moment the send was opened; a repetition counts anew. What has been `repeated`
    is not repeated again.
    """
    opened = message.row["opened"] or clock.now()
    again = max(opened + DOUBT, clock.now() + _SOON)
    fresh = {"state": "unknown", "again": again, "reason": reason}
    fresh["repeated"] = repeated or message.row["repeated"]
    _write(db, message, [note("unknown", message.channel, reason)], fresh)
    return again


def settle(db: Database, message: Message, notes: list[MessageLine]) -> Message | None:
    """End a message that no channel took; the inbox has it.

    `failed` where a channel found a fault of ours, `refused` where the person does not want it,
    `sent` to the inbox where she has switched every other channel off, else `given_up`.
    """
    story = [*this_round(message.row), *notes]
    told = {each["outcome"]: each["reason"] for each in story}
    muted = any(each["reason"] == "muted" for each in story)
    state = next((each for each in ("failed", "refused") if each in told), "given_up")
    reason = told.get(state) or ("muted" if muted else None)
    if state == "given_up" and muted:
        state = "sent"
    fresh = {"state": state, "channel": INBOX, "reason": reason}
    return _write(db, message, [*notes, note(state, INBOX, fresh["reason"])], fresh, last=True)


def this_round(row: MessageRow) -> list[MessageLine]:
    """The story since an operator had the message sent again, or from its beginning."""
    told = row["history"]
    begun = [place for place, each in enumerate(told) if each["outcome"] == "again"]
    return told[begun[-1] + 1 :] if begun else told


def again(db: Database, key: str, by: str) -> bool:
    """Send a message that reached nobody once more through every channel; False when it has not.

    An operator's hand, and a new round: the platform takes it for a new message.
    """
    row = store.messages(db).find_one({"_id": key})
    if row is None or row["state"] not in ENDED:
        return False
    fresh = {"state": "waiting", "passed": [], "repeated": False, "round": row["round"] + 1}
    told = [note("again", None) | {"by": by}]
    fresh |= {"reason": None, "again": None}
    return _write(db, messages.opened(row), told, fresh, _send(row)) is not None


def _send(row: MessageRow) -> outbox.Promise:
    return outbox.promise(SEND, resident=row["resident"], turn=row["turn"])


def arrived(db: Database, message: Message, msgid: str) -> Message | None:
    """Note that a channel has shown the message."""
    fresh = {"state": "arrived", "msgid": msgid or message.msgid, "reason": None}
    return _write(db, message, [note("arrived", message.channel)], fresh)


def bounced(
    db: Database, message: Message, msgid: str, outcome: str, reason: str
) -> Message | None:
    """Note that a channel took the message and did not show it: on to the next."""
    fresh: dict[str, Any] = {"state": "waiting", "repeated": False, "reason": reason}
    fresh |= {"passed": [*message.row["passed"], message.channel]}
    fresh |= {"msgid": msgid or message.msgid}
    told = [note(outcome, message.channel, reason)]
    return _write(db, message, told, fresh, _send(message.row))


# The one write


def _write(
    db: Database,
    message: Message,
    told: list[MessageLine],
    fresh: dict[str, Any],
    *promises: outbox.Promise,
    last: bool = False,
) -> Message | None:
    """The guarded write of a step, from the state and try that were read; None when it moved on.

    A step that lets later messages go rings the one that waits for it; the `last` of a delivery
    strikes out its promise.
    """
    rows = store.messages(db)
    row, ends = message.row, fresh["state"] not in OPEN
    while True:
        guard: dict[str, Any] = {key: row[key] for key in ("_id", "state", "tries", "round")}
        update: dict[str, Any] = {"$set": fresh | {"changed": clock.now()}}
        update["$push"] = {"history": {"$each": told, "$slice": -_KEPT}}
        if ends:
            guard["awaited"] = row.get("awaited")
            update["$unset"] = {"open": "", "awaited": ""}
        else:
            update["$set"]["open"] = True
        if last and outbox.finish(rows, guard, update):
            break
        if not last and rows.update_one(guard, outbox.pledge(update, *promises)).modified_count:
            break
        found = rows.find_one({"_id": row["_id"]})
        if found is None or any(found[key] != row[key] for key in ("state", "tries", "round")):
            return None
        row = found
    if ends and row.get("awaited"):
        _ring(db, row["awaited"])
    now: Any = {**row, **fresh, "history": [*row["history"], *told]}
    shown = {name: now[name] for name in ("state", "channel", "msgid", "reason", "tries")}
    return replace(message, **shown, row=now)
