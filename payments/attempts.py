"""Attempts to pay a bill: one order number at one wallet each, and never two offered at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from base import clock
from base.errors import Conflict, Missing, Unreachable
from base.store import Database

from . import inquiries, order_numbers, store
from .inquiries import shift
from .moves import LIVE
from .outcomes import payer_digest
from .records import Attempt, Bill, HistoryDoc
from .store import TRIES, Change, Contended
from .wallets import WALLETS, Payer, Wallet, Wallets
from .wallets.wallet import Order, Refused

LIFETIME = timedelta(hours=2)
MARGIN = timedelta(minutes=2)


class NoSuchWallet(Missing):
    """No wallet of this name takes money here."""

    code = "no_such_wallet"


class AlreadyPaid(Conflict):
    """The bill is paid; nothing more is to be opened on it."""

    code = "bill_already_paid"


class BillCancelled(Conflict):
    """The bill was cancelled and must not be paid."""

    code = "bill_cancelled"


class EarlierUnsettled(Conflict):
    """An earlier order is neither paid nor can it be closed: a second one must wait."""

    code = "earlier_payment_unsettled"


class WalletRefused(Conflict):
    """The wallet will not take this order."""

    code = "wallet_refused"


@dataclass(frozen=True)
class Opened:
    """An order that can be paid: what the payer's phone needs to bring up the wallet."""

    attempt: str
    wallet: str
    parameters: Mapping[str, str]
    expires: datetime


def open(
    db: Database, wallets: Wallets, bill: str, wallet: str, payer: Payer | None, back: str = ""
) -> Opened:
    """Open the bill at a wallet; a live order that fits is used again, any other is ended first.

    `back` is our page the payer returns to. Raises NoSuchBill, NoSuchWallet, PayerNeeded,
    AlreadyPaid, BillCancelled, EarlierUnsettled, WalletRefused, Contended; Unreachable leaves
    the attempt "unsure", and the next call goes on with the same number.
    """
    if wallet not in wallets:
        raise NoSuchWallet
    wanted = _wanted(wallet, wallets[wallet], payer)
    for _ in range(TRIES):
        current = payable(store.get(db, bill))
        live = current.live
        if live is not None and not (_fits(live, wanted) and live.amount == current.total):
            stand_down(db, wallets, current)
            continue
        placed = live or _take_number(db, current, wanted)
        if placed is not None:
            order = _order(placed, current.title, payer, back)
            return _bring_up(db, wallets[wallet], current, placed, order)
    raise Contended


def payable(bill: Bill) -> Bill:
    """The bill, if it may be paid now; raises AlreadyPaid, BillCancelled."""
    if bill.state == "paid":
        raise AlreadyPaid
    if bill.state != "open":
        raise BillCancelled
    return bill


def _wanted(name: str, wallet: Wallet, payer: Payer | None) -> Attempt:
    """The attempt as it would be placed now, without number and amount yet.

    It expires on a full minute, because Alipay's pages know no seconds.
    """
    bound, moment = wallet.binds(payer), clock.now()
    return Attempt(
        number="",
        wallet=name,
        state="placing",
        amount=0,
        merchant=wallet.merchant,
        app=bound.app,
        payer=payer_digest(bound.openid),
        created=moment,
        expires=(moment + LIFETIME).replace(second=0, microsecond=0),
    )


def _fits(live: Attempt, wanted: Attempt) -> bool:
    """Whether the live order can serve: same wallet, account and payer, with time left to pay."""
    same = (live.wallet, live.merchant, live.app, live.payer) == (
        wanted.wallet,
        wanted.merchant,
        wanted.app,
        wanted.payer,
    )
    return same and clock.now() + MARGIN < live.expires


def _take_number(db: Database, bill: Bill, wanted: Attempt) -> Attempt | None:
    """Write the new attempt down before its wallet hears of it; None when another was faster."""
    number = order_numbers.of_attempt(bill.number, WALLETS[wanted.wallet].letter)
    attempt = replace(wanted, number=number, amount=bill.total)
    line = HistoryDoc(at=attempt.created, move="placed", by="system", attempt=number)
    asked = inquiries.first_ask(bill.number, number)
    change = Change(attempt.kept(), (line,), (asked,))
    return attempt if store.change(db, bill, change) else None


def _order(placed: Attempt, title: str, payer: Payer | None, back: str) -> Order:
    return Order(
        number=placed.number,
        amount=placed.amount,
        title=title,
        placed=placed.created,
        expires=placed.expires,
        payer=payer,
        back=back,
    )


def _bring_up(db: Database, wallet: Wallet, bill: Bill, attempt: Attempt, order: Order) -> Opened:
    handle = attempt.handle
    if attempt.state != "open":
        handle = _place(db, wallet, bill, attempt, order)
    parameters = wallet.parameters(order, handle)
    return Opened(attempt.number, attempt.wallet, parameters, attempt.expires)


def _place(db: Database, wallet: Wallet, bill: Bill, attempt: Attempt, order: Order) -> str:
    """Place the order at its wallet, and write down what is known about it afterwards."""
    try:
        handle = wallet.open(order)
    except Unreachable:
        shift(db, bill.number, attempt.number, "doubted")
        raise
    except Refused as refused:
        _stand_down(db, wallet, bill, attempt, "refused")
        payable(store.get(db, bill.number))
        raise WalletRefused from refused
    if not shift(db, bill.number, attempt.number, "opened", handle=handle):
        payable(store.get(db, bill.number))
        raise EarlierUnsettled
    return handle


def stand_down(db: Database, wallets: Wallets, bill: Bill) -> None:
    """End the live order of a bill, if there is one, so that it may be paid in another way.

    It settles instead when it was paid. Raises EarlierUnsettled when the wallet leaves it payable,
    or is not ours any more and its time not over; Unreachable when it is silent.
    """
    live = bill.live
    if live is None:
        return
    if live.wallet in wallets:
        _stand_down(db, wallets[live.wallet], bill, live)
    elif not inquiries.give_up(db, bill.number, live):
        raise EarlierUnsettled


def end(db: Database, wallets: Wallets, bill: str) -> Bill:
    """The bill after asking about every order of it and ending the live one: it may be cancelled.

    Raises NoSuchBill, and as `stand_down`.
    """
    stand_down(db, wallets, inquiries.refresh(db, wallets, bill))
    return store.get(db, bill)


def _stand_down(
    db: Database, wallet: Wallet, bill: Bill, live: Attempt, absent: str = "leave"
) -> None:
    """End an order so that another may be opened; settles instead when it turns out paid.

    Raises EarlierUnsettled when the wallet leaves it payable, Unreachable when it is silent.
    """
    try:
        inquiries.follow(db, wallet, bill, live, ending=True, absent=absent)
    except Refused as refused:
        if not inquiries.give_up(db, bill.number, live):
            raise EarlierUnsettled from refused
    current = store.get(db, bill.number)
    if current.state == "open" and current.attempts[live.number].state in LIVE:
        raise EarlierUnsettled
