"""A day's statement from its arrival to its differences; every step may be done again."""

import hashlib
from datetime import date, timedelta
from typing import Any, Final

from base import alarms, clock, outbox, texts
from base.errors import Conflict, Unreachable
from base.store import Database, Document

from .. import days, statements
from ..attempts import NoSuchWallet
from ..statements import Damaged, Line, funds
from ..statements import store as raw
from ..statements.funds import Flow
from ..wallets import Wallet, Wallets
from ..wallets.wallet import BadHash, NoStatementYet, Refused
from ..wallets.wallet import Statement as Own
from . import differences, findings, store, tie
from .books import Books, Owing
from .findings import Day
from .matching import pairs
from .store import Statement, StepDoc, booked
from .sums import Sums

MISSING: Final = "statement_missing"
REFUSED: Final = "statement_refused"
REPLACED: Final = "statement_replaced"
SYSTEM: Final = "system"
# The wallet's word for a statement that is to come: something did happen on that day.
_CREATING: Final = "STATEMENT_CREATING"
_TRIES: Final = 20
_OPEN: Final = ("awaited", "rejected", "empty")


class StatementDiffers(Conflict):
    """This day has been matched with another file; what was found stays found."""

    code = "statement_differs"


def expect(db: Database, wallets: Wallets) -> int:
    """Await the statements of the last days and of days missed, once each; how many are new."""
    return sum(_expected(db, provider) for provider in wallets if provider in statements.READERS)


def _expected(db: Database, provider: str) -> int:
    def known(day: date) -> bool:
        return store.find(db, store.name(provider, day)) is not None

    return sum(_awaited(db, provider, day) for day in days.owed(known))


def fetch(db: Database, wallets: Wallets, id: str) -> None:
    """Get a day's statement from its wallet: the effect "statement.fetch".

    Where nothing seems to have happened it is asked for again, and where an officer has brought a
    file the wallet's own is fetched all the same, until the day is past fetching. Raises
    Unreachable with `until` while there is none; one that is not what was announced is refused
    with an alarm, and asked for again.
    """
    found = store.statement(db, id)
    if not _is_wanted(found) or found.provider not in wallets:
        return
    day = date.fromisoformat(found.day)
    try:
        told = wallets[found.provider].statement(day)
    except NoStatementYet as none:
        _not_there(db, found, day, none.reason)
        _put_off(found, day, none.reason)
    except (BadHash, Refused) as trouble:
        _complain(db, REFUSED, found, "hash" if isinstance(trouble, BadHash) else "refused")
        _put_off(found, day, str(trouble))
    else:
        receive(db, found.provider, day, told.content, by=SYSTEM, own=told)


def _is_wanted(found: Statement) -> bool:
    """Whether the wallet's own file is still to come."""
    return found.state in ("awaited", "empty") or found.source == "upload"


def _put_off(found: Statement, day: date, reason: str) -> None:
    """Ask again later; where nobody waits for the file, only while the day is to be fetched."""
    if found.state == "awaited" or day >= days.due()[-1]:
        raise Unreachable(found.provider, reason=reason, until=_again())


def receive(
    db: Database, provider: str, day: date, content: bytes, *, by: str, own: Own | None = None
) -> Statement:
    """Keep a day's statement, raw first, and promise to match it; the same file again is nothing.

    `own` is what the wallet gave with its own file, which takes the place of one that an officer
    has brought. Raises NoSuchWallet, and StatementDiffers once the day was matched with another
    file.
    """
    if provider not in statements.READERS:
        raise NoSuchWallet
    _awaited(db, provider, day)
    id, fingerprint = store.name(provider, day), hashlib.sha256(content).hexdigest()
    for _ in range(_TRIES):
        found = store.statement(db, id)
        proves = by == SYSTEM and found.source == "upload"
        if found.fingerprint == fingerprint and found.state not in _OPEN and not proves:
            return found
        if found.state not in _OPEN and not proves:
            break
        values: Document = {"state": "stored", "file": raw.keep(db, id, content), "trouble": ""}
        values |= {"fingerprint": fingerprint, "source": "wallet" if by == SYSTEM else "upload"}
        values |= {"funds": _kept_flow(db, id, own), "serial": own.serial if own else ""}
        differs = proves and found.fingerprint != fingerprint
        step = StepDoc(at=clock.now(), move="replaced" if differs else "stored", by=by)
        if differs:
            _replaced(db, found)
        if store.move(db, found, step, values, outbox.promise("statement.match")):
            return store.statement(db, id)
    raise StatementDiffers


def _replaced(db: Database, found: Statement) -> None:
    """What an officer brought was not what the wallet says: nothing in it places any money."""
    store.uncross(db, found.id, found.day)
    wallet = texts.say(f"payments.wallets.{found.provider}")
    alarms.sound(db, REPLACED, found.id, wallet=wallet, day=found.day)


def _kept_flow(db: Database, id: str, own: Own | None) -> str:
    """The id of what the wallet's account says, kept beside the statement; empty without one."""
    return raw.keep(db, f"{id}:funds", own.funds) if own and own.funds else ""


def match(db: Database, wallets: Wallets, id: str, owing: Owing) -> Statement:
    """Hold a statement against our books: the effect "statement.match".

    The first time its figures are kept. Again, it finds what has come about since, and what is
    no more; where nothing has, nothing changes.
    """
    found = store.statement(db, id)
    if found.state not in ("stored", "matched") or found.provider not in wallets:
        return found
    day = Day(found.id, found.provider, date.fromisoformat(found.day), found.file)
    try:
        lines = _lines(db, day, wallets[found.provider])
        flow = funds.flow(raw.whole(db, found.funds)) if found.funds else None
    except Damaged as damage:
        return _rejected(db, found, damage)
    figures = _held_against(db, day, lines, flow, owing)
    if found.state == "stored":
        _neighbours(db, found, day)
        step = StepDoc(at=clock.now(), move="matched", by=SYSTEM)
        store.move(db, found, step, {"state": "matched", "figures": figures})
        alarms.clear(db, MISSING, id)
        alarms.clear(db, REFUSED, id)
    findings.lift_doubts(db, day.provider, day.date)
    differences.tell(db, id)
    return store.statement(db, id)


def _neighbours(db: Database, found: Statement, day: Day) -> None:
    """Where an upload has placed money of the days beside it, have those matched again."""
    if not any(step["move"] == "replaced" for step in found.history):
        return
    for near in (day.date - timedelta(days=1), day.date + timedelta(days=1)):
        beside = store.find(db, store.name(day.provider, near))
        if beside is not None and beside.state == "matched":
            again(db, beside.id, by=SYSTEM)


def again(db: Database, id: str, *, by: str) -> Statement:
    """Fetch what is awaited or was rejected, match what is there, once more, by an officer's hand.

    Raises NoSuchStatement.
    """
    found = store.statement(db, id)
    fetched = found.state in _OPEN
    values = {"state": "awaited", "trouble": ""} if fetched else {}
    step = StepDoc(at=clock.now(), move="fetch" if fetched else "match", by=by)
    promise = outbox.promise("statement.fetch" if fetched else "statement.match")
    store.move(db, found, step, values, promise)
    return store.statement(db, id)


def _awaited(db: Database, provider: str, day: date) -> bool:
    """Write down that a statement is to come, and promise to fetch it; whether it is new."""
    moment = clock.now()
    row: Document = {
        "_id": store.name(provider, day),
        "provider": provider,
        "day": day.isoformat(),
        "state": "awaited",
        "file": "",
        "source": "",
        "fingerprint": "",
        "serial": "",
        "trouble": "",
        "figures": {},
        "funds": "",
        "version": 1,
        "created": moment,
        "updated": moment,
        "history": [],
    }
    return store.expect(db, row, outbox.promise("statement.fetch"))


def _not_there(db: Database, found: Statement, day: date, reason: str) -> None:
    """No statement: nothing happened if our books say so too, else somebody must know at noon.

    So she must if the wallet denies a day of which an upload tells.
    """
    if not days.is_late(day):
        return
    if found.state in ("stored", "matched"):
        told = found.figures.get("theirs", {}).values()
        if reason != _CREATING and any(many for many, _ in told):
            _complain(db, MISSING, found, "denied")
        return
    if reason == _CREATING or next(booked.facts(db, found.provider, day), None) is not None:
        _complain(db, MISSING, found, "missing")
    elif found.state == "awaited":
        step = StepDoc(at=clock.now(), move="empty", by=SYSTEM)
        store.move(db, found, step, {"state": "empty"})
        alarms.clear(db, MISSING, found.id)
        findings.lift_doubts(db, found.provider, day)


def _again() -> Any:
    return clock.now() + timedelta(minutes=days.table()["daily"]["again_minutes"])


def _complain(db: Database, alarm: str, found: Statement, reason: str) -> None:
    wallet = texts.say(f"payments.wallets.{found.provider}")
    words = texts.say(f"reconciliation.damaged.{reason}")
    alarms.sound(db, alarm, found.id, wallet=wallet, day=found.day, reason=words)
    if found.trouble != reason:
        step = StepDoc(at=clock.now(), move="trouble", by=SYSTEM, reason=reason)
        store.move(db, found, step, {"trouble": reason})


def _rejected(db: Database, found: Statement, damage: Damaged) -> Statement:
    """The file is not what it should be: nothing of it counts, and somebody must get another."""
    if found.state == "stored":
        step = StepDoc(at=clock.now(), move="rejected", by=SYSTEM, reason=damage.reason)
        store.move(db, found, step, {"state": "rejected", "trouble": damage.reason})
        _complain(db, REFUSED, store.statement(db, found.id), damage.reason)
    return store.statement(db, found.id)


def _lines(db: Database, day: Day, wallet: Wallet) -> list[Line]:
    content = raw.whole(db, day.file)
    return statements.read(day.provider, day.date, content, wallet.merchant)


def _held_against(
    db: Database, day: Day, lines: list[Line], flow: Flow | None, owing: Owing
) -> dict[str, Any]:
    """Find and write down every difference of a day; what its sides came to."""
    sums, found = Sums(), set[str]()
    ours = Books(db, day.provider, day.date, owing)
    met = sums.met(pairs(sums.theirs(lines), sums.ours(ours.entries())))
    for each in findings.among(db, day, met, ours, lines):
        row = findings.row(day, each)
        found.add(row["_id"])
        differences.record(db, row)
    figures = sums.figures(flow)
    for row in tie.untied(day, figures):
        found.add(row["_id"])
        differences.record(db, row)
    differences.gone(db, day.id, found)
    return figures
