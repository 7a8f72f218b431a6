"""Photos that follow a ticket: sent in a chat, fetched after it was filed."""

from typing import Any

from base import clock, files, outbox, privacy
from base.store import Database

from . import records, rules, store


def enclose(db: Database, number: str, key: str, name: str, content: bytes) -> bool:
    """Add one file to a ticket, once per `key`, with "content.check"; whether it is there now.

    False when the ticket is full. Raises records.NoSuchTicket and files' own refusals of content.
    """
    row, most = records.find(db, number), rules.limits().files_most
    slot = privacy.digest(key, "ticket.enclosed")[:24]
    if slot in row.get("enclosed", {}) or len(row["files"]) >= most:
        return slot in row.get("enclosed", {})
    to = f"ticket:{row['submission']}"
    file = files.put(db, row["resident"], name, content, to)
    update: dict[str, Any] = {
        "$set": {f"enclosed.{slot}": file.id, "changed": clock.now()},
        "$push": {"files": file.id},
        "$inc": {"version": 1},
    }
    absent = {"$exists": False}
    guard = {"_id": number, f"enclosed.{slot}": absent, f"files.{most - 1}": absent}
    update = outbox.pledge(update, outbox.promise("content.check"))
    if store.tickets(db).update_one(guard, update).modified_count:
        return True
    files.detach(db, [file.id], to)
    return slot in records.find(db, number).get("enclosed", {})
