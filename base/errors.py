"""What may go wrong on purpose: problems a person can mend and partners who cannot be reached."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, TypedDict


class Detail(TypedDict):
    """One fault of one field, with the Chinese sentence its owner reads."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """An expected failure; its sentence lies in config/texts/errors/ under `code`.

    `values` fill the placeholders of that sentence and must never be personal data.
    """

    code: ClassVar[str] = "problem"

    def __init__(self, details: Iterable[Detail] = (), **values: object) -> None:
        super().__init__(self.code)
        self.details: list[Detail] = list(details)
        self.values = values

    def __str__(self) -> str:
        fields = ", ".join(f"{each['field']}: {each['code']}" for each in self.details)
        return f"{self.code} ({fields})" if fields else self.code


class BadRequest(Problem):
    """The request cannot be read at all."""

    code = "bad_request"


class Invalid(Problem):
    """What was sent can be read, but some of it is wrong; `details` name every fault at once."""

    code = "invalid"


class Missing(Problem):
    """There is no such thing, or it is not the asker's to see."""

    code = "missing"


class Unauthenticated(Problem):
    """Nobody, or nobody we still believe, is signed in."""

    code = "unauthenticated"


class Forbidden(Problem):
    """The asker is known and may not do this."""

    code = "forbidden"


class Conflict(Problem):
    """The thing is in a state that does not allow this, or has changed meanwhile."""

    code = "conflict"


class TooLarge(Problem):
    """More bytes than we take."""

    code = "too_large"


class TooMany(Problem):
    """Asked more often than we answer."""

    code = "too_many"


class Unreachable(Exception):
    """A partner failed us; `retry` says whether waiting helps, `reason` is for the log only.

    `until` is known when we wait on purpose: nothing was asked, and nothing is before then.
    `doubtful` says that the request may have been heard: what it asks for may have been done.
    """

    doubtful = False

    def __init__(
        self, partner: str, *, retry: bool = True, reason: str = "", until: datetime | None = None
    ) -> None:
        super().__init__(f"{partner}: {reason}")
        self.partner = partner
        self.retry = retry
        self.reason = reason
        self.until = until
