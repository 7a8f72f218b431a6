"""Ratings of finished cases: one per case, given by the resident, silence counting as nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from base import audit, clock, outbox, privacy
from base.errors import Conflict, Missing
from base.store import Database, add

from . import grades, store
from .store import RatingRow

_WORDS: Final = "rating.words"
_LATEST: Final = timedelta(days=90)


class AlreadyRated(Conflict):
    """The case has its rating."""

    code = "already_rated"


class NotRateable(Conflict):
    """No agency has ended the case, or it is another resident's."""

    code = "not_rateable"


class NoSuchRating(Missing):
    """The case has not been rated."""

    code = "no_such_rating"


class Case(Protocol):
    """What is rated, as tracking has it."""

    @property
    def number(self) -> str:
        """The case number."""

    @property
    def resident(self) -> str:
        """Whose case it is."""

    @property
    def service(self) -> str:
        """The service's key."""

    @property
    def agency(self) -> str:
        """The agency that handled it."""

    @property
    def rateable(self) -> bool:
        """Whether its agency has ended it."""


@dataclass(frozen=True)
class Rating:
    """A rating without its words: the case's number, grade and tags, for whom and when."""

    case: str
    resident: str
    service: str
    agency: str
    grade: str
    bad: bool
    tags: tuple[str, ...]
    has_words: bool
    at: datetime


def rate_case(
    db: Database,
    case: Case,
    resident: str,
    grade: str,
    tags: Sequence[str] = (),
    words: str = "",
) -> Rating:
    """Rate one's own finished case, once; a bad grade promises "rating.bad" {of, number}.

    Raises NotRateable, AlreadyRated, grades.RatingInvalid.
    """
    if case.resident != resident or not case.rateable:
        raise NotRateable
    kept, bad = grades.check(grade, tuple(tags), words), grades.is_bad(grade)
    told = [outbox.promise("rating.bad", of="case", number=case.number)] if bad else []
    row: dict[str, Any] = {
        "_id": case.number,
        "resident": resident,
        "service": case.service,
        "agency": case.agency,
        "grade": grade,
        "bad": bad,
        "tags": list(tags),
        "words": privacy.seal(kept, _WORDS) if kept else None,
        "at": clock.now(),
    }
    if not add(store.ratings(db), row | outbox.pledged(*told)):
        raise AlreadyRated
    return get(db, case.number)


def get(db: Database, number: str) -> Rating:
    """The rating of a case; raises NoSuchRating."""
    return _rating(_row(db, number))


def is_rated(db: Database, number: str) -> bool:
    """Whether a case has its rating."""
    return store.ratings(db).find_one({"_id": number}, {"_id": 1}) is not None


def words(db: Database, number: str, by: str, why: str) -> str | None:
    """The words of a rating, opened; recorded unless the resident looks at her own."""
    row = _row(db, number)
    if by != f"resident:{row['resident']}":
        audit.record(db, by, "rating.read", f"case:{number}", why=why)
    return privacy.open(row["words"], _WORDS) if row["words"] else None


def bad(db: Database, agency: str | None, limit: int = 50) -> list[Rating]:
    """The bad ratings of the last three months, newest first; of one agency or of all."""
    asked: dict[str, Any] = {"bad": True, "at": {"$gte": clock.now() - _LATEST}}
    if agency is not None:
        asked["agency"] = agency
    rows = store.ratings(db).find(asked).sort("at", -1).limit(limit)
    return [_rating(row) for row in rows]


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand a merged resident's ratings on; repeating is harmless."""
    store.ratings(db).update_many(
        {"resident": from_resident}, {"$set": {"resident": into_resident}}
    )


def _row(db: Database, number: str) -> RatingRow:
    row = store.ratings(db).find_one({"_id": number})
    if row is None:
        raise NoSuchRating
    return row


def _rating(row: RatingRow) -> Rating:
    return Rating(
        case=row["_id"],
        resident=row["resident"],
        service=row["service"],
        agency=row["agency"],
        grade=row["grade"],
        bad=row["bad"],
        tags=tuple(row["tags"]),
        has_words=row["words"] is not None,
        at=row["at"],
    )
