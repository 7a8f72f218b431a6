"""Bringing refunds to their wallets, and asking until each has come to its end."""

from datetime import datetime, timedelta

import structlog

from base import clock, outbox, texts
from base.errors import Conflict, Unreachable
from base.store import Database

from . import limits, returns, settlement, store
from .moves import OPEN_THERE, REFUND_MOVES, UNDER_WAY
from .records import TRANSFER, Bill, Refund
from .refunds import denied, find
from .store import TRIES, Change, Contended
from .wallets import Wallet, Wallets
from .wallets.wallet import Fate, Refused, Repayment, Returned

# After the first question (limits.Rules.ask_after); wallets take minutes, cards some days.
ASKS = tuple(timedelta(minutes=each) for each in (1, 5, 10, 30, 120))
AFTERWARDS = timedelta(hours=6)
# How long a refund is not told whose payment a statement denies, before that is looked at again.
DENIED = timedelta(minutes=30)

_log = structlog.get_logger()


class StillReturning(Conflict):
    """The wallet has given a refund back after all, or is about to: nobody pays it again."""

    code = "refund_still_returning"


def go(db: Database, wallets: Wallets, bill: str, refund: str, n: int | None = None) -> None:
    """Send an approved refund, or ask how it stands, and follow the answer: effect "refund.go".

    `n` counts the scheduled questions: the n-th promises the next, until the money is back or the
    wallet has given up. Without `n` it is asked once. A wallet that does not answer changes
    nothing but "approved" to "unsure". What officers pay by transfer is only asked about. Raises
    Contended; Unreachable with `until` while another refund of the order is too recent, or a
    statement denies the payment.
    """
    current = store.get(db, bill)
    found = find(current, refund)
    if found.state not in OPEN_THERE:
        return
    if found.wallet in wallets:
        _go(db, wallets[found.wallet], bill, refund)
    if n is not None:
        _again(db, bill, refund, n)


def refresh(db: Database, wallets: Wallets, bill: str) -> Bill:
    """The bill after asking how each of its refunds stands."""
    for each in store.get(db, bill).refunds.values():
        if each.state in OPEN_THERE:
            try:
                go(db, wallets, bill, each.number)
            except Unreachable as waiting:
                _log.info("refund waits its turn", wallet=each.wallet, until=str(waiting.until))
    return store.get(db, bill)


def came_to_nothing(db: Database, wallets: Wallets, bill: str, number: str) -> bool:
    """Whether the wallet, asked now, has neither sent a refund nor means to; its word is followed.

    Raises NoSuchBill, NoSuchRefund, Contended; Unreachable when it is silent.
    """
    return _fate(db, wallets, bill, number) in ("absent", "closed")


def gave_up(db: Database, wallets: Wallets, bill: str, refund: Refund) -> None:
    """Raise StillReturning unless its wallet, asked now, will give nothing back by itself.

    One that was never told of it need not be asked. Raises as `came_to_nothing`.
    """
    if refund.called and _fate(db, wallets, bill, refund.number) in ("processing", "succeeded"):
        raise StillReturning


def _fate(db: Database, wallets: Wallets, bill: str, number: str) -> Fate:
    """How a refund stands, by its wallet's word, which is followed."""
    current = store.get(db, bill)
    refund = find(current, number)
    if refund.wallet not in wallets:
        raise Unreachable(refund.wallet, reason="out of service")
    standing = _asked(wallets[refund.wallet], repayment(current, refund))
    _follow(db, bill, number, standing)
    return standing.fate


def _go(db: Database, wallet: Wallet, bill: str, number: str) -> None:
    current = store.get(db, bill)
    refund = find(current, number)
    asked = repayment(current, refund)
    try:
        if refund.state == TRANSFER:
            standing = _asked(wallet, asked)
        elif refund.called is None:
            standing = _send(db, wallet, bill, asked)
        else:
            standing = _asked(wallet, asked)
            if standing.fate == "absent":
                standing = _send(db, wallet, bill, asked)
    except Unreachable as silent:
        if silent.until is not None:
            raise
        _log.warning("wallet gave no answer", wallet=refund.wallet, reason=silent.reason)
        _shift(db, bill, number, "refund_doubted")
    except Refused as refused:
        _shift(db, bill, number, "refund_refused", code=refused.code)
    else:
        _follow(db, bill, number, standing)


def repayment(bill: Bill, refund: Refund) -> Repayment:
    """What a wallet is told, or asked, of a refund: the same however often."""
    return Repayment(
        number=refund.number,
        attempt=refund.attempt,
        transaction=refund.transaction,
        amount=refund.amount,
        total=refund.of,
        reason=texts.say(f"payments.refund_reasons.{refund.reason}"),
        agreed=agreed(bill, refund),
    )


def agreed(bill: Bill, refund: Refund) -> datetime:
    """When the refund was first approved; one that a rule owed was when it came to be."""
    approved = (
        line["at"]
        for line in bill.history
        if line.get("refund") == refund.number and line["move"] == "refund_approved"
    )
    return next(approved, refund.created)


def _send(db: Database, wallet: Wallet, bill: str, asked: Repayment) -> Returned:
    """Tell the wallet, when it is this refund's turn; its no counts if it knows of no such refund.

    The same number may be told any number of times: it never pays twice.
    """
    _take_turn(db, bill, asked.number)
    try:
        return wallet.refund(asked)
    except Refused:
        standing = _asked(wallet, asked)
        if standing.fate == "absent":
            raise
        return standing


def _asked(wallet: Wallet, asked: Repayment) -> Returned:
    """How a refund stands; a no to the question tells nothing about the refund: Unreachable."""
    try:
        return wallet.query_refund(asked)
    except Refused as no:
        raise Unreachable("refund query", reason=f"refused: {no.code}") from no


def _take_turn(db: Database, bill: str, number: str) -> None:
    """Write down that the wallet is told now, each time, while the refund is still to be told.

    Raises Unreachable until the order's last refund is old, and while the payment is denied,
    whenever this was approved; Contended once this one has ended.
    """
    for _ in range(TRIES):
        current = store.get(db, bill)
        refund = find(current, number)
        if refund.state not in UNDER_WAY:
            raise Contended
        if denied(db, current, refund.transaction):
            raise Unreachable("refund", reason="payment disputed", until=clock.now() + DENIED)
        ready = _ready(current, refund)
        if clock.now() < ready:
            raise Unreachable(refund.wallet, reason="one refund at a time", until=ready)
        called = {f"refunds.{number}.called": clock.now()}
        if store.change(db, current, Change(values=called)):
            return
    raise Contended


def _ready(bill: Bill, refund: Refund) -> datetime:
    """When the order's wallet takes another refund."""
    apart = limits.wallets()[refund.wallet].apart
    others = (
        each.called + apart
        for each in bill.refunds.values()
        if each.called and each.attempt == refund.attempt and each.number != refund.number
    )
    return max(others, default=clock.now())


def _follow(db: Database, bill: str, number: str, standing: Returned) -> None:
    if standing.notice is not None:
        settlement.settle(db, standing.notice)
    elif standing.fate == "processing":
        _shift(db, bill, number, "refund_sent")


def _shift(db: Database, bill: str, number: str, move: str, **fields: object) -> None:
    """Make a move of REFUND_MOVES where the refund still may; raises Contended."""
    for _ in range(TRIES):
        current = store.get(db, bill)
        refund = find(current, number)
        if refund.state not in REFUND_MOVES[move].starts:
            return
        if store.change(db, current, returns.moved(current, refund, move, **fields)):
            return
    raise Contended


def _again(db: Database, bill: str, number: str, n: int) -> None:
    """Promise question n + 1, unless that was done or the refund has come to its end."""
    for _ in range(TRIES):
        current = store.get(db, bill)
        refund = find(current, number)
        if refund.state not in UNDER_WAY or refund.asks != n:
            return
        again = outbox.promise(
            "refund.go", after=_wait(refund, n), bill=bill, refund=number, n=n + 1
        )
        change = Change(values={f"refunds.{number}.asks": n + 1}, promises=(again,))
        if store.change(db, current, change):
            return
    raise Contended


def _wait(refund: Refund, n: int) -> timedelta:
    if n == 0:
        return limits.wallets()[refund.wallet].ask_after
    return ASKS[n - 1] if n <= len(ASKS) else AFTERWARDS
