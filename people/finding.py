"""Finding a verified resident by what stands on her identity card."""

from base import audit, privacy
from base.errors import Invalid
from base.store import Database

from . import identity, records, store, verification
from .records import Resident


class NoSuchPerson(Invalid):
    """No verified resident has this name and this identity number; which of them is not said."""

    code = "no_such_person"


def person(db: Database, name: str, id_number: str, *, by: str, about: str) -> Resident:
    """The verified resident of this name and number, masked; raises NoSuchPerson.

    The search is recorded: with the resident who was found, or in vain with what it was `about`.
    """
    found = _found(db, name, id_number)
    subject, told = (about, "no") if found is None else (f"resident:{found}", "yes")
    audit.record(db, by, "person.find", subject, why=about.partition(":")[0], found=told)
    if found is None:
        raise NoSuchPerson
    return records.get(db, found)


def _found(db: Database, name: str, id_number: str) -> str | None:
    try:
        wanted, number = identity.check_name(name), identity.check_id_number(id_number)
    except (identity.BadName, identity.BadIdNumber):
        return None
    digest = privacy.digest(number, "identity")
    claim = store.identities(db).find_one({"_id": digest})
    row = records.find(db, claim["resident"]) if claim else None
    if row is None or row["identity"] != digest or verification.opened(row).name != wanted:
        return None
    return row["_id"]
