"""Cases as the rest of the house sees them: submit, move, pay, find, list, look inside."""

from typing import Any

from base import audit, files, privacy, submissions
from base.store import Database

from . import moving, records, store
from .applications import Application, BadKey, NotOnline, submit
from .checks import ApplicationInvalid, Defect, DefectsInvalid, ReasonNeeded, SupplementInvalid
from .moving import AlreadyAsked, ChangedMeanwhile, Facts, PaymentDue, WrongState, move
from .paying import PaymentDiffers, bill_issued, charged, paid
from .records import Case, NoSuchCase, Payment, Step

__all__ = [
    "AlreadyAsked",
    "Application",
    "ApplicationInvalid",
    "BadKey",
    "Case",
    "ChangedMeanwhile",
    "Defect",
    "DefectsInvalid",
    "Facts",
    "NoSuchCase",
    "NotOnline",
    "Payment",
    "PaymentDiffers",
    "PaymentDue",
    "ReasonNeeded",
    "Step",
    "SupplementInvalid",
    "WrongState",
    "answers",
    "bill_issued",
    "charged",
    "defects",
    "file",
    "get",
    "holds",
    "move",
    "note_of",
    "of",
    "owned",
    "paid",
    "rehome",
    "submit",
]


def get(db: Database, number: str) -> Case:
    """The case of a plain number; raises NoSuchCase."""
    return records.case(records.find(db, number))


def owned(db: Database, number: str, resident_id: str) -> Case:
    """A resident's own case; another's raises NoSuchCase as if it did not exist."""
    found = get(db, number)
    if found.resident != resident_id:
        raise NoSuchCase
    return found


def of(db: Database, resident_id: str, limit: int = 20) -> list[Case]:
    """A resident's cases, newest first."""
    rows = store.cases(db).find({"resident": resident_id}).sort("created", -1).limit(limit)
    return [records.case(row) for row in rows]


def answers(db: Database, number: str, by: str, why: str) -> dict[str, Any]:
    """The opened answers of a case; who looked and why is written down first."""
    row = records.find(db, number)
    audit.record(db, by, "case.answers", f"case:{number}", why=why)
    opened: dict[str, Any] = privacy.open_json(row["answers"], moving.ANSWERS)
    return opened


def file(db: Database, number: str, id: str, by: str, why: str) -> tuple[files.File, bytes]:
    """One file of a case, opened; who looked and why is written down first.

    Whether the asker may see the case is for the caller to ask. Raises NoSuchCase, NoSuchFile.
    """
    if id not in get(db, number).files:
        raise files.NoSuchFile
    audit.record(db, by, "case.file", f"case:{number}", why=why, file=id)
    return files.get(db, id), files.read(db, id)


def defects(db: Database, number: str) -> list[Defect]:
    """Everything the resident was asked, once, to mend; empty when she was not asked."""
    return moving.defects_of(records.find(db, number))


def note_of(step: Step) -> str | None:
    """The opened note of one line of the history, if somebody wrote one."""
    return privacy.open(step.note, moving.NOTE) if step.note else None


def holds(db: Database, submission: str, file: str) -> bool:
    """Whether a submission has become a case that names this file."""
    row = submissions.holder(db, store.BOOK, submission)
    return row is not None and file in records.case(row).files


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand the cases of a merged resident on; repeating is harmless."""
    change = {"$set": {"resident": into_resident}, "$inc": {"version": 1}}
    store.cases(db).update_many({"resident": from_resident}, change)
