"""Whether cases know that their fee was paid, many at once: for the daily reconciliation."""

from collections.abc import Iterable

from base.store import Database

from . import store


def unpaid(db: Database, cases: Iterable[str]) -> set[str]:
    """Which of these cases, 100 at most, do not know that their bill is paid, or are not there."""
    asked = sorted(set(cases))
    known = {"_id": {"$in": asked}, "payment.state": "paid"}
    return set(asked) - {row["_id"] for row in store.cases(db).find(known, {"_id": 1})}
