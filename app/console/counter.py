"""The counter: taking and giving money, and the day's close by somebody who touched none of it."""

from collections.abc import Callable, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, clock, money, once, texts
from base.errors import Missing, Problem, Unreachable
from base.store import Database, Document
from payments import counter, fiscal, slips
from payments.bills import Bill
from payments.records import Slip

from ..runtime import here
from . import scope
from .bills import back
from .guard import me, needs

blueprint = Blueprint("counter", __name__)

Verdict = Callable[[Database, str, str, str, str], Slip]
Key = tuple[str, str, str]

VERDICTS: Final[Mapping[str, Verdict]] = MappingProxyType(
    {
        "sign": lambda db, bill, slip, by, _: slips.sign(db, bill, slip, by=by),
        "dispute": lambda db, bill, slip, by, note: slips.dispute(db, bill, slip, by=by, note=note),
    }
)
_PLACE: Final = "#counter"
_MOST: Final = 100


@blueprint.get("/counter")
@needs("bill.see")
def page() -> ResponseReturnValue:
    """What waits at the counter: unsigned slips by day, cashier and kind; disputes; payouts."""
    return render_template(
        "console/counter.html",
        groups=[(key, rows, slips.drawer(slip for _, slip in rows)) for key, rows in _unsigned()],
        disputed=slips.waiting(here().db, "disputed", agency=me().agency),
        payouts=counter.payouts(here().db, _MOST + 1, me().agency),
        most=_MOST,
    )


def _unsigned() -> list[tuple[Key, list[tuple[Bill, Slip]]]]:
    """The unsigned slips of each day, cashier and kind of money."""
    rows = sorted(slips.waiting(here().db, agency=me().agency), key=_key)
    return [(key, list(of)) for key, of in groupby(rows, _key)]


def _key(row: tuple[Bill, Slip]) -> Key:
    slip = row[1]
    return slip.at.astimezone(clock.SHANGHAI).date().isoformat(), slip.by, slip.method


@blueprint.post("/counter/close")
@needs("counter.sign")
def close() -> ResponseReturnValue:
    """Sign the slips of one day, cashier and kind that were shown, when the money is all there.

    None where others wait than were shown; if somebody sees one meanwhile, the rest waits on.
    """
    form = request.form
    wanted = (form.get("day", ""), form.get("by", ""), form.get("method", ""))
    given = [(bill.number, slip) for bill, slip in dict(_unsigned()).get(wanted, [])]
    try:
        counted = money.balance(form.get("counted", "").strip())
        if sorted(form.getlist("slip")) != sorted(slip.number for _, slip in given):
            raise slips.SlipsChanged
        count = slips.close(here().db, given, counted, by=me().actor)
        told = {"day": wanted[0], "method": wanted[2], "amount": counted, "count": count}
        audit.record(here().db, me().actor, "counter.close", wanted[1], **told)
    except Problem as refusal:
        flash(texts.explain(refusal), "danger")
    else:
        flash(texts.say("console.counter.close", count=count), "success")
    return redirect(url_for("console.counter.page"), 303)


@blueprint.post("/bills/<number>/counter")
@needs("counter.take")
def take(number: str) -> ResponseReturnValue:
    """Book a bill as paid here, in cash or by card."""
    bill = scope.bill(number)
    try:
        voucher = _voucher()
        amount = money.fen(request.form.get("amount", "").strip())
        _once(f"take:{bill.number}", voucher, amount, lambda: _take(bill, voucher, amount))
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger", _PLACE)
    except Unreachable:
        return back(bill.number, texts.say("errors.earlier_payment_unsettled"), "danger", _PLACE)
    return _done("take", bill.number, voucher.id)


def _take(bill: Bill, voucher: counter.Voucher, amount: int) -> None:
    runtime, by = here(), me().actor
    if runtime.finance is not None:
        fiscal.lock(runtime.db, runtime.finance, bill)
    counter.take(runtime.db, runtime.wallets, bill.number, voucher, amount=amount, by=by)


@blueprint.post("/bills/<number>/refunds/<refund>/payout")
@needs("counter.take")
def pay_out(number: str, refund: str) -> ResponseReturnValue:
    """Book an approved refund as handed out here, or transferred; its wallet is asked first."""
    bill = scope.bill(number)
    try:
        voucher = _voucher()
        _once(f"payout:{refund}", voucher, 0, lambda: _pay_out(bill, refund, voucher))
    except Missing:
        raise
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger", "#refunds")
    except Unreachable:
        return back(bill.number, texts.say("errors.unreachable"), "danger", "#refunds")
    return _done("pay_out", bill.number, voucher.id)


def _pay_out(bill: Bill, refund: str, voucher: counter.Voucher) -> None:
    runtime, by = here(), me().actor
    counter.give_back(runtime.db, runtime.wallets, bill.number, refund, voucher, by=by)


def _once(act: str, voucher: counter.Voucher, amount: int, make: Callable[[], object]) -> None:
    """Pass money once for each form that was shown; raises KeyReused where it came filled anew."""

    def made() -> Document:
        make()
        return {}

    key = request.form.get("key") or voucher.id
    asked = {"voucher": voucher.id, "method": voucher.method, "amount": amount}
    once.answer(here().db, me().actor, f"counter.{act}", key, asked, made)


@blueprint.post("/bills/<number>/slips/<slip>/<act>")
@needs("counter.sign")
def see(number: str, slip: str, act: str) -> ResponseReturnValue:
    """Countersign a slip, or say what is wrong with it."""
    bill = scope.bill(number)
    if act not in VERDICTS:
        raise Missing
    note = request.form.get("note", "")
    try:
        VERDICTS[act](here().db, bill.number, slip, me().actor, note)
    except Missing:
        raise
    except Problem as refusal:
        return back(bill.number, texts.explain(refusal), "danger", _PLACE)
    return _done(act, bill.number, slip)


def _voucher() -> counter.Voucher:
    form = request.form
    given = (form.get(name, "").strip().upper() for name in ("voucher", "terminal"))
    return counter.Voucher(form.get("method", ""), *given)


def _done(act: str, bill: str, slip: str) -> ResponseReturnValue:
    audit.record(here().db, me().actor, f"counter.{act}", f"bill:{bill}", slip=slip)
    return back(bill, texts.say(f"console.counter.{act}"), "success", _PLACE)
