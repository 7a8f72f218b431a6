"""What the comparison of finance's days, which payments/fiscal/store.py keeps, says of a bill."""

from base.store import Database


def differs(db: Database, bill: str) -> bool:
    """Whether a compared day of finance's differs on a bill."""
    return db["fiscal_days"].find_one({"differing": bill}, {"_id": 1}) is not None
