"""Bills: what is owed and paid, the attempts at each wallet, and asking a wallet at once."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, texts
from base.errors import Missing
from payments import bills, ledger, refunds, repaying
from payments.moves import ASKED, FOR_HUMANS, UNDER_WAY
from people import operators

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("bills", __name__, url_prefix="/bills")

STATES = ("open", "paid", "cancelled")
_MOST = 100


@blueprint.get("")
@needs("bill.see")
def page() -> ResponseReturnValue:
    """The latest bills in one state, of the operator's agency if she has one."""
    state = request.args.get("state", "open")
    if state not in STATES:
        raise Missing
    found = bills.recent(here().db, state, _MOST)
    rows = [each for each in found if scope.covers_case(each.case)]
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
        returnable=[(each, fen) for each, fen in left if fen > 0],
        balances=ledger.balances(bill.ledger),
        for_humans=FOR_HUMANS,
        note_of=refunds.said,
        key=secrets.token_hex(16),
        asked=_asked(bill),
        sees_case=operators.may(me(), "case.see"),
    )


def _asked(bill: bills.Bill) -> bool:
    """Whether a wallet may know more than we do."""
    orders = (each.state in ASKED for each in bill.attempts.values())
    return any(orders) or any(each.state in UNDER_WAY for each in bill.refunds.values())


@blueprint.post("/<number>/ask")
@needs("bill.see")
def ask(number: str) -> ResponseReturnValue:
    """Ask the wallets now how the orders of this bill stand, and follow what they say."""
    bill = scope.bill(number)
    audit.record(here().db, me().actor, "bill.ask", f"bill:{bill.number}")
    bills.refresh(here().db, here().wallets, bill.number)
    fresh = repaying.refresh(here().db, here().wallets, bill.number)
    changed = fresh.version != bill.version
    flash(texts.say(f"console.bill_{'asked' if changed else 'unchanged'}"), "success")
    return redirect(url_for("console.bills.show", number=bill.number), 303)
