"""What an answer of the finance system, or none, does to a bill's record; and when to ask again."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from base import alarms, clock
from base.errors import Unreachable
from base.store import Database

from ..records import Bill
from ..wallets.nontax import DIFFERS, PAID, VOID
from ..wallets.nontax_wire import PARTNER
from ..wallets.wallet import Refused
from . import store
from .records import FISCAL_MOVES, Record
from .steps import Told, moved

# How long finance is left alone after its n-th silence, and between questions about a receipt.
SILENCES: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 1800))
RECEIPT_WAITS: Final = ((timedelta(minutes=1), timedelta(seconds=10)),)
RECEIPT_WAIT: Final = timedelta(minutes=10)
RECEIPT_LATE: Final = timedelta(days=1)
CALM: Final[dict[str, Any]] = {"doubt": "", "tries": 0, "silent": None}
_TOLERATED: Final = 3
# Another sum, or withdrawn: what is said of the notice itself, and not of how it was asked.
_DISPUTES: Final = frozenset({DIFFERS, VOID})


def write(db: Database, record: Record, told: Told) -> bool:
    """Write an answer down, and tell a human what is disputed; False when it came too late."""
    state = told.values.get("state", record.state)
    lines = (told.line,) if told.line else ()
    if not store.change(db, record, told.values | CALM, *lines):
        return False
    _spoke(db, record)
    if record.state == "disputed" and state != "disputed":
        alarms.clear(db, "finance_disputed", record.bill)
    if state == "disputed" != record.state:
        alarms.sound(db, "finance_disputed", record.bill, bill=record.bill)
    return True


def heard(db: Database, record: Record) -> None:
    """Finance has answered, and nothing new."""
    if record.tries:
        store.change(db, record, CALM)
    _spoke(db, record)


def refused(db: Database, bill: Bill, record: Record, step: str, no: Refused) -> Told:
    """What a definite no about this notice makes of it; any other no is asked about again."""
    paid = no.code == PAID and not bill.paid
    move = "elsewhere" if paid else "disputed"
    if (paid or no.code in _DISPUTES) and record.state in FISCAL_MOVES[move].starts:
        return moved(move, no.proof, about=no.code)
    raise refuses(db, bill, record, step, no) from no


def refuses(db: Database, bill: Bill, record: Record, step: str, no: Refused) -> Unreachable:
    """A no that says nothing of the notice is silence with an alarm of its own."""
    alarms.sound(db, "finance_refuses", code=no.code, bill=bill.number)
    return _put_off(db, record, f"refused {step}: {no.code}")


def silent(db: Database, record: Record, step: str) -> Unreachable:
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


def later(db: Database, record: Record) -> Unreachable:
    """The receipt is not issued yet: when to ask again; after a day somebody should look."""
    age = clock.now() - record.receipts[-1].asked
    if age > RECEIPT_LATE:
        alarms.sound(db, "finance_receipt", record.bill, bill=record.bill)
    wait = next((wait for limit, wait in RECEIPT_WAITS if age < limit), RECEIPT_WAIT)
    return Unreachable(PARTNER, reason="receipt to come", until=clock.now() + wait)


def rest(db: Database, record: Record) -> None:
    """Let finance rest after a receipt it could not issue; Unreachable until then."""
    last = record.receipts[-1] if record.receipts else None
    if last is None or last.stage != "failed":
        return
    until = last.asked + RECEIPT_WAIT
    if clock.now() < until:
        alarms.sound(db, "finance_receipt", record.bill, bill=record.bill)
        raise Unreachable(PARTNER, reason="a receipt failed", until=until)
