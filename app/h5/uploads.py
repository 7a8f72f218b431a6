"""Files that come with a form: taken in one by one, and kept while the form is mended."""

from collections.abc import Collection
from typing import TypedDict

from flask import request

from base import files, texts
from base.errors import Detail, Problem
from base.store import Database

PREFIX = "file."
ACCEPTED = "image/jpeg,image/png,image/gif,image/webp,application/pdf,.docx,.xlsx,.mp3,.amr"


class Kept(TypedDict):
    """A file that was taken in and waits for its form."""

    id: str
    name: str
    size: int


Shelf = dict[str, list[Kept]]


def take(db: Database, owner: str, wanted: Collection[str], shelf: Shelf) -> list[Detail]:
    """Take the posted files of the wanted names onto the shelf; returns what was wrong with any."""
    faults = []
    for name, sent in request.files.items(multi=True):
        key = name.removeprefix(PREFIX)
        if key not in wanted or not sent.filename:
            continue
        try:
            content = sent.stream.read(files.LARGEST_BYTES + 1)
            kept = files.put(db, owner, sent.filename, content)
        except Problem as problem:
            words = texts.say(
                "h5.uploads.fault", name=sent.filename[:60], why=texts.explain(problem)
            )
            faults.append(Detail(field=f"files.{key}", code=problem.code, message=words))
        else:
            shelf.setdefault(key, []).append(Kept(id=kept.id, name=kept.name, size=kept.size))
    return faults


def drop(shelf: Shelf, id: str) -> Shelf:
    """The shelf without one file, which is swept when nobody wants it."""
    left = {key: [each for each in row if each["id"] != id] for key, row in shelf.items()}
    return {key: row for key, row in left.items() if row}


def ids(shelf: Shelf) -> dict[str, list[str]]:
    """The ids by name, as an application wants them."""
    return {key: [each["id"] for each in row] for key, row in shelf.items()}
