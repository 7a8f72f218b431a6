"""Whatever lies under the id of a merged record follows it to the resident it has become."""

from base import files
from base.store import Database
from feedback import ratings, talks, tickets
from payments import bills
from people import residents
from tracking import cases, messages

_PACKAGES = (files, cases, bills, tickets, talks, ratings, messages)


def find(db: Database, id: str) -> str:
    """The id of whoever an id has become; what still lies under the old one is handed on first.

    The promise of a merger leads here, and so do the promises of everything that bears a resident's
    id: it may have been written while she was being merged. Each hand-over is followed by another
    look, for who takes over may have been merged herself. Raises NoSuchResident.
    """
    home = residents.home(db, id)
    while id != home:
        residents.absorb(db, id, home)
        for package in _PACKAGES:
            package.rehome(db, id, home)
        id, home = home, residents.home(db, home)
    return home
