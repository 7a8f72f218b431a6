"""The commands that pushes need most, spoken to the store as they are.

A command spoken bare costs two thirds of what the driver's own method costs (docs/performance.md).
What it goes without is the driver's second try when a cluster changes its primary: the platform
pushes again by itself.
"""

from typing import Any, Final

from pymongo.collection import Collection
from pymongo.errors import OperationFailure

_TAKEN: Final = 11000


def find(rows: Collection[Any], id: str) -> Any | None:
    """The row of this key, as `find_one` gives it; raises PyMongoError."""
    asked = {"find": rows.name, "filter": {"_id": id}, "limit": 1, "singleBatch": True}
    told = rows.database.command(asked, codec_options=rows.codec_options)
    return next(iter(told["cursor"]["firstBatch"]), None)


def add(rows: Collection[Any], row: Any) -> bool:
    """Insert a row unless its key is taken; whether this call inserted it. Raises PyMongoError."""
    return _written(rows, {"insert": rows.name, "documents": [row]})


def put(rows: Collection[Any], guard: dict[str, Any], change: dict[str, Any]) -> bool:
    """Change the row a guard names by its key, or begin it; False where the guard does not hold.

    Two that begin the same row at once may both be told False. Raises PyMongoError.
    """
    asked = {"q": guard, "u": change, "upsert": True}
    return _written(rows, {"update": rows.name, "updates": [asked]})


def _written(rows: Collection[Any], command: dict[str, Any]) -> bool:
    """Whether a write was done; False when its key is taken."""
    told = rows.database.command({**command, "writeConcern": rows.write_concern.document})
    for error in (*told.get("writeErrors", ()), told.get("writeConcernError")):
        if error and error["code"] == _TAKEN:
            return False
        if error:
            raise OperationFailure(error["errmsg"], error["code"], error)
    return True
