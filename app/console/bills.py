"""Bills: what is owed and paid, the attempts at each wallet, and asking a wallet at once."""

import secrets
from contextlib import suppress
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, clock, texts
from base.errors import Missing, Problem, Unreachable
from payments import attempts, bills, counter, fiscal, ledger, notes, refunds, repaying
from payments.moves import ASKED, FAILED, FOR_HUMANS, OPEN_THERE
from payments.reconciliation import differences
from people import operators
from tracking import cases

from .. import fiscal as finance
from ..runtime import here
from . import scope
from .guard import me, needs
from .quarantine import place

blueprint = Blueprint("bills", __name__, url_prefix="/bills")

STATES = ("open", "overdue", "paid", "waived", "cancelled")
CANCELLED: Final = "bill_cancelled"
_MOST = 100


@blueprint.get("")
@needs("bill.see")
def page() -> ResponseReturnValue:
    """The latest bills in one state, of the operator's agency if she has one."""
    state = request.args.get("state", "open")
    if state not in STATES:
        raise Missing
    told = (_MOST, me().agency)
    late = state == "overdue"
    rows = bills.overdue(here().db, *told) if late else bills.recent(here().db, state, *told)
    return render_template("console/bills.html", rows=rows, state=state, states=STATES)


@blueprint.get("/<number>")
@needs("bill.see")
def show(number: str) -> ResponseReturnValue:
    """One bill with its lines, its attempts and its story."""
    bill = scope.bill(number)
    left = [(each, bill.left(each["transaction"])) for each in bill.received]
    return render_template(
        "console/bill.html",
        bill=bill,
        facts=bills.facts(here().db, bill.number),
        differences=differences.of_bill(here().db, bill),
        levy=fiscal.find(here().db, bill.number),
        stuck={
            number for number, each in bill.refunds.items() if refunds.stuck(here().db, bill, each)
        },
        returnable=[(each, fen) for each, fen in left if fen > 0],
        balances=ledger.balances(bill.ledger),
        for_humans=FOR_HUMANS,
        failed=FAILED,
        methods=counter.METHODS,
        note_of=notes.said,
        key=secrets.token_hex(16),
        asked=_asked(bill),
        overdrafts=[(each, place(each)) for each in bill.overdrafts],
        sees_case=operators.may(me(), "case.see"),
        **_hints(bill),
    )


def _hints(bill: bills.Bill) -> dict[str, Any]:
    """What the page says about the last day, and whether the case still owes a cancelled bill."""
    late = bill.state == "open" and bill.payable_by < clock.today().isoformat()
    return {"overdue": late, "still_owed": bill.state == "cancelled" and _is_owed(bill)}


def _is_owed(bill: bills.Bill) -> bool:
    """Whether the case of a bill goes on and waits for a payment."""
    try:
        case = cases.get(here().db, bill.case)
    except cases.NoSuchCase:
        return False
    return case.payment.state == "due" and not case.finished


def _asked(bill: bills.Bill) -> bool:
    """Whether a wallet may know more than we do."""
    orders = any(each.state in ASKED for each in bill.attempts.values())
    returning = (each for each in bill.refunds.values() if each.wallet in here().wallets)
    return orders or any(each.state in OPEN_THERE for each in returning)


@blueprint.post("/<number>/ask")
@needs("bill.see")
def ask(number: str) -> ResponseReturnValue:
    """Ask wallets and finance now how this bill stands, and follow what they say."""
    bill = scope.bill(number)
    audit.record(here().db, me().actor, "bill.ask", f"bill:{bill.number}")
    bills.refresh(here().db, here().wallets, bill.number)
    with suppress(Unreachable):
        finance.ask(here(), bill.number)
    fresh = repaying.refresh(here().db, here().wallets, bill.number)
    changed = fresh.version != bill.version
    flash(texts.say(f"console.bill_{'asked' if changed else 'unchanged'}"), "success")
    return redirect(url_for("console.bills.show", number=bill.number), 303)


@blueprint.post("/<number>/cancel")
@needs("bill.cancel")
def cancel(number: str) -> ResponseReturnValue:
    """Withdraw an open bill with a reason; the case goes on waiting for its payment.

    Finance and its wallets are asked first, and the live order is ended.
    """
    bill, note = scope.bill(number), request.form.get("note", "").strip()
    try:
        with suppress(fiscal.Unbooked):
            finance.ask(here(), bill.number)
        attempts.end(here().db, here().wallets, bill.number)
        bills.cancel(here().db, bill.number, by=me().actor, note=note or " ", tell=CANCELLED)
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger")
    except Unreachable:
        return back(bill.number, texts.say("errors.earlier_payment_unsettled"), "danger")
    return _done("cancel", bill.number, bill.number)


@blueprint.post("/<number>/reissue")
@needs("bill.cancel")
def reissue(number: str) -> ResponseReturnValue:
    """Issue a cancelled bill anew, where its case still owes it."""
    bill = scope.bill(number)
    try:
        if not bill.replaced_by and not _is_owed(bill):
            raise bills.NotReissuable
        anew = bills.reissue(here().db, bill.number, by=me().actor)
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger")
    return _done("reissue", bill.number, anew.number)


def _done(act: str, number: str, shown: str) -> ResponseReturnValue:
    audit.record(here().db, me().actor, f"bill.{act}", f"bill:{number}", bill=shown)
    return back(shown, texts.say(f"console.bill_acts.{act}"), "success")


def back(number: str, words: str, tone: str, place: str = "") -> ResponseReturnValue:
    """To the page of a bill, with a word on what came of it."""
    flash(words, tone)
    return redirect(url_for("console.bills.show", number=number) + place, 303)
