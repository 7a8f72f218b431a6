"""A talk as it is listed, what is said in it when it is opened, and how both come from its row."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from base import audit, clock, numbers, privacy
from base.errors import Missing
from base.store import Database
from people import operators
from people.operators import Operator

from . import store
from .store import LineRow, TalkRow

LINE: Final = "talk.line"
TOLD: Final = "talk.told"
OPEN: Final = "open"
CLOSED: Final = "closed"
_WINDOW: Final = timedelta(hours=48)
_SENDS: Final = 5
_PAST: Final = timedelta(days=30)
_MOST: Final = 200
_SOON: Final = timedelta(seconds=1)


class NoSuchTalk(Missing):
    """No talk has this id."""

    code = "no_such_talk"


@dataclass(frozen=True)
class Talk:
    """A talk without a word of it; `owner` is the username of the operator who has taken it.

    `left` is how many messages the platform still lets us send before the resident speaks again.
    """

    id: str
    number: str
    kind: str
    openid: str
    resident: str
    state: str
    owner: str | None
    version: int
    opened: datetime
    heard: datetime
    ended_by: str | None
    left: int

    @property
    def spoken(self) -> str:
        """The number as it is shown and read aloud."""
        return numbers.spoken(self.number)

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state == OPEN


@dataclass(frozen=True)
class Line:
    """One line, opened; `by` is "resident:…", "operator:…" or "system", `file` a photograph.

    `waits` is until when it is not said because an earlier one is still to be said.
    """

    id: str
    at: datetime
    by: str
    words: str
    sent: str
    reason: str | None
    file: str | None
    waits: datetime | None = None


def id_of(account: str) -> str:
    """The id of the talk of an account, by the account's key."""
    return privacy.digest(account, "talk")[:32]


def find(db: Database, id: str) -> TalkRow:
    """The row of a talk; raises NoSuchTalk."""
    row = store.talks(db).find_one({"_id": id})
    if row is None:
        raise NoSuchTalk
    return row


def talk(row: TalkRow, now: datetime) -> Talk:
    """A row as a talk, as things stand now."""
    return Talk(
        id=row["_id"],
        number=row["number"],
        kind=row["kind"],
        openid=row["openid"],
        resident=row["resident"],
        state=row["state"],
        owner=row["owner"],
        version=row["version"],
        opened=row["opened"],
        heard=row["heard"],
        ended_by=row["ended_by"],
        left=_left(row, now),
    )


def _left(row: TalkRow, now: datetime) -> int:
    """How many messages the platform allows since the resident's last word, as far as we know."""
    if now - row["heard"] >= _WINDOW:
        return 0
    last = max((each["n"] for each in row["lines"].values() if not each["sent"]), default=0)
    later = [each for each in row["lines"].values() if each["n"] > last]
    if any(each["sent"] == "held" for each in later):
        return 0
    return max(_SENDS - len(later), 0)


def lines(row: TalkRow) -> list[Line]:
    """What was said, opened, in order."""
    ordered = sorted(row["lines"].items(), key=lambda each: each[1]["n"])
    return [_line(id, each) for id, each in ordered]


def _line(id: str, row: LineRow) -> Line:
    return Line(
        id=id,
        at=row["at"],
        by=row["by"],
        words=privacy.open(row["text"], LINE),
        sent=row["sent"],
        reason=row.get("reason"),
        file=row.get("file"),
    )


def told(row: TalkRow) -> dict[str, Any]:
    """What came before the talk: {"doing", "trail"}, opened."""
    found: dict[str, Any] = privacy.open_json(row["told"], TOLD)
    return found


def get(db: Database, id: str) -> Talk:
    """A talk; raises NoSuchTalk."""
    return talk(find(db, id), clock.now())


def line(db: Database, id: str, line: str) -> Line | None:
    """One line of a talk, opened, for our own use; None when it is gone. Raises NoSuchTalk."""
    row = find(db, id)
    found = row["lines"].get(line)
    return replace(_line(line, found), waits=_waits(row, found["n"])) if found else None


def _waits(row: TalkRow, n: int) -> datetime | None:
    """When the lines before one may have been said; None when they have, or nobody knows when."""
    earlier = {id for id, each in row["lines"].items() if each["n"] < n}
    every = [each for each in row["outbox"].values() if each["data"].get("line") in earlier]
    owed = [each for each in every if not each.get("stuck")]
    put_off = [each["due"] for each in owed if "error" in each]
    return max([clock.now() + _SOON, *put_off]) if owed else None


def read(db: Database, id: str, operator: Operator, why: str) -> tuple[list[Line], dict[str, Any]]:
    """What is said in a talk and what came before it; recorded when there is a `why`."""
    operators.require(operator, "talk.see")
    row = find(db, id)
    if why:
        audit.record(db, operator.actor, "talk.read", f"talk:{row['number']}", why=why)
    return lines(row), told(row)


def running(db: Database, limit: int = _MOST) -> list[Talk]:
    """The open talks, whoever waits longest first."""
    moment = clock.now()
    rows = store.talks(db).find({"state": OPEN}).sort("opened", 1).limit(limit)
    return [talk(row, moment) for row in rows]


def past(db: Database, limit: int = 50) -> list[Talk]:
    """The talks that ended in the last month, the latest first."""
    moment = clock.now()
    asked: dict[str, Any] = {"closed": {"$gte": moment - _PAST}}
    rows = store.talks(db).find(asked).sort("closed", -1).limit(limit)
    return [talk(row, moment) for row in rows]


def ahead(db: Database, talk: Talk) -> int:
    """How many wait longer than this one, at most _MOST."""
    waiting: dict[str, Any] = {"state": OPEN, "opened": {"$lt": talk.opened}, "owner": None}
    return store.talks(db).count_documents(waiting, limit=_MOST)


def holds(db: Database, id: str, file: str) -> bool:
    """Whether a talk names this file."""
    row = store.talks(db).find_one({"_id": id})
    return row is not None and any(each.get("file") == file for each in row["lines"].values())
