"""What a page remembers for its form, sealed into one hidden field: nothing is kept here."""

import uuid
from typing import Any, TypedDict

from base import privacy
from base.errors import BadRequest

from .uploads import Shelf


class DeadForm(BadRequest):
    """The hidden field is not ours, or it is another resident's."""

    code = "dead_form"


class Draft(TypedDict):
    """Idempotency key, files taken in, clean answers, and which answers are the resident's own.

    `company` is the code of the company it is for.
    """

    key: str
    files: Shelf
    answers: dict[str, Any]
    own: list[str]
    company: str | None


def fresh() -> Draft:
    """A draft nobody has written in; its key makes two taps one submission."""
    return Draft(key=uuid.uuid4().hex, files={}, answers={}, own=[], company=None)


def seal(draft: Draft, owner: str, what: str) -> str:
    """The draft as a hidden field that only this resident and this form can bring back."""
    return privacy.seal_json(draft, _purpose(owner, what))


def unseal(sealed: str, owner: str, what: str) -> Draft:
    """The draft out of a hidden field; raises DeadForm."""
    try:
        found: Draft = privacy.open_json(sealed, _purpose(owner, what))
    except privacy.Unsealable as error:
        raise DeadForm from error
    return found


def _purpose(owner: str, what: str) -> str:
    return f"h5.draft:{what}:{owner}"
