"""Photos that follow a ticket: sent in a chat, fetched after it was filed."""

from typing import Any

from base import clock, files, privacy
from base.store import Database

from . import records, rules, store


def enclose(db: Database, number: str, key: str, name: str, content: bytes) -> bool:
    """Add one file to a ticket, once per `key`; whether it is there now.

    False when the ticket is full. Raises records.NoSuchTicket, files' own refusals (type, size),
    and files.TooManyWaiting.
    """
    row = records.find(db, number)
    slot = f"enclosed.{privacy.digest(key, 'ticket.enclosed')[:24]}"
    held = row.get("enclosed", {})
    if slot.partition(".")[2] in held:
        return True
    if len(row["files"]) >= rules.limits().files_most:
        return False
    file = files.put(db, row["resident"], name, content)
    files.attach(db, [file.id], f"ticket:{row['submission']}", owner=row["resident"])
    update: dict[str, Any] = {
        "$set": {slot: file.id, "changed": clock.now()},
        "$push": {"files": file.id},
        "$inc": {"version": 1},
    }
    guard = {"_id": number, slot: {"$exists": False}}
    if not store.tickets(db).update_one(guard, update).modified_count:
        files.detach(db, [file.id], f"ticket:{row['submission']}")
    return True
