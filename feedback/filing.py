"""How a question or a complaint becomes a ticket, once, with its deadline and its route.

A submission is known by the digest of resident and key, also of a resident she was before a
merger. Its files are attached first, then it is entered under a number; each step may be repeated,
so that a double tap and a crash halfway both end in one ticket.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Final, NotRequired, TypedDict, Unpack

from base import calendar, clock, files, outbox, privacy, submissions, texts
from base.errors import Detail, Invalid
from base.store import Database
from people import residents

from . import moves, records, rules, store, triage
from .records import Place, Ticket

_SHORTEST_KEY, _LONGEST_KEY = 8, 100
_LONGEST_LABEL: Final = 200


class TicketInvalid(Invalid):
    """The ticket cannot be taken as it is; `details` name every fault at once."""

    code = "ticket_invalid"


class Draft(TypedDict):
    """What is handed in; `files` are ids of base.files, `key` is the tap's idempotency key.

    `may_publish` is her consent to see her question, freed of names, among the public answers.
    """

    resident: str
    text: str
    key: str
    category: NotRequired[str]
    agency: NotRequired[str | None]
    service: NotRequired[str | None]
    case: NotRequired[str | None]
    place: NotRequired[Place | None]
    files: NotRequired[Sequence[str]]
    channel: NotRequired[str]
    may_publish: NotRequired[bool]


def ask(db: Database, **draft: Unpack[Draft]) -> Ticket:
    """File a consultation, once per resident and key, with "ticket.opened", "content.check".

    Raises TicketInvalid, files.NoSuchFile, files.FileTaken, submissions.NoNumber. A text that
    sounds like an emergency is taken too, due today, with effect "ticket.urgent"; `triage.hear`
    says what to tell at once.
    """
    return _file(db, rules.CONSULTATION, draft)


def complain(db: Database, **draft: Unpack[Draft]) -> Ticket:
    """File a complaint; as `ask`. Integrity matters take a route of their own."""
    return _file(db, rules.COMPLAINT, draft)


def _file(db: Database, kind: str, draft: Draft) -> Ticket:
    faults = list(_faults(kind, draft))
    if faults:
        raise TicketInvalid(faults)
    owner, ids = draft["resident"], list(dict.fromkeys(draft.get("files", ())))
    owners = (owner, *residents.formerly(db, owner))
    known = [privacy.digest(f"{id}:{draft['key']}", "ticket.submission") for id in owners]
    found = next(filter(None, (submissions.find(db, store.BOOK, each) for each in known)), None)
    if found is None:
        files.attach(db, ids, f"ticket:{known[0]}", owner=owner)
        entry = partial(_row, submission=known[0], kind=kind, draft=draft)
        found = submissions.enter(db, store.BOOK, known[0], entry)
    return records.ticket(found)


def _row(number: str, submission: str, kind: str, draft: Draft) -> dict[str, Any]:
    moment, by, text = clock.now(), f"resident:{draft['resident']}", tidy(draft["text"])
    category, place = draft.get("category", "other"), draft.get("place")
    heard = {alarm.key: alarm.kind for alarm in triage.hear(text)}
    urgent = triage.EMERGENCY in heard.values()
    sensitive = category == triage.INTEGRITY or triage.INTEGRITY in heard.values()
    rule = rules.urgent() if urgent else rules.rule(kind, category)
    due = calendar.due(moment, rule.days)
    promises = ["ticket.opened", *["ticket.urgent"] * urgent]
    row = {
        "_id": number,
        "submission": submission,
        "kind": kind,
        "category": category,
        "route": triage.INTEGRITY if sensitive else "ordinary",
        "urgent": urgent,
        "alarms": list(heard),
        "state": moves.OPEN,
        "version": 1,
        "resident": draft["resident"],
        "agency": draft.get("agency"),
        "service": draft.get("service"),
        "case": draft.get("case"),
        "channel": draft.get("channel", "h5"),
        "text": privacy.seal(text, records.TEXT),
        "place": privacy.seal_json(place, records.PLACE) if place else None,
        "files": list(dict.fromkeys(draft.get("files", ()))),
        "rule": asdict(rule),
        "due_day": due.day.isoformat(),
        "provisional": due.provisional,
        "answer": None,
        "rating": None,
        "may_publish": draft.get("may_publish", False),
        "created": moment,
        "changed": moment,
        "history": [{"at": moment, "move": "file", "by": by, "from": None, "to": moves.OPEN}],
    }
    owed = [outbox.promise(each, number=number) for each in promises]
    return row | outbox.pledged(*owed, outbox.promise("content.check"))


def tidy(text: str) -> str:
    """What was written, in one normal form and without what cannot be seen."""
    kept = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(each for each in kept if each.isprintable() or each in "\n\t").strip()


def check_text(text: str, most: int | None = None) -> str:
    """A text as it is kept; raises TicketInvalid when there is none or too much of it."""
    faults = list(_text_faults(tidy(text), most))
    if faults:
        raise TicketInvalid(faults)
    return tidy(text)


def _text_faults(text: str, most: int | None = None) -> Iterator[Detail]:
    most = most or rules.limits().text_most
    if not text:
        yield _fault("text", "empty_text")
    if len(text) > most:
        yield _fault("text", "text_too_long", most=most)


def _faults(kind: str, draft: Draft) -> Iterator[Detail]:
    most = rules.limits().files_most
    yield from _text_faults(tidy(draft["text"]))
    if len(draft.get("files", ())) > most:
        yield _fault("files", "too_many_files", most=most)
    if draft.get("category", "other") not in rules.categories(kind):
        yield _fault("category", "unknown_category")
    if not _SHORTEST_KEY <= len(draft["key"]) <= _LONGEST_KEY:
        yield _fault("key", "bad_ticket_key")
    place = draft.get("place")
    if place is not None and not _is_place(place):
        yield _fault("place", "bad_place")


def _is_place(place: Place) -> bool:
    somewhere = abs(place["latitude"]) <= 90 and abs(place["longitude"]) <= 180
    return somewhere and len(place["label"]) <= _LONGEST_LABEL


def _fault(field: str, code: str, **values: object) -> Detail:
    return Detail(field=field, code=code, message=texts.say(f"errors.{code}", **values))
