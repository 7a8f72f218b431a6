"""Differences as cases: found once, owned by somebody, closed by two officers or by themselves."""

import hashlib
from contextlib import suppress
from datetime import timedelta
from itertools import chain, islice
from typing import Any, Final

from base import alarms, clock, outbox, privacy, texts
from base.errors import Conflict, Forbidden, Invalid
from base.store import Database, Document

from ..records import Bill
from ..statements import PAYMENT
from . import store
from .matching import CLASSES
from .store import Difference, NoSuchDifference, StepDoc

__all__ = ["Difference", "NoSuchDifference"]

ALARM: Final = "differences_open"
SYSTEM: Final = "system"
LONGEST_NOTE: Final = 200
STATES: Final = ("open", "proposed", "waiting", "healed", "closed", "escalated")
UNSETTLED: Final = ("waiting", "open", "proposed")
FOR_HUMANS: Final = ("open", "proposed")
# What the system may try to mend by itself, and what it asks the wallet about.
ASKED: Final = frozenset(
    {
        *("unbooked", "unlisted", "unbacked", "refund_console"),
        *("refund_unbooked", "refund_unlisted", "refund_unbacked"),
    }
)
# What says that money we booked may not be there: none of it goes back meanwhile.
_DENIED: Final = frozenset({"unlisted", "unbacked", "amount"})
REASONS: Final = ("booked", "returned", "corrected", "timing", "test", "other")
_NOTE: Final = "difference.note"
# What was found of a difference, which never changes.
_FOUND: Final = (
    "statement", "provider", "day", "kind", "number", "transaction", "order", "of",
    "theirs", "ours", "bill", "agency", "file", "offset", "happened",
)  # fmt: skip
_LISTED: Final = timedelta(days=400)
_TRIES: Final = 20


class OwnDifference(Forbidden):
    """Whoever proposes to close a difference does not agree to it."""

    code = "own_difference"


class DifferencePassed(Conflict):
    """The difference is past this step."""

    code = "difference_passed"


class BadClosing(Invalid):
    """Closing a difference takes a reason and a word on what was done."""

    code = "bad_closing"


def id_of(provider: str, day: str, cause: str, kind: str, number: str, transaction: str) -> str:
    """The one id of a difference, whoever finds it and how often."""
    told = "\n".join((provider, day, cause, kind, number, transaction))
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def record(db: Database, row: Document) -> bool:
    """Write a difference down once; False when it was found before.

    One of the day's cut waits for the next statement; the wallet is asked about those of ASKED.
    What was taken for mended, and is there again, is opened again.
    """
    moment, doubt = clock.now(), row["cause"] == "day_cut"
    made: Document = {
        "class": CLASSES[row["cause"]],
        "state": "waiting" if doubt else "open",
        "owner": "",
        "reason": "",
        "note": "",
        "proposed_by": "",
        "closed_by": "",
        "says": "",
        "at": moment,
        "updated": moment,
        "version": 1,
        "history": [StepDoc(at=moment, move="found", by=SYSTEM)],
    }
    asked = [outbox.promise("difference.heal")] if row["cause"] in ASKED else []
    return store.lay(db, row | made, *asked) or _reopened(db, row | made, *asked)


def _reopened(db: Database, row: Document, *promises: Any) -> bool:
    """Undo whatever has mended it, now that it is found again."""
    found = store.difference(db, row["_id"])
    if found.state != "healed":
        return False
    values = {name: row[name] for name in ("state", "file", "offset", "says", "proposed_by")}
    return store.shift(db, found, row["history"][0], values, *promises)


def get(db: Database, id: str) -> Difference:
    """One difference; raises NoSuchDifference."""
    return store.difference(db, id)


def of_statement(db: Database, id: str, most: int | None = store.MOST) -> list[Difference]:
    """The differences of a day, those that wait for somebody first; all of them if not `most`."""
    each_state = (store.differences(db, id, state) for state in STATES)
    found = islice(chain.from_iterable(each_state), most)
    return sorted(found, key=lambda each: (STATES.index(each.state), each.cause, each.happened))


def listed(db: Database, state: str, limit: int = 100) -> list[Difference]:
    """The differences of all days in one state, the latest first."""
    return store.in_state(db, state, clock.now() - _LISTED, limit)


def of_bill(db: Database, bill: Bill) -> list[Difference]:
    """Every difference about a bill, oldest first."""
    return store.of_bill(db, bill.number)


def disputed(db: Database, bill: str, transaction: str) -> bool:
    """Whether a statement denies this payment, or its sum, and nobody has settled that yet."""
    return bool(denying(db, bill, transaction))


def denying(db: Database, bill: str, transaction: str) -> list[Difference]:
    """The unsettled differences by which statements deny a payment of a bill, oldest first.

    One that has an order's payment under another transaction denies all of the bill's.
    """
    found = store.of_bill(db, bill)
    return [each for each in found if each.state in FOR_HUMANS and _denies(each, transaction)]


def _denies(found: Difference, transaction: str) -> bool:
    if found.cause == "identity":
        return found.kind == PAYMENT
    return found.cause in _DENIED and found.transaction == transaction


def take(db: Database, id: str, *, by: str) -> Difference:
    """Make an officer the owner; raises NoSuchDifference, DifferencePassed."""
    return _step(db, id, "taken", by, ("open",), {"owner": by})


def propose(db: Database, id: str, *, by: str, reason: str, note: str) -> Difference:
    """Say why a difference can be closed; another officer must agree.

    Raises NoSuchDifference, DifferencePassed, BadClosing.
    """
    said = note.strip()
    if reason not in REASONS or not 0 < len(said) <= LONGEST_NOTE:
        raise BadClosing
    kept = {"reason": reason, "note": privacy.seal(said, _NOTE), "proposed_by": by, "owner": by}
    return _step(db, id, "proposed", by, ("open",), kept | {"state": "proposed"})


def agree(db: Database, id: str, *, by: str) -> Difference:
    """Close what another officer proposed; raises NoSuchDifference, OwnDifference,
    DifferencePassed.
    """
    done = _step(db, id, "closed", by, ("proposed",), {"state": "closed", "closed_by": by})
    tell(db, done.statement)
    return done


def object(db: Database, id: str, *, by: str) -> Difference:  # noqa: A001  differences.object
    """Send a proposal back; its owner may take it back herself. Raises as `take`."""
    return _step(db, id, "objected", by, ("proposed",), {"state": "open", "proposed_by": ""})


def ask(db: Database, id: str, *, by: str) -> Difference:
    """Have the wallet asked once more; raises NoSuchDifference, DifferencePassed."""
    if get(db, id).cause not in ASKED:
        raise DifferencePassed
    again = outbox.promise("difference.heal")
    return _step(db, id, "asked", by, ("open",), {}, again)


def healed(db: Database, id: str, how: str) -> None:
    """Note that a difference is no more, and tell; what has been closed stays closed."""
    found = get(db, id)
    if found.state in UNSETTLED and mended(db, found, how):
        tell(db, found.statement)


def mended(db: Database, found: Difference, how: str) -> bool:
    """Note that an unsettled difference is no more, without telling; whether that is news."""
    line, values = StepDoc(at=clock.now(), move=how, by=SYSTEM), {"state": "healed"}
    with suppress(DifferencePassed):
        if not store.shift(db, found, line, values):
            _step(db, found.id, how, SYSTEM, UNSETTLED, values)
        return True
    return False


def answered(db: Database, id: str, says: str) -> None:
    """Note what the wallet says about a difference that is for officers to see to."""
    current = get(db, id)
    if current.state in FOR_HUMANS and current.says != says:
        _step(db, id, "answered", SYSTEM, FOR_HUMANS, {"says": says})


def matched_elsewhere(db: Database, provider: str, fact: Document) -> None:
    """A statement of another day tells of this fact: nobody needs to miss it any longer."""
    payment = fact["kind"] == PAYMENT
    for cause in ("day_cut", "unlisted" if payment else "refund_unlisted"):
        told = (fact["kind"], fact["number"], fact["transaction"])
        id = id_of(provider, fact["day"], cause, *told)
        try:
            healed(db, id, "crossed")
        except NoSuchDifference:
            continue


def gone(db: Database, statement: str, found: set[str]) -> None:
    """What another look at a day no longer finds has been mended since; telling is left to do."""
    for each in store.differences(db, statement, *UNSETTLED):
        if each.id not in found:
            mended(db, each, "gone")


def tell(db: Database, statement: str) -> None:
    """Sound the alarm while a day's differences wait for officers, and end it when none does."""
    left = store.count(db, statement, *FOR_HUMANS)
    provider, _, day = statement.partition(":")
    if left:
        wallet = texts.say(f"payments.wallets.{provider}")
        alarms.sound(db, ALARM, statement, wallet=wallet, day=day, count=left)
    else:
        alarms.clear(db, ALARM, statement)


def escalate(db: Database, doubt: Difference) -> None:
    """A doubt that no neighbouring statement lifted is somebody's now.

    The doubt itself stays what it was: it is marked, and what it has become is written beside it.
    """
    cause = "unlisted" if doubt.kind == PAYMENT else "refund_unlisted"
    row: Document = {name: getattr(doubt, name) for name in _FOUND} | {"cause": cause}
    told = (doubt.provider, doubt.day, cause, doubt.kind, doubt.number, doubt.transaction)
    record(db, row | {"_id": id_of(*told)})
    _step(db, doubt.id, "escalated", SYSTEM, ("waiting",), {"state": "escalated"})


def said(kept: str) -> str:
    """What an officer wrote, opened."""
    return privacy.open(kept, _NOTE) if kept else ""


def _step(
    db: Database, id: str, move: str, by: str, starts: tuple[str, ...], values: Any, *promises: Any
) -> Difference:
    """One guarded move; raises NoSuchDifference, DifferencePassed, OwnDifference."""
    for _ in range(_TRIES):
        current = store.difference(db, id)
        if values.get("closed_by") == current.proposed_by:
            raise OwnDifference
        if current.state not in starts:
            raise DifferencePassed
        line = StepDoc(at=clock.now(), move=move, by=by)
        if store.shift(db, current, line, values, *promises):
            break
    return store.difference(db, id)
