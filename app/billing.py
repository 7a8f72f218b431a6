"""What bills promise after they were issued: their case is told, their resident, and their days.

Every effect may run twice, late, or after a crash of itself: it finds its work done and returns.
"""

from typing import Final

from base import money, texts
from payments import attempts, bills, terms
from payments.bills import Bill
from tracking import cases, messages

from . import effects, fiscal, homes
from .runtime import Runtime

_WHILE_OPEN: Final = frozenset({"bill_reminder", "bill_overdue"})


def issued(runtime: Runtime, _id: str, *, bill: str, case: str, resident: str, amount: int) -> None:
    """Tell what is to be paid, unless it was cancelled before; one issued anew replaces the old."""
    found = bills.get(runtime.db, bill)
    if found.state == "cancelled":
        return
    if not found.replaces:
        more = {"bill": bill, "amount": amount, "day": found.payable_by}
        effects.tell_case(runtime, case, "bill_issued", resident, **more)
        return
    told = cases.charged(runtime.db, case, bill, found.total)
    _tell(runtime, found, "bill_reissued")
    if told.finished:
        effects.call_off(runtime, case)


def paid(runtime: Runtime, _id: str, *, bill: str, case: str, resident: str, amount: int) -> None:
    """Let the case know and go on, and tell that the money has arrived."""
    if cases.get(runtime.db, case).payment.bill is not None:
        cases.charged(runtime.db, case, bill, amount)
    told = cases.paid(runtime.db, case, bill, amount)
    effects.tell_case(runtime, case, "bill_paid", resident, bill=bill, amount=amount)
    if told.finished:
        effects.call_off(runtime, case)


def reduced(
    runtime: Runtime, _id: str, *, bill: str, case: str, amount: int, off: int, reduction: str
) -> None:
    """Let the case know what it owes now, and go on when that is nothing; tell the resident."""
    found = bills.get(runtime.db, bill)
    cases.charged(runtime.db, case, bill, found.total)
    words = texts.say("payments.reduction.told", off=money.yuan(off))
    kind = "bill_reduced" if amount else "bill_waived"
    _tell(runtime, found, kind, reduction, amount=amount, words=words)


def told(
    runtime: Runtime, _id: str, *, bill: str, kind: str, about: str = "", amount: int = 0
) -> None:
    """Tell the resident about a bill; what is no longer so by now is not told."""
    found = bills.get(runtime.db, bill)
    if found.state == "open" or kind not in _WHILE_OPEN:
        _tell(runtime, found, kind, about, amount=amount or found.total)


def term(runtime: Runtime, _id: str, *, bill: str, stage: str) -> None:
    """A day of a bill has come: remind, note it as overdue, or cancel it in the end.

    Whether it was paid is asked first, at the wallets and at finance; the end is put off while a
    wallet is silent, all of it while finance is, or has money for it that nobody could place.
    """
    bills.refresh(runtime.db, runtime.wallets, bill)
    fiscal.ask(runtime, bill)
    if terms.reach(runtime.db, bill, stage):
        attempts.end(runtime.db, runtime.wallets, bill)
        bills.cancel(runtime.db, bill, by="system", tell="bill_lapsed")


def _tell(runtime: Runtime, bill: Bill, kind: str, about: str = "", **more: object) -> None:
    case = cases.get(runtime.db, bill.case)
    said = messages.about(runtime.db, case, bill=bill.number, day=bill.payable_by)
    values = said | {"amount": bill.total} | more
    home, key = homes.find(runtime.db, bill.resident), f"{bill.number}:{kind}:{about}"
    messages.tell(runtime.db, key=key, kind=kind, resident=home, values=values)
