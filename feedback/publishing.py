"""Answers made public: masked, gated on the platform's verdicts, and on a supervisor's hand.

checking (a verdict is awaited) → published, or review → published by a supervisor who did not ask
for it. Question and answer are judged in the very words that will be read. What is risky is never
published. A publication can be taken back at any time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from base import audit, clock, files, outbox, privacy
from base.errors import Conflict
from base.store import Database
from people import operators, residents
from people.operators import Operator

from . import checking, filing, masking, moves, records, store, tickets
from .store import PublicRow, TicketRow

CHECKING: Final = "checking"
REVIEW: Final = "review"
PUBLISHED: Final = "published"
WITHDRAWN: Final = "withdrawn"
REFUSED: Final = "refused"
OPEN: Final = (CHECKING, REVIEW, PUBLISHED)
_QUESTION: Final = "public.question"
_ANSWER: Final = "public.answer"
_OUTCOMES: Final = {
    checking.GOOD: PUBLISHED,
    checking.WAITING: CHECKING,
    checking.REVIEW: REVIEW,
    checking.RISKY: REFUSED,
}


class NotPublishable(Conflict):
    """Only an answered, ordinary ticket is published, and nothing the platform found risky.

    What a human must look at is published by another one than who asked for it.
    """

    code = "not_publishable"


class NotAgreed(NotPublishable):
    """Without her consent neither her photographs nor her words are public."""

    code = "not_agreed"


@dataclass(frozen=True)
class Publication:
    """A public answer: `state` checking, review, published, refused or withdrawn."""

    number: str
    state: str
    service: str | None
    question: str
    answer: str
    photos: tuple[str, ...]
    by: str
    decided_by: str | None
    at: datetime

    @property
    def words(self) -> dict[str, str]:
        """What is judged before it is public, by the slots of its verdicts."""
        return {checking.of(each): each for each in (self.question, self.answer)}


def propose(
    db: Database,
    number: str,
    operator: Operator,
    question: str,
    answer: str,
    photos: tuple[str, ...] = (),
) -> Publication:
    """Ask for an answer to be public, in these words, masked; what the verdicts allow happens now.

    Words that were not judged yet are promised to be: "content.check", "content.late". Raises
    records.NoSuchTicket, operators.NotAllowed, filing.TicketInvalid, NotAgreed, NotPublishable,
    tickets.TicketChanged.
    """
    operators.require(operator, "ticket.answer")
    row = records.find(db, number)
    if not tickets.may_see(operator, records.ticket(row)):
        raise records.NoSuchTicket
    kept = tuple(each for each in photos if each in row["files"])
    asked, said = _agreed(db, row, operator, (question, answer), kept)
    words = [checking.of(each) for each in (asked, said)]
    checks = checking.renewed(row, words)
    row["checks"] = checking.verdicts(row) | checks
    state = _OUTCOMES[checking.worst(row, [checking.TEXT, *words, *kept])]
    closed = row["state"] == moves.OPEN or row["route"] != "ordinary" or state == REFUSED
    if closed or row.get("public", {}).get("state") in OPEN:
        raise NotPublishable
    public: PublicRow = {
        "state": state,
        "service": row["service"] or "",
        "question": privacy.seal(asked, _QUESTION),
        "answer": privacy.seal(said, _ANSWER),
        "photos": list(kept),
        "by": operator.actor,
        "decided_by": None,
        "at": clock.now(),
    }
    change = {f"checks.{slot}": each for slot, each in checks.items()} | {"public": public}
    _write(db, row, change, row.get("public"), *checking.promises(checks))
    return _known(get(db, number))


def _agreed(
    db: Database,
    row: TicketRow,
    operator: Operator,
    words: tuple[str, str],
    photos: tuple[str, ...],
) -> tuple[str, str]:
    """Question and answer, masked; raises filing.TicketInvalid, NotAgreed."""
    texts = filing.check_text(words[0]), filing.check_text(words[1])
    name = residents.reveal(db, row["resident"], operator.actor, "publish").name
    masked = masking.question(texts[0], name), masking.answer(texts[1], name)
    if not row.get("may_publish"):
        own = masking.question(privacy.open(row["text"], records.TEXT), name)
        if photos or any(masking.repeats(each, own) for each in masked):
            raise NotAgreed
    return masked


def unjudged(db: Database, number: str) -> dict[str, str]:
    """The words of a publication whose verdicts are awaited, by slot."""
    row = records.find(db, number)
    found, known = _publication(row), checking.verdicts(row)
    if found is None or found.state not in OPEN:
        return {}
    waiting = {slot for slot, each in known.items() if each["verdict"] == checking.WAITING}
    return {slot: each for slot, each in found.words.items() if slot in waiting}


def judged(db: Database, *, trace: str, suggest: str, label: int, why: str) -> bool:
    """Keep a verdict that came under a trace id, and let what waited for it go on.

    False when no ticket knows the trace; a suggestion we do not know wants a human.
    """
    found = checking.of_trace(db, trace)
    if found is None:
        return False
    number, slot = found
    checking.judge(db, number, slot, checking.read(suggest), label, why)
    settle(db, number)
    return True


def settle(db: Database, number: str) -> None:
    """Let a publication that waited for verdicts go on as they came; repeatable.

    What turns out to be risky is taken back, whoever published it.
    """
    row = records.find(db, number)
    found = _publication(row)
    if found is None or found.state not in OPEN:
        return
    state = _OUTCOMES[checking.worst(row, [checking.TEXT, *found.words, *found.photos])]
    if state == REFUSED or (found.state == CHECKING and state != CHECKING):
        guard = {"_id": number, "public.state": found.state, "public.at": found.at}
        store.tickets(db).update_one(guard, {"$set": {"public.state": state}})


def may_confirm(found: Publication, operator: Operator) -> bool:
    """Whether it waits for a supervisor, and this one did not ask for it herself."""
    waits = found.state == REVIEW and found.by != operator.actor
    return waits and operators.may(operator, "ticket.publish")


def confirm(db: Database, number: str, operator: Operator) -> None:
    """Publish what wants a human's look, by the hand of a supervisor who did not ask for it.

    Raises records.NoSuchTicket, operators.NotAllowed, NotPublishable.
    """
    operators.require(operator, "ticket.publish")
    _decide(db, number, operator, (REVIEW,), PUBLISHED)
    audit.record(db, operator.actor, "ticket.publish", f"ticket:{number}")


def withdraw(db: Database, number: str, operator: Operator) -> None:
    """Take a publication back, or a wish for one. Raises as `confirm`."""
    if not operators.may(operator, "ticket.publish"):
        operators.require(operator, "ticket.answer")
    _decide(db, number, operator, OPEN, WITHDRAWN)
    audit.record(db, operator.actor, "ticket.unpublish", f"ticket:{number}")


def _decide(
    db: Database, number: str, operator: Operator, starts: tuple[str, ...], to: str
) -> None:
    row = records.find(db, number)
    if not tickets.may_see(operator, records.ticket(row)):
        raise records.NoSuchTicket
    public = row.get("public")
    if public is None or public["state"] not in starts:
        raise NotPublishable
    if to == PUBLISHED and public["by"] == operator.actor:
        raise NotPublishable
    change: dict[str, Any] = {"public.state": to, "public.decided_by": operator.actor}
    _write(db, row, change, public)


def _write(
    db: Database,
    row: TicketRow,
    change: dict[str, Any],
    before: PublicRow | None,
    *owed: outbox.Promise,
) -> None:
    guard: dict[str, Any] = {"_id": row["_id"], "version": row["version"]}
    guard |= {"public.at": before["at"]} if before else {"public": {"$exists": False}}
    update = {"$set": change | {"changed": clock.now()}, "$inc": {"version": 1}}
    if not store.tickets(db).update_one(guard, outbox.pledge(update, *owed)).modified_count:
        raise tickets.TicketChanged


def get(db: Database, number: str) -> Publication | None:
    """The publication of a ticket; raises records.NoSuchTicket."""
    return _publication(records.find(db, number))


def _known(found: Publication | None) -> Publication:
    if found is None:
        raise records.NoSuchTicket
    return found


def shown(db: Database, service: str | None = None, limit: int = 50) -> list[Publication]:
    """What the public may read, the latest first: about one service, or all."""
    asked: dict[str, Any] = {"public.state": PUBLISHED}
    if service is not None:
        asked["public.service"] = service
    rows = store.tickets(db).find(asked).sort("public.at", -1).limit(limit)
    return [found for row in rows if (found := _publication(row))]


def pending(db: Database, limit: int = 50) -> list[Publication]:
    """What waits for a supervisor's hand, the latest first."""
    rows = store.tickets(db).find({"public.state": REVIEW}).sort("public.at", -1).limit(limit)
    return [found for row in rows if (found := _publication(row))]


def photo(db: Database, number: str, file: str) -> str:
    """The id of a photograph the public may see; raises files.NoSuchFile."""
    found = get(db, number)
    if found is None or found.state != PUBLISHED or file not in found.photos:
        raise files.NoSuchFile
    return file


def _publication(row: TicketRow) -> Publication | None:
    public = row.get("public")
    if public is None:
        return None
    return Publication(
        number=row["_id"],
        state=public["state"],
        service=public["service"] or None,
        question=privacy.open(public["question"], _QUESTION),
        answer=privacy.open(public["answer"], _ANSWER),
        photos=tuple(public["photos"]),
        by=public["by"],
        decided_by=public["decided_by"],
        at=public["at"],
    )
