"""A bill at the finance system: reserved, confirmed, given back, and its fiscal e-receipt.

The record of a bill follows the bill: `go` compares the two and makes one step after another until
finance knows all there is. What finance says about a notice counts (docs/money.md).
"""

from collections.abc import Callable
from typing import Any, Final

from base import alarms, audit, clock, texts
from base.errors import Conflict, Unreachable
from base.store import Database

from .. import bank
from .. import store as bill_store
from ..records import Bill
from ..store import TRIES, Contended
from ..wallets.nontax import LOCKED, Finance
from ..wallets.wallet import Refused
from . import answers, elsewhere, steps, store
from .days import Day, compare, compare_due
from .elsewhere import Unbooked
from .records import FISCAL_MOVES, LineDoc, Receipt, Record
from .steps import Told
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
    "Unbooked",
    "again",
    "compare",
    "compare_due",
    "denies",
    "disputed",
    "find",
    "go",
    "lock",
    "shown",
    "wake",
]

Name = Callable[[str], str]

LOCK_SECONDS: Final = 2 * 3600


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


def denies(db: Database, bill: Bill) -> bool:
    """Whether finance denies what was paid for a bill: disputes it, or lacks a bank's payment."""
    if bill.paid is None:
        return False
    record = store.find(db, bill.number)
    if record is not None and record.state == "disputed":
        return True
    return bank.denied(db, bill, bill.paid["transaction"])


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
        answers.silent(db, record, "lock")
        raise
    except Refused as refused:
        if refused.code == LOCKED:
            raise LevyLocked from refused
        _not_ours(db, bill.number, record, refused)
        return
    answers.heard(db, record)


def _not_ours(db: Database, bill: str, record: Record, refused: Refused) -> None:
    """Finance will not have an open bill paid; nothing where the bill is not open any more.

    Raises PaidElsewhere, LevyDisputed, Unreachable.
    """
    current = bill_store.get(db, bill)
    if current.state != "open":
        wake(db, bill)
        return
    told = answers.refused(db, current, record, "lock", refused)
    answers.write(db, record, told)
    paid = told.values["state"] == "elsewhere"
    raise (PaidElsewhere if paid else LevyDisputed) from refused


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
    """Ask who paid, and tell finance, step by step, what it does not know: the effect "fiscal.go".

    `name` opens a resident's name, which stands on the receipt. Raises Unreachable with `until`
    while finance is silent or a receipt is not issued, Unbooked while it has money for the bill
    that is for a human to place; Contended.
    """
    known = store.find(db, bill)
    if known is None:
        return
    elsewhere.ask(db, finance, bill_store.get(db, bill), known)
    for _ in range(TRIES):
        current, record = bill_store.get(db, bill), store.find(db, bill) or known
        step = steps.due(current, record)
        if step:
            payer = name(current.resident) if step == "apply" else ""
            _advance(db, finance, current, record, step, payer)
        elif elsewhere.follow(db, finance, current, record):
            return
    raise Contended


def again(db: Database, bill: str, *, by: str) -> None:
    """Bring to finance once more what it would not have; raises NotDisputed."""
    record = store.find(db, bill)
    if record is None or record.state not in FISCAL_MOVES["again"].starts:
        raise NotDisputed
    line = LineDoc(at=clock.now(), move="fiscal_again")
    state = FISCAL_MOVES["again"].to if record.code else "new"
    if not store.change(db, record, {"state": state} | answers.CALM, line):
        raise NotDisputed
    audit.record(db, by, "fiscal.again", f"bill:{bill}")
    alarms.clear(db, "finance_disputed", bill, by=by)
    wake(db, bill)


def _advance(
    db: Database, finance: Finance, bill: Bill, record: Record, step: str, payer: str
) -> None:
    """Make one step and write down what came of it."""
    if step == "apply":
        answers.rest(db, record)
    try:
        told: Told | None = steps.STEPS[step](steps.Talk(finance, bill, record, payer))
    except Unreachable as silent:
        raise answers.silent(db, record, step) from silent
    except Refused as refused:
        told = answers.refused(db, bill, record, step, refused)
    if told is None:
        raise answers.later(db, record)
    answers.write(db, record, told)
