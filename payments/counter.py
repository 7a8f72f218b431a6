"""Money over the counter, in cash or by card terminal: recorded by one, countersigned by another.

A payment is an attempt without a wallet; it and its fact, `counter:voucher:<number>`, are booked
in the same transaction as any other payment's. What goes back goes back here, after the same
approval, as a fact of the same name: a voucher is used once, for money in or for money out. Each
passage leaves a slip, which a second officer signs, singly or at the day's close.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Final

from base import clock, outbox
from base.errors import Conflict, Invalid
from base.store import Database

from . import (
    attempts,
    attention,
    inquiries,
    ledger,
    order_numbers,
    outcomes,
    refunds,
    repaying,
    returns,
    slips,
    store,
)
from .decisions import SameOfficer
from .moves import BILL_MOVES
from .records import BANK, COUNTER, TRANSFER, Attempt, Bill, Refund, Slip
from .store import TRIES, Change, Contended
from .wallets import Notice, Wallets
from .wallets.wallet import CURRENCY

LETTER: Final = "C"
# How money passes here, by Refund.hand: what a bank took goes back through one (slip "bank"), and
# so does what a wallet cannot give back.
METHODS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {COUNTER: ("cash", "pos"), BANK: ("bank",), TRANSFER: ("bank",)}
)
_KNOWN: Final = frozenset(chain.from_iterable(METHODS.values()))
_VOUCHER: Final = re.compile(r"[0-9A-Z][0-9A-Z-]{3,19}", re.ASCII)
_TERMINAL: Final = re.compile(r"[0-9A-Z]{8,15}", re.ASCII)


class BadVoucher(Invalid):
    """The number of a receipt, or a terminal and its voucher, is not written as such."""

    code = "bad_voucher"


class VoucherUsed(Invalid):
    """Money has been booked under this voucher already, and not this."""

    code = "voucher_used"


class AmountDiffers(Conflict):
    """Over the counter a bill is paid whole, or not at all."""

    code = "counter_amount_differs"


class NotHere(Conflict):
    """This refund does not go back over the counter, or not now."""

    code = "not_at_counter"


@dataclass(frozen=True)
class Voucher:
    """What a passage of money is known by: a receipt's number, or a terminal's and its voucher's.

    Raises BadVoucher at once; `id` is what its fact is called by.
    """

    method: str
    number: str
    terminal: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be a voucher."""
        known = self.method in _KNOWN and _VOUCHER.fullmatch(self.number)
        if not known or bool(_TERMINAL.fullmatch(self.terminal)) != (self.method == "pos"):
            raise BadVoucher

    @property
    def id(self) -> str:
        """The number under which nothing else may be booked."""
        return f"{self.terminal}-{self.number}" if self.terminal else self.number


def take(
    db: Database, wallets: Wallets, bill: str, voucher: Voucher, *, amount: int, by: str
) -> Bill:
    """Book a whole bill as paid over the counter; the same voucher again is the same payment.

    A live order at a wallet is ended first, and settles instead if it was paid. Raises BadVoucher,
    NoSuchBill, AlreadyPaid, BillCancelled, EarlierUnsettled, AmountDiffers, VoucherUsed, Contended;
    Unreachable when the wallet of a live order is silent.
    """
    if voucher.method not in METHODS[COUNTER]:
        raise BadVoucher
    for _ in range(TRIES):
        current = store.get(db, bill)
        known = current.slips.get(voucher.id)
        if known is not None:
            return _same(current, known, voucher, amount, by)
        attempts.stand_down(db, wallets, current)
        current = attempts.payable(store.get(db, bill))
        if amount != current.total:
            raise AmountDiffers
        slip = Slip(voucher.id, "in", voucher.method, amount, by, clock.now())
        notice = _notice(slip, order_numbers.of_attempt(bill, LETTER))
        fact = outcomes.fact(notice, current, surplus=False)
        if _booked(store.book(db, fact, current, _taken(current, slip, notice))):
            return store.get(db, bill)
    raise Contended


def _same(bill: Bill, known: Slip, voucher: Voucher, amount: int, by: str) -> Bill:
    told = (known.way, known.method, known.amount, known.by)
    if told != ("in", voucher.method, amount, by):
        raise VoucherUsed
    return bill


def give_back(
    db: Database, wallets: Wallets, bill: str, refund: str, voucher: Voucher, *, by: str
) -> Refund:
    """Book an approved refund as handed out over the counter; the same voucher again changes none.

    One that is paid by transfer because its wallet cannot give it back is booked by another officer
    than agreed to that, and the wallet is asked once more: SameOfficer, StillReturning; Unreachable
    when it is silent. Raises NoSuchBill, NoSuchRefund, NotHere, BadVoucher, VoucherUsed, Contended.
    """
    for _ in range(TRIES):
        current = store.get(db, bill)
        found = refunds.find(current, refund)
        if found.state == "succeeded" and found.id == voucher.id:
            return found
        _payable(db, current, found, voucher)
        if found.hand == TRANSFER:
            if found.decided_by == by:
                raise SameOfficer
            repaying.gave_up(db, wallets, bill, found)
        slip = Slip(voucher.id, "out", voucher.method, found.amount, by, clock.now())
        slip = replace(slip, refund=refund)
        notice = _notice(slip, found.attempt, found)
        fact = outcomes.fact(notice, current, surplus=found.surplus)
        if _booked(store.book(db, fact, current, _given(current, slip, found))):
            return refunds.find(store.get(db, bill), refund)
    raise Contended


def _payable(db: Database, bill: Bill, refund: Refund, voucher: Voucher) -> None:
    """Raise unless a refund waits to be paid by hand, in this way, under a voucher of its own."""
    if not refund.payout:
        raise NotHere
    if voucher.method not in METHODS[refund.hand]:
        raise BadVoucher
    paid = outcomes.named(_provider(refund), "payment", voucher.id)
    if voucher.id in bill.slips or store.fact(db, paid):
        raise VoucherUsed


def _provider(refund: Refund) -> str:
    """Whose fact a refund by hand is: a transfer is the bank's, whoever took the money."""
    return BANK if refund.hand == TRANSFER else refund.wallet


def _booked(how: store.Booked) -> bool:
    if how == "known":
        raise VoucherUsed
    return how == "booked"


def _notice(slip: Slip, order: str, refund: Refund | None = None) -> Notice:
    """The passage as a wallet would tell of it."""
    return Notice(
        provider=_provider(refund) if refund else COUNTER,
        kind="refund" if refund else "payment",
        transaction=slip.number,
        attempt=order,
        amount=slip.amount,
        currency=CURRENCY,
        merchant="",
        app=slip.method,
        payer="",
        paid_at=slip.at,
        source=COUNTER,
        refund=refund.number if refund else "",
    )


def _taken(bill: Bill, slip: Slip, notice: Notice) -> Change:
    """The one write that makes a bill paid, beside its fact."""
    told = outbox.promise(
        "bill.paid", bill=bill.number, case=bill.case, resident=bill.resident, amount=slip.amount
    )
    values = _attempt(slip, notice.attempt).kept() | {
        "state": BILL_MOVES["pay"].to,
        "paid": outcomes.paid(notice),
        "attention": attention.of(bill, slips={slip.number: slip}),
    }
    return Change(
        values=values | slips.kept(slip),
        lines=(slips.line("counter_paid", slip.by, slip) | {"attempt": notice.attempt},),
        promises=(told, *inquiries.closing(bill)),
        postings=ledger.post("paid", slip.amount, slip.number),
        received=outcomes.received(notice),
        refundable=slip.amount,
    )


def _attempt(slip: Slip, order: str) -> Attempt:
    """An attempt without a wallet: begun and paid in one moment."""
    return Attempt(
        number=order,
        wallet=COUNTER,
        state="paid",
        amount=slip.amount,
        merchant="",
        app=slip.method,
        payer="",
        created=slip.at,
        expires=slip.at,
        transaction=slip.number,
    )


def _given(bill: Bill, slip: Slip, refund: Refund) -> Change:
    moved = returns.moved(bill, refund, "refund_succeeded", id=slip.number, done=slip.at)
    back = replace(refund, state="succeeded")
    marks = attention.of(bill, refunds={back.number: back}, slips={slip.number: slip})
    line = slips.line("refund_succeeded", slip.by, slip) | {"refund": refund.number}
    return replace(
        moved,
        values=moved.values | slips.kept(slip) | {"attention": marks},
        lines=(line,),
        postings=ledger.post("returned", slip.amount, refund.number),
    )


def payouts(db: Database, limit: int = 50, agency: str | None = None) -> list[tuple[Bill, Refund]]:
    """Refunds that wait at the counter for their payer, as `refunds.waiting`."""
    return [
        (bill, each)
        for bill in store.waiting(db, "payout", limit, agency)
        for each in bill.refunds.values()
        if each.by_hand and each.state == "approved"
    ]
