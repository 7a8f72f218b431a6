"""What each promise does: the one place where cases, money, voices and messages meet.

Every effect may run twice, late, or after a crash of itself: it finds its work done and returns.
"""

from datetime import datetime
from typing import Any

from base import alarms, clock, texts
from catalogue import fees
from feedback import tickets
from payments import bills, inquiries, quarantine, reconsidering, refunds, repaying
from payments.bills import Bill, Whose
from payments.moves import FAILED, NOT_RETURNED
from payments.telling import key_of, kind_of
from people import residents
from tracking import cases, messages, subscriptions
from tracking.cases import Case

from . import fiscal, homes
from .runtime import Runtime


def charging(kind: str) -> Any:
    """An effect that tells about a move after which a fee may fall due."""

    def moved(runtime: Runtime, _id: str, *, case: str, resident: str) -> None:
        tell_case(runtime, case, kind, resident)
        charge(runtime, case)

    return moved


def ending(kind: str) -> Any:
    """An effect that tells about the end of a case and settles what became of its fee."""

    def ended(runtime: Runtime, _id: str, *, case: str, resident: str) -> None:
        tell_case(runtime, case, kind, resident)
        call_off(runtime, case)

    return ended


def telling(kind: str) -> Any:
    """An effect that only tells about a move."""

    def told(runtime: Runtime, _id: str, *, case: str, resident: str) -> None:
        tell_case(runtime, case, kind, resident)

    return told


def tell_case(runtime: Runtime, number: str, kind: str, resident: str, **more: object) -> None:
    """Write one message about a case down, once."""
    case = cases.get(runtime.db, number)
    values = messages.about(runtime.db, case, kind, **more)
    home = homes.find(runtime.db, resident)
    messages.tell(runtime.db, key=f"{number}:{kind}", kind=kind, resident=home, values=values)


def charge(runtime: Runtime, number: str) -> None:
    """Issue the bill of a case that owes one and has none yet; an ended case owes nothing."""
    case = cases.get(runtime.db, number)
    if case.payment.state == "due" and case.payment.bill is None and not case.finished:
        bill = bills.issue(
            runtime.db,
            whose(case),
            number_of_case=number,
            resident=case.resident,
            lines=[fees.Line(**line) for line in case.quote["lines"]],
            total=case.payment.amount,
            title=case.service_name,
        )
        case = cases.bill_issued(runtime.db, number, bill.number)
    if case.finished:
        call_off(runtime, number)


def whose(case: Case) -> Whose:
    """Whose income the bill of a case is, and the officer whose move made it due."""
    officers = (step.by for step in reversed(case.history) if step.by.startswith("operator:"))
    return Whose(case.service, case.agency, next(officers, "system"))


def call_off(runtime: Runtime, number: str) -> None:
    """Cancel what an ended case still asks for; give back what was paid for no decision.

    A bill that is paid this very moment is not cancellable: the promise is kept at the next try.
    """
    case = cases.get(runtime.db, number)
    for each in bills.of_case(runtime.db, number):
        bill = each
        if each.state == "open":
            bill = bills.refresh(runtime.db, runtime.wallets, each.number)
        if bill.state == "open":
            bill = bills.cancel(runtime.db, bill.number, by="system")
        if bill.state == "cancelled":
            fiscal.wake(runtime, bill.number)
        elif bill.state == "paid" and case.undecided:
            refunds.owe(runtime.db, bill.number, "case_ended")


def ask_wallet(
    runtime: Runtime, _id: str, *, bill: str, attempt: str, n: int | None = None
) -> None:
    """Ask the wallet how an order stands."""
    inquiries.ask(runtime.db, runtime.wallets, bill, attempt, n)


def go_refund(runtime: Runtime, _id: str, *, bill: str, refund: str, n: int | None = None) -> None:
    """Bring a refund to its wallet, or ask how it stands."""
    repaying.go(runtime.db, runtime.wallets, bill, refund, n)


def ask_about_refund(runtime: Runtime, id: str) -> None:
    """Ask a wallet about a refund in the quarantine, and book it if it was made at its console."""
    reconsidering.ask(runtime.db, runtime.wallets, id)


def doubt_over(runtime: Runtime, id: str) -> None:
    """Write down who closed an item of the quarantine, and end the alarm of the last."""
    quarantine.over(runtime.db, id)


def _watched(runtime: Runtime, number: str, refund: str) -> Bill:
    """The bill, after sounding or ending the alarm of its refund as that stands by then."""
    bill = bills.get(runtime.db, number)
    back = refunds.find(bill, refund)
    if back.state in FAILED:
        wallet = texts.say(f"payments.wallets.{back.wallet}")
        state = texts.say(f"payments.refunds.{back.state}")
        alarms.sound(runtime.db, "refund_failed", refund, wallet=wallet, state=state)
        bill = bills.get(runtime.db, number)
    if bill.refunds[refund].state not in FAILED:
        alarms.clear(runtime.db, "refund_failed", refund)
    return bill


def tell_refund(runtime: Runtime, _id: str, *, bill: str, refund: str, kind: str) -> None:
    """Tell the resident how her refund goes on, and an operator when it does not.

    What is no longer so by now is not told. If the case has ended, what an officer asked for in
    vain is owed by rule, and what was left of a payment while nobody knew.
    """
    found = _watched(runtime, bill, refund)
    back = refunds.find(found, refund)
    case = cases.get(runtime.db, found.case)
    if back.state in (*NOT_RETURNED, "succeeded") and case.finished:
        call_off(runtime, found.case)
    if kind_of(back) != kind:
        return
    reason = texts.say(f"payments.refund_told.{back.reason}")
    more = {"bill": bill, "amount": back.amount, "note": reason, "at": clock.now()}
    values = messages.about(runtime.db, case, kind, **more)
    home = homes.find(runtime.db, found.resident)
    key = key_of(found, back, kind)
    messages.tell(runtime.db, key=key, kind=kind, resident=home, values=values)


def ticket(kind: str) -> Any:
    """An effect that tells about a consultation or complaint."""

    def told(runtime: Runtime, _id: str, *, number: str) -> None:
        found = tickets.get(runtime.db, number)
        values = {
            "number": found.number,
            "ticket_kind": found.kind_name,
            "day": found.due_day,
            "at": found.answered_at if kind == "ticket_answered" else found.created,
        }
        home = homes.find(runtime.db, found.resident)
        messages.tell(runtime.db, key=f"{number}:{kind}", kind=kind, resident=home, values=values)

    return told


def noted(_runtime: Runtime, _id: str, **_facts: object) -> None:
    """An effect whose whole meaning is the line already written; the console reads it there."""


def merged(runtime: Runtime, _id: str, **pair: str) -> None:
    """Hand everything of a merged record on to the one resident it has become, and tell her."""
    old = pair["from"]
    home = homes.find(runtime.db, old)
    if residents.wechat_users(runtime.db, home) > 1:
        told = {"key": f"{old}:account_joined", "kind": "account_joined", "resident": home}
        messages.tell(runtime.db, **told, values={"at": clock.now()})


def account_removed(
    runtime: Runtime, _id: str, *, kind: str, openid: str, since: datetime, **_who: str
) -> None:
    """Delete what belonged to a WeChat account that left, unless it has come back."""
    residents.forget(runtime.db, kind, openid, since)
    if residents.by_account(runtime.db, kind, openid) is None:
        subscriptions.forget(runtime.db, openid)
