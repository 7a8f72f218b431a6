"""Tickets, as the rest of the house sees them: file, answer, pass on, rate, list, open."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from base import audit, clock, outbox, privacy, submissions
from base.errors import Conflict
from base.store import Database
from people import operators
from people.operators import Operator

from . import filing, grades, moves, records, store, triage
from .filing import TicketInvalid, ask, complain
from .records import Content, NoSuchTicket, Place, Ticket
from .store import TicketRow

__all__ = [
    "Content",
    "NoSuchTicket",
    "Place",
    "Ticket",
    "TicketChanged",
    "TicketInvalid",
    "WrongTicketState",
    "answer",
    "ask",
    "complain",
    "desk",
    "get",
    "holds",
    "may_see",
    "of",
    "owned",
    "rate",
    "read",
    "rehome",
    "seen",
    "transfer",
]

_FARTHEST: Final = timedelta(days=400)
_LATEST: Final = timedelta(days=60)


class WrongTicketState(Conflict):
    """The ticket is not in the state this starts from: answered already, not answered yet …"""

    code = "wrong_ticket_state"


class TicketChanged(Conflict):
    """Somebody else changed the ticket between our reading and writing it."""

    code = "ticket_changed_meanwhile"


def answer(db: Database, number: str, operator: Operator, text: str) -> Ticket:
    """Answer an open ticket, with effect "ticket.answered".

    Raises NoSuchTicket, operators.NotAllowed, TicketInvalid, WrongTicketState, TicketChanged.
    """
    row = _seen(db, number, operator)
    if row["route"] == "ordinary":
        operators.require(operator, moves.MOVES["answer"].right)
    written = filing.check_text(text)
    sealed = privacy.seal(written, records.ANSWER)
    given = {"text": sealed, "by": operator.actor, "at": clock.now()}
    return _move(db, row, "answer", operator.actor, {"answer": given})


def transfer(db: Database, number: str, operator: Operator, agency: str, note: str = "") -> Ticket:
    """Pass an open ticket on to another agency; the deadline stays. Raises as `answer`."""
    row = _seen(db, number, operator)
    operators.require(operator, moves.MOVES["transfer"].right)
    return _move(db, row, "transfer", operator.actor, {"agency": agency}, note)


def rate(
    db: Database,
    number: str,
    resident: str,
    grade: str,
    tags: Sequence[str] = (),
    words: str = "",
) -> Ticket:
    """Rate the answer to one's own ticket, once, with effect "ticket.rated".

    A bad grade also promises "rating.bad" {of: "ticket", number}. Raises NoSuchTicket,
    grades.RatingInvalid, WrongTicketState, TicketChanged.
    """
    row = _owned(db, number, resident)
    kept = grades.check(grade, tuple(tags), words)
    sealed = privacy.seal(kept, records.WORDS) if kept else None
    mark = {"grade": grade, "tags": list(tags), "words": sealed, "at": clock.now()}
    return _move(db, row, "rate", f"resident:{resident}", {"rating": mark})


def _move(
    db: Database, row: TicketRow, name: str, by: str, change: dict[str, Any], note: str = ""
) -> Ticket:
    """One guarded write: state, history, version and promises together."""
    move, moment = moves.MOVES[name], clock.now()
    if row["state"] != move.start:
        raise WrongTicketState
    step: dict[str, Any] = {"at": moment, "move": name, "by": by}
    step |= {"from": move.start, "to": move.to}
    if note:
        step["note"] = privacy.seal(filing.tidy(note), records.NOTE)
    update = {
        "$set": change | {"state": move.to, "changed": moment},
        "$push": {"history": step},
        "$inc": {"version": 1},
    }
    guard = {"_id": row["_id"], "state": move.start, "version": row["version"]}
    told = outbox.pledge(update, *_promises(move, row["_id"], change))
    if not store.tickets(db).update_one(guard, told).modified_count:
        raise TicketChanged
    return get(db, row["_id"])


def _promises(move: moves.Move, number: str, change: dict[str, Any]) -> list[outbox.Promise]:
    owed = [outbox.promise(effect, number=number) for effect in move.promises]
    if grades.is_bad(change.get("rating", {}).get("grade", "")):
        owed.append(outbox.promise("rating.bad", of="ticket", number=number))
    return owed


def get(db: Database, number: str) -> Ticket:
    """The ticket of this number, for our own use; raises NoSuchTicket."""
    return records.ticket(records.find(db, number))


def owned(db: Database, number: str, resident: str) -> Ticket:
    """A resident's own ticket; raises NoSuchTicket for anybody else's."""
    return records.ticket(_owned(db, number, resident))


def _owned(db: Database, number: str, resident: str) -> TicketRow:
    row = records.find(db, number)
    if row["resident"] != resident:
        raise NoSuchTicket
    return row


def seen(db: Database, number: str, operator: Operator) -> Ticket:
    """A ticket an operator may see; raises NoSuchTicket otherwise."""
    return records.ticket(_seen(db, number, operator))


def _seen(db: Database, number: str, operator: Operator) -> TicketRow:
    row = records.find(db, number)
    if not may_see(operator, records.ticket(row)):
        raise NoSuchTicket
    return row


def may_see(operator: Operator, ticket: Ticket) -> bool:
    """Whether a ticket is an operator's to see.

    Integrity matters are the county's discipline role's alone, never the accused agency's.
    """
    if ticket.route == triage.INTEGRITY:
        return operators.may(operator, "ticket.integrity") and operators.covers(operator, None)
    return operators.may(operator, "ticket.see") and operators.covers(operator, ticket.agency)


def read(db: Database, number: str, by: str, why: str) -> Content:
    """What a ticket says, opened; recorded unless it is the resident's own look.

    The caller has asked `owned` or `seen` first.
    """
    row = records.find(db, number)
    if by != f"resident:{row['resident']}":
        audit.record(db, by, "ticket.read", f"ticket:{number}", why=why)
    return records.content(row)


def of(db: Database, resident: str, limit: int = 20) -> list[Ticket]:
    """A resident's own tickets, newest first."""
    rows = store.tickets(db).find({"resident": resident}).sort("created", -1).limit(limit)
    return [records.ticket(row) for row in rows]


def desk(
    db: Database, operator: Operator, state: str = moves.OPEN, limit: int = 50, kind: str = ""
) -> list[Ticket]:
    """What awaits an operator, by deadline: open tickets, or those of the last two months.

    `kind` leaves out the other one.
    """
    routes = ["ordinary"] if operators.may(operator, "ticket.see") else []
    if operators.may(operator, "ticket.integrity") and operators.covers(operator, None):
        routes.append(triage.INTEGRITY)
    wanted = {"state": state} | ({"kind": kind} if kind else {})
    rows = [row for route in routes for row in _listed(db, operator, route, wanted, limit)]
    rows.sort(key=lambda row: (row["due_day"], row["_id"]), reverse=state != moves.OPEN)
    return [records.ticket(row) for row in rows[:limit]]


def _listed(
    db: Database, operator: Operator, route: str, wanted: dict[str, str], limit: int
) -> list[TicketRow]:
    today, waiting = clock.today(), wanted["state"] == moves.OPEN
    asked: dict[str, Any] = {"route": route, **wanted}
    if operator.agency is not None:
        asked["agency"] = operator.agency
    asked["due_day"] = (
        {"$lte": (today + _FARTHEST).isoformat()}
        if waiting
        else {"$gte": (today - _LATEST).isoformat()}
    )
    rows = store.tickets(db).find(asked).sort("due_day", 1 if waiting else -1).limit(limit)
    return list(rows)


def holds(db: Database, submission: str, file: str) -> bool:
    """Whether a submission has become a ticket that names this file."""
    row = submissions.holder(db, store.BOOK, submission)
    return row is not None and file in row["files"]


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand a merged resident's tickets on; repeating is harmless."""
    store.tickets(db).update_many(
        {"resident": from_resident}, {"$set": {"resident": into_resident}}
    )
