"""A bill at the finance system: reserved, confirmed, given back, and its fiscal e-receipt.

The record of a bill follows the bill: `go` compares the two and makes one step after another until
finance knows all there is. What finance says about a notice counts (docs/money.md).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from base import alarms, audit, clock, texts
from base.errors import Conflict, Unreachable
from base.store import Database

from .. import refunds
from .. import store as bill_store
from ..records import COUNTER, Bill
from ..store import TRIES, Contended
from ..wallets.nontax import DIFFERS, LOCKED, PAID, VOID, Finance
from ..wallets.nontax_wire import PARTNER
from ..wallets.wallet import Refused
from . import steps, store
from .days import Day, compare, compare_due
from .records import FISCAL_MOVES, LineDoc, Receipt, Record
from .steps import Told, moved
from .store import wake

__all__ = [
    "Day",
    "Finance",
    "LevyDisputed",
    "LevyLocked",
    "NotDisputed",
    "PaidElsewhere",
    "Receipt",
    "Record",
    "again",
    "compare",
    "compare_due",
    "disputed",
    "find",
    "go",
    "lock",
    "shown",
    "wake",
]

Name = Callable[[str], str]

LOCK_SECONDS: Final = 2 * 3600
# How long finance is left alone after its n-th silence, and between questions about a receipt.
SILENCES: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 1800))
RECEIPT_WAITS: Final = ((timedelta(minutes=1), timedelta(seconds=10)),)
RECEIPT_WAIT: Final = timedelta(minutes=10)
RECEIPT_LATE: Final = timedelta(days=1)
_CALM: Final[dict[str, Any]] = {"doubt": "", "tries": 0, "silent": None}
_TOLERATED: Final = 3
# Another sum, or withdrawn: what is said of the notice itself, and not of how it was asked.
_DISPUTES: Final = frozenset({DIFFERS, VOID})


class PaidElsewhere(Conflict):
    """Finance says that this notice was paid in another way, at a bank's counter say."""

    code = "paid_elsewhere"


class LevyLocked(Conflict):
    """The notice is being paid through another channel at this moment."""

    code = "levy_locked"


class LevyDisputed(Conflict):
    """Finance has another sum, or has withdrawn the notice: an officer must see to it first."""

    code = "levy_disputed"


class NotDisputed(Conflict):
    """Only what finance would not have can be brought to it again."""

    code = "levy_not_disputed"


def find(db: Database, bill: str) -> Record | None:
    """What finance and we have told each other of a bill."""
    return store.find(db, bill)


def disputed(db: Database, limit: int = 50) -> list[Record]:
    """What finance will not have, newest first; for the console."""
    return store.in_state(db, "disputed", limit)


def shown(db: Database, bill: str) -> list[dict[str, Any]]:
    """The fiscal e-receipts of a bill in words, for whoever may see the bill.

    `state` is applied, issued or red; one that failed is asked for again and not shown.
    """
    record = store.find(db, bill)
    return [
        {
            "amount": each.amount,
            "state": each.stage,
            "state_name": texts.say(f"payments.receipts.{each.stage}"),
            "code": each.code,
            "number": each.serial,
            "check_code": each.check,
            "issued": each.issued,
        }
        for each in (record.receipts if record else ())
        if each.stage != "failed"
    ]


def lock(db: Database, finance: Finance, bill: Bill) -> None:
    """Reserve the notice of an open bill at finance, which has to have one before anybody pays.

    Raises PaidElsewhere, LevyLocked, LevyDisputed, Contended; Unreachable while finance is silent.
    """
    if bill.state != "open":
        return
    record = _noticed(db, finance, bill)
    try:
        finance.lock(record.code, bill.number, bill.total, LOCK_SECONDS)
    except Unreachable:
        _silent(db, record, "lock")
        raise
    except Refused as refused:
        if refused.code == LOCKED:
            raise LevyLocked from refused
        _not_ours(db, bill.number, record, refused)
        return
    if record.tries:
        store.change(db, record, _CALM)
    _spoke(db, record)


def _not_ours(db: Database, bill: str, record: Record, refused: Refused) -> None:
    """Finance will not have an open bill paid; nothing where the bill is not open any more.

    Raises PaidElsewhere, LevyDisputed, Unreachable.
    """
    current = bill_store.get(db, bill)
    if current.state != "open":
        wake(db, bill)
        return
    told = _refused(db, current, record, "lock", refused)
    _write(db, current, record, told)
    elsewhere = told.values["state"] == "elsewhere"
    raise (PaidElsewhere if elsewhere else LevyDisputed) from refused


def _noticed(db: Database, finance: Finance, bill: Bill) -> Record:
    """The record of a bill once finance has its notice."""
    store.add(db, bill.number)
    for _ in range(TRIES):
        record = store.find(db, bill.number)
        if record is None or record.state == "elsewhere":
            raise PaidElsewhere
        if record.state in ("disputed", "void"):
            raise LevyDisputed
        if steps.due(bill, record) != "issue":
            return record
        _advance(db, finance, bill, record, "issue", "")
    raise Contended


def go(db: Database, finance: Finance, bill: str, name: Name) -> None:
    """Tell finance, step by step, what it does not know yet: the effect "fiscal.go".

    `name` opens a resident's name, which stands on the receipt. Raises Unreachable with `until`
    while finance is silent or a receipt is not issued; Contended.
    """
    for _ in range(TRIES):
        current, record = bill_store.get(db, bill), store.find(db, bill)
        step = steps.due(current, record) if record else ""
        if record is None or not step:
            _give_back(db, current, record)
            return
        payer = name(current.resident) if step == "apply" else ""
        _advance(db, finance, current, record, step, payer)
    raise Contended


def _give_back(db: Database, bill: Bill, record: Record | None) -> None:
    """Owe back what a wallet took after finance had the notice as paid in another way.

    What an officer took down at the counter is that other way itself.
    """
    if record and record.state == "elsewhere" and bill.paid and bill.paid["wallet"] != COUNTER:
        refunds.owe(db, bill.number, "paid_elsewhere")


def again(db: Database, bill: str, *, by: str) -> None:
    """Bring to finance once more what it would not have; raises NotDisputed."""
    record = store.find(db, bill)
    if record is None or record.state not in FISCAL_MOVES["again"].starts:
        raise NotDisputed
    line = LineDoc(at=clock.now(), move="fiscal_again")
    state = FISCAL_MOVES["again"].to if record.code else "new"
    if not store.change(db, record, {"state": state} | _CALM, line):
        raise NotDisputed
    audit.record(db, by, "fiscal.again", f"bill:{bill}")
    alarms.clear(db, "finance_disputed", bill, by=by)
    wake(db, bill)


def _advance(
    db: Database, finance: Finance, bill: Bill, record: Record, step: str, payer: str
) -> None:
    """Make one step and write down what came of it."""
    if step == "apply":
        _rest(db, record)
    try:
        told = steps.STEPS[step](steps.Talk(finance, bill, record, payer))
    except Unreachable as silent:
        raise _silent(db, record, step) from silent
    except Refused as refused:
        told = _refused(db, bill, record, step, refused)
    if told is None:
        raise _later(db, record)
    _write(db, bill, record, told)


def _write(db: Database, bill: Bill, record: Record, told: Told) -> None:
    """Write an answer down; money that finance does not want goes back first."""
    state = told.values.get("state")
    if state == "elsewhere" and bill.state == "paid":
        refunds.owe(db, bill.number, "paid_elsewhere")
    lines = (told.line,) if told.line else ()
    if not store.change(db, record, told.values | _CALM, *lines):
        return
    _spoke(db, record)
    if state in ("elsewhere", "disputed"):
        alarms.sound(db, f"finance_{state}", bill.number, bill=bill.number)


def _refused(db: Database, bill: Bill, record: Record, step: str, refused: Refused) -> Told:
    """What a definite no about this notice makes of it; any other no is asked about again."""
    paid = refused.code == PAID and not bill.paid
    move = "elsewhere" if paid else "disputed"
    if (paid or refused.code in _DISPUTES) and record.state in FISCAL_MOVES[move].starts:
        return moved(move, refused.proof, about=refused.code)
    alarms.sound(db, "finance_refuses", code=refused.code, bill=bill.number)
    raise _put_off(db, record, f"refused {step}: {refused.code}") from refused


def _silent(db: Database, record: Record, step: str) -> Unreachable:
    """Nobody knows what finance did: write that down, and when it is time to ask."""
    since = record.silent or clock.now()
    if record.tries + 1 >= _TOLERATED:
        minutes = int((clock.now() - since).total_seconds() / 60)
        alarms.sound(db, "finance_silent", minutes=minutes)
    return _put_off(db, record, f"no answer to {step}", {"doubt": step, "silent": since})


def _put_off(
    db: Database, record: Record, reason: str, values: Mapping[str, Any] = MappingProxyType({})
) -> Unreachable:
    """Count a try that came to nothing; when the next one is due."""
    tries = record.tries + 1
    store.change(db, record, {"tries": tries} | dict(values))
    until = clock.now() + SILENCES[min(tries, len(SILENCES)) - 1]
    return Unreachable(PARTNER, reason=reason, until=until)


def _spoke(db: Database, record: Record) -> None:
    """Finance answers; where it refused this record before, it does not any more."""
    alarms.clear(db, "finance_silent")
    if record.tries:
        alarms.clear(db, "finance_refuses")


def _later(db: Database, record: Record) -> Unreachable:
    """The receipt is not issued yet: when to ask again; after a day somebody should look."""
    age = clock.now() - record.receipts[-1].asked
    if age > RECEIPT_LATE:
        alarms.sound(db, "finance_receipt", record.bill, bill=record.bill)
    wait = next((wait for limit, wait in RECEIPT_WAITS if age < limit), RECEIPT_WAIT)
    return Unreachable(PARTNER, reason="receipt to come", until=clock.now() + wait)


def _rest(db: Database, record: Record) -> None:
    """Let finance rest after a receipt it could not issue; Unreachable until then."""
    last = record.receipts[-1] if record.receipts else None
    if last is None or last.stage != "failed":
        return
    until = last.asked + RECEIPT_WAIT
    if clock.now() < until:
        alarms.sound(db, "finance_receipt", record.bill, bill=record.bill)
        raise Unreachable(PARTNER, reason="a receipt failed", until=until)
