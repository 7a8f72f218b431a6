"""A day's statement held against the wallet's account: payments less refunds less fees."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from base.store import Document

from .. import days
from . import differences
from .findings import Day

CAUSE: Final = "funds_differ"
KIND: Final = "funds"


def due(figures: Mapping[str, Any]) -> int:
    """Fen that the account should have gained by the trades a statement lists."""
    theirs = figures["theirs"]
    came: int = theirs["payment"][1] - theirs["refund"][1] - figures["fees"]
    return came


def untied(day: Day, figures: Mapping[str, Any]) -> Iterator[Document]:
    """The difference between a statement and its wallet's account, if there is one.

    Of refunds that are listed as under way the account may or may not have been charged yet.
    """
    flow, ours = figures["flow"], due(figures)
    if flow is None or ours <= flow["trades"] <= ours + figures["under_way"]:
        return
    dated, theirs = day.date.isoformat(), flow["trades"]
    begun, _ = days.span(day.provider, day.date)
    yield {
        "_id": differences.id_of(day.provider, dated, CAUSE, KIND, str(theirs), str(ours)),
        "statement": day.id,
        "provider": day.provider,
        "day": dated,
        "cause": CAUSE,
        "kind": KIND,
        **dict.fromkeys(("number", "transaction", "order", "of", "bill", "agency", "file"), ""),
        "theirs": theirs,
        "ours": ours,
        "offset": -1,
        "happened": begun,
    }
