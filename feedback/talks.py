"""Talks with a human, as the rest of the house sees them: opened, taken, answered, ended.

There is one talk per WeChat account, and it is opened again whenever she asks for a human. Lines
lie under ids of their own, so that a message met twice is one line.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from base import audit, clock, numbers, outbox, privacy, sweeping, texts
from base.errors import Conflict
from base.store import Database, add
from people import operators
from people.operators import Operator
from people.residents import Account

from . import filing, lines, rules, store
from .filing import TicketInvalid
from .lines import (
    CLOSED,
    OPEN,
    Line,
    NoSuchTalk,
    Talk,
    ahead,
    get,
    holds,
    id_of,
    line,
    past,
    read,
    running,
)
from .store import TalkRow

__all__ = [
    "Line",
    "NoSuchTalk",
    "Talk",
    "TalkChanged",
    "TalkEnded",
    "TicketInvalid",
    "ahead",
    "close",
    "enclose",
    "forget",
    "get",
    "hear",
    "holds",
    "id_of",
    "lapse",
    "leave",
    "line",
    "note",
    "open",
    "past",
    "read",
    "rehome",
    "remember",
    "reply",
    "running",
    "take",
]

_PATIENCE: Final = 8
_MOST: Final = 200
_LONGEST: Final = 2000

Change = Callable[[TalkRow], dict[str, Any] | None]


class TalkEnded(Conflict):
    """The talk is not open any more."""

    code = "talk_ended"


class TalkChanged(Conflict):
    """Another operator has the talk, or others changed it at every try."""

    code = "talk_changed_meanwhile"


def open(db: Database, account: Account, resident: str, key: str, told: dict[str, Any]) -> Talk:
    """Open the talk of an account, or find it open; once per `key`, with effect "talk.story".

    `told` is what comes before it: {"doing": {"topic", "words"} or None}.
    """
    id, moment = id_of(account.key), clock.now()
    opened: dict[str, Any] = {
        "number": numbers.new(),
        "key": _line_id(key),
        "kind": account.kind,
        "openid": account.openid,
        "resident": resident,
        "state": OPEN,
        "owner": None,
        "opened": moment,
        "heard": moment,
        "until": moment + _silence(),
        "told": privacy.seal_json(told | {"trail": []}, lines.TOLD),
        "ended_by": None,
    }
    owed = outbox.promise("talk.story", key=key)
    fresh = {"_id": id, "version": 1, "lines": {}} | opened | outbox.pledged(owed)
    if not add(store.talks(db), fresh):
        again = outbox.pledge({"$set": opened, "$unset": {"closed": ""}}, owed)
        _change(db, id, lambda row: again if _may_open(row, key) else None)
    return get(db, id)


def _may_open(row: TalkRow, key: str) -> bool:
    return row["state"] == CLOSED and row["key"] != _line_id(key)


def hear(db: Database, account: str, key: str, words: str) -> Talk | None:
    """Add what the resident says to her open talk, once per `key`; None when none is open.

    What was said while it was open and is met again once it has ended is in it all the same.
    """
    said = {"text": _seal(filing.tidy(words)[:_LONGEST]), "sent": ""}

    def spoken(row: TalkRow) -> dict[str, Any] | None:
        if row["state"] != OPEN or _line_id(key) in row["lines"]:
            return None
        update = _added(row, _line_id(key), said | {"by": f"resident:{row['resident']}"})
        update["$set"]["heard"] = clock.now()
        return update

    try:
        row = _change(db, id_of(account), spoken)
    except NoSuchTalk:
        return None
    known = row["state"] == OPEN or _line_id(key) in row["lines"]
    return lines.talk(row, clock.now()) if known else None


def leave(db: Database, account: str, number: str, by: str) -> bool:
    """End the talk of this number, none opened since, by the resident's word; whether we did."""
    try:
        return _end(db, id_of(account), by, None, number)
    except NoSuchTalk:
        return False


def take(db: Database, id: str, operator: Operator) -> Talk:
    """Make a waiting talk one's own, or take it over from a colleague.

    Raises NoSuchTalk, operators.NotAllowed, TalkEnded.
    """
    operators.require(operator, "talk.answer")
    row = _change(db, id, _taken(operator))
    audit.record(db, operator.actor, "talk.take", f"talk:{row['number']}")
    return get(db, id)


def _taken(operator: Operator) -> Change:
    def taken(row: TalkRow) -> dict[str, Any]:
        if row["state"] != OPEN:
            raise TalkEnded
        return {"$set": {"owner": operator.username, "until": clock.now() + _silence()}}

    return taken


def reply(db: Database, id: str, operator: Operator, key: str, words: str) -> Talk:
    """Say something to the resident, once per `key`, with effect "talk.reply"; a waiting talk is
    taken by it.

    Raises NoSuchTalk, operators.NotAllowed, TicketInvalid, TalkEnded; TalkChanged when a colleague
    has the talk.
    """
    operators.require(operator, "talk.answer")
    sealed = _seal(filing.check_text(words, rules.talk().line_most))
    ours = {"by": operator.actor, "text": sealed, "sent": "waiting"}

    def said(row: TalkRow) -> dict[str, Any] | None:
        if _line_id(key) in row["lines"]:
            return None
        if row["state"] != OPEN:
            raise TalkEnded
        if row["owner"] not in (None, operator.username):
            raise TalkChanged
        update = _added(row, _line_id(key), ours)
        update["$set"]["owner"] = operator.username
        return outbox.pledge(update, outbox.promise("talk.reply", line=_line_id(key)))

    return lines.talk(_change(db, id, said), clock.now())


def close(db: Database, id: str, operator: Operator) -> None:
    """End a talk and tell the resident. Raises NoSuchTalk, operators.NotAllowed."""
    operators.require(operator, "talk.answer")
    _end(db, id, operator.actor, texts.say("chat.talk.ended"))


def lapse(db: Database) -> int:
    """End the talks in which nobody has said anything for long, and tell; how many."""
    asked: dict[str, Any] = {"state": OPEN, "until": {"$lte": clock.now()}}
    rows = list(store.talks(db).find(asked, {"_id": 1}).limit(_MOST))
    words = texts.say("chat.talk.lapsed")
    return sum(_end(db, row["_id"], "system", words) for row in rows)


def _end(db: Database, id: str, by: str, words: str | None, number: str = "") -> bool:
    """End an open talk (of this number), perhaps with a last word to her; whether this call did."""
    ended = False

    def shut(row: TalkRow) -> dict[str, Any] | None:
        nonlocal ended
        ended = row["state"] == OPEN and number in ("", row["number"])
        ended = ended and not (by == "system" and row["until"] > clock.now())
        if not ended:
            return None
        done = {"state": CLOSED, "ended_by": by, "closed": clock.now()}
        if words is None:
            return {"$set": done}
        last = _line_id(f"{row['key']}:end:{row['version']}")
        update = _added(row, last, {"by": "system", "text": _seal(words), "sent": "waiting"})
        update["$set"] |= done
        return outbox.pledge(update, outbox.promise("talk.reply", line=last))

    _change(db, id, shut)
    return ended


def _added(row: TalkRow, id: str, line: dict[str, Any]) -> dict[str, Any]:
    """The update that adds a line, puts off the end, and lets the oldest line go."""
    moment = clock.now()
    order = sorted(row["lines"], key=lambda each: row["lines"][each]["n"])
    last = row["lines"][order[-1]]["n"] if order else 0
    update: dict[str, Any] = {
        "$set": {f"lines.{id}": line | {"n": last + 1, "at": moment}, "until": moment + _silence()}
    }
    if len(order) >= rules.talk().lines_most:
        update["$unset"] = {f"lines.{order[0]}": ""}
    return update


def _change(db: Database, id: str, change: Change) -> TalkRow:
    """Write what `change` makes of the present row, if anything; the row as it is afterwards."""
    for _ in range(_PATIENCE):
        row = lines.find(db, id)
        update = change(row)
        if update is None:
            return row
        guard = {"_id": id, "version": row["version"]}
        if store.talks(db).update_one(guard, update | {"$inc": {"version": 1}}).modified_count:
            return lines.find(db, id)
    raise TalkChanged


def note(db: Database, id: str, line: str, sent: str, reason: str = "") -> bool:
    """Note what became of one of our lines: sent, unknown, or held with the platform's code."""
    guard = {"_id": id, f"lines.{line}.sent": "waiting"}
    change = {f"lines.{line}.sent": sent} | ({f"lines.{line}.reason": reason} if reason else {})
    done = store.talks(db).update_one(guard, {"$set": change, "$inc": {"version": 1}})
    return bool(done.modified_count)


def remember(db: Database, id: str, key: str, trail: list[dict[str, str]]) -> None:
    """Put the last lines of the chat before the talk beside it, unless a later one is open."""
    row = lines.find(db, id)
    if row["key"] == _line_id(key):
        sealed = privacy.seal_json(lines.told(row) | {"trail": trail}, lines.TOLD)
        store.talks(db).update_one({"_id": id, "key": row["key"]}, {"$set": {"told": sealed}})


def enclose(db: Database, id: str, key: str, file: str) -> bool:
    """Put a photograph into the line of the message that bore it, once; whether it is there."""
    slot = f"lines.{_line_id(key)}"
    guard: dict[str, Any] = {"_id": id, slot: {"$exists": True}, f"{slot}.file": {"$exists": False}}
    change = {"$set": {f"{slot}.file": file}, "$inc": {"version": 1}}
    return bool(store.talks(db).update_one(guard, change).modified_count)


def forget(db: Database, account: str) -> None:
    """Delete the talk of an account that has left, and leave its photographs to the sweep."""
    id = id_of(account)
    sweeping.let_go(db, f"talk:{id}")
    store.talks(db).delete_one({"_id": id})


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand a merged resident's talks on; repeating is harmless."""
    change = {"$set": {"resident": into_resident}}
    store.talks(db).update_many({"resident": from_resident}, change)


def _line_id(key: str) -> str:
    return privacy.digest(key, "talk.line")[:24]


def _seal(words: str) -> str:
    return privacy.seal(words, lines.LINE)


def _silence() -> timedelta:
    return timedelta(minutes=rules.talk().silent_minutes)
