"""A ticket as it is shown, what it holds when it is opened, and how both come from its row."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypedDict

from base import numbers, privacy, texts
from base.errors import Missing
from base.store import Database

from . import store
from .store import TicketRow

TEXT: Final = "ticket.text"
PLACE: Final = "ticket.place"
ANSWER: Final = "ticket.answer"
NOTE: Final = "ticket.note"
WORDS: Final = "rating.words"


class NoSuchTicket(Missing):
    """No ticket bears this number, or it is not the asker's to see."""

    code = "no_such_ticket"


class Place(TypedDict):
    """Where it happened: degrees (GCJ-02, as WeChat gives them) and the words shown for it."""

    latitude: float
    longitude: float
    label: str


@dataclass(frozen=True)
class Ticket:
    """A consultation or complaint without a word of its content; `route` ordinary or integrity."""

    number: str
    kind: str
    category: str
    route: str
    urgent: bool
    alarms: tuple[str, ...]
    state: str
    version: int
    resident: str
    agency: str | None
    service: str | None
    case: str | None
    channel: str
    files: tuple[str, ...]
    due_day: date
    provisional: bool
    answered_by: str | None
    answered_at: datetime | None
    grade: str | None
    may_publish: bool
    created: datetime
    changed: datetime
    history: tuple[store.Step, ...]

    @property
    def spoken(self) -> str:
        """The number as it is shown and read aloud."""
        return numbers.spoken(self.number)

    @property
    def kind_name(self) -> str:
        """The kind in Chinese."""
        return texts.say(f"feedback.kinds.{self.kind}")

    @property
    def category_name(self) -> str:
        """The category in Chinese."""
        return texts.say(f"feedback.categories.{self.kind}.{self.category}")

    @property
    def state_name(self) -> str:
        """The state in Chinese, at most five characters."""
        return texts.say(f"feedback.states.{self.state}")


@dataclass(frozen=True)
class Content:
    """What was written: the resident's text, place and words of rating, our answer and notes."""

    text: str
    place: Place | None
    answer: str | None
    words: str | None
    notes: tuple[str, ...]


def find(db: Database, number: str) -> TicketRow:
    """The row of a ticket; raises NoSuchTicket."""
    row = store.tickets(db).find_one({"_id": number})
    if row is None:
        raise NoSuchTicket
    return row


def ticket(row: TicketRow) -> Ticket:
    """A row as a ticket."""
    answer, rating = row["answer"], row["rating"]
    return Ticket(
        number=row["_id"],
        kind=row["kind"],
        category=row["category"],
        route=row["route"],
        urgent=row["urgent"],
        alarms=tuple(row["alarms"]),
        state=row["state"],
        version=row["version"],
        resident=row["resident"],
        agency=row["agency"],
        service=row["service"],
        case=row["case"],
        channel=row["channel"],
        files=tuple(row["files"]),
        due_day=date.fromisoformat(row["due_day"]),
        provisional=row["provisional"],
        answered_by=answer and answer["by"],
        answered_at=answer and answer["at"],
        grade=rating and rating["grade"],
        may_publish=row.get("may_publish", False),
        created=row["created"],
        changed=row["changed"],
        history=tuple(row["history"]),
    )


def content(row: TicketRow) -> Content:
    """A row's content, opened."""
    place, answer, rating = row["place"], row["answer"], row["rating"]
    words = rating and rating["words"]
    return Content(
        text=privacy.open(row["text"], TEXT),
        place=privacy.open_json(place, PLACE) if place else None,
        answer=privacy.open(answer["text"], ANSWER) if answer else None,
        words=privacy.open(words, WORDS) if words else None,
        notes=tuple(privacy.open(step["note"], NOTE) for step in row["history"] if "note" in step),
    )
