"""What the platform thinks of what a resident wrote, and of what is to be published in its place.

A verdict for her words, each photograph and each public text: pass, review (a human must look) or
risky; "waiting" until it is known, and review when it stays unknown. Verdicts lie on the ticket
under "text", the id of the file, or a digest of the public words, so that they hold for no others.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from base import clock, outbox, privacy
from base.store import Database

from . import records, store
from .store import CheckRow, TicketRow

TEXT: Final = "text"
WAITING: Final = "waiting"
GOOD: Final = "pass"
REVIEW: Final = "review"
RISKY: Final = "risky"
LATE: Final = "late"
"""Why a human looks at what the platform did not judge in time."""

PATIENCE: Final = timedelta(minutes=30)
_FINAL: Final = (GOOD, RISKY)
_ORDER: Final = (GOOD, REVIEW, WAITING, RISKY)


def begin(db: Database, number: str, slot: str, trace: str) -> bool:
    """Note that a verdict is awaited under a trace id; False when there is one already.

    Promises "content.late" {slot}: after PATIENCE a human looks.
    """
    row: CheckRow = {"verdict": WAITING, "label": 0, "why": "", "at": clock.now()}
    guard: dict[str, Any] = {"_id": number, f"checks.{slot}": {"$exists": False}}
    update: dict[str, Any] = {"$set": {f"checks.{slot}": row, f"traces.{slot}": trace}}
    update["$addToSet"] = {"traced": trace}
    late = outbox.promise("content.late", after=PATIENCE, slot=slot)
    found = store.tickets(db).update_one(guard, outbox.pledge(update, late))
    return bool(found.modified_count)


def of(words: str) -> str:
    """The slot of public words."""
    return f"words_{privacy.digest(words, 'check.words')[:32]}"


def renewed(row: TicketRow, slots: Iterable[str]) -> dict[str, CheckRow]:
    """New waiting checks for public words, by slot; what is pass or risky already stays so."""
    waiting: CheckRow = {"verdict": WAITING, "label": 0, "why": "", "at": clock.now()}
    stay = {slot for slot, each in verdicts(row).items() if each["verdict"] in _FINAL}
    return {slot: waiting for slot in slots if slot not in stay}


def promises(slots: Iterable[str]) -> list[outbox.Promise]:
    """What is owed for checks of public words: "content.check", and "content.late" {slot} each."""
    late = [outbox.promise("content.late", after=PATIENCE, slot=each) for each in slots]
    return [outbox.promise("content.check"), *late] if late else []


def judge(db: Database, number: str, slot: str, verdict: str, label: int, why: str = "") -> bool:
    """Keep a verdict, unless there is one already; whether it was kept.

    One that comes after all takes the place of its being late.
    """
    row: CheckRow = {"verdict": verdict, "label": label, "why": why, "at": clock.now()}
    where = f"checks.{slot}"
    open_: tuple[dict[str, Any], ...] = (
        {where: {"$exists": False}},
        {f"{where}.verdict": WAITING},
        {f"{where}.why": LATE},
    )
    change = {"$set": {where: row}}
    return any(
        store.tickets(db).update_one({"_id": number} | guard, change).modified_count
        for guard in open_
    )


def read(suggest: str) -> str:
    """The platform's suggestion as a verdict; what we do not know wants a human."""
    return suggest if suggest in (GOOD, REVIEW, RISKY) else REVIEW


def of_trace(db: Database, trace: str) -> tuple[str, str] | None:
    """The ticket and slot a trace id was given for; None when it is none of ours."""
    for row in store.tickets(db).find({"traced": trace}, {"traces": 1}).limit(1):
        found = {value: slot for slot, value in row.get("traces", {}).items()}
        return (row["_id"], found[trace]) if trace in found else None
    return None


def verdicts(row: TicketRow) -> dict[str, CheckRow]:
    """The verdicts of a ticket by slot; what has none yet is missing."""
    return dict(row.get("checks", {}))


def worst(row: TicketRow, slots: list[str]) -> str:
    """The gravest verdict among these slots, where to be awaited is graver than to be doubtful.

    What was never asked for wants a human.
    """
    known = verdicts(row)
    found = [known[slot]["verdict"] if slot in known else REVIEW for slot in slots]
    return max(found, key=_ORDER.index)


def get(db: Database, number: str) -> dict[str, CheckRow]:
    """The verdicts of a ticket; raises records.NoSuchTicket."""
    return verdicts(records.find(db, number))
