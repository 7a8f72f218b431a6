"""What can be mended without an officer: the wallet is asked, and its proven word is settled."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from base.store import Database

from .. import bills, foreign, repaying, settlement
from ..outcomes import Outcome
from ..records import Bill
from ..statements import store as raw
from ..wallets import Notice, Wallet, Wallets
from ..wallets.wallet import CURRENCY, Proof, Refused, Repayment
from . import differences, store
from .store import Difference, booked

_BOOKED: Final = frozenset({"settled", "already", "returning"})
_PROVEN: Final = "wallet"
_DIFFERS: Final = "differs"
_LOST: Final = "lost"

Heal = Callable[[Database, Wallet, Difference, Bill], Outcome | str]


def heal(db: Database, wallets: Wallets, id: str) -> None:
    """Ask the wallet about a difference and follow its word: the effect "difference.heal".

    Money that came in is settled, refunds are booked, and the difference is no more. Where the
    wallet says otherwise, its word is noted for the officer. Raises Unreachable, Contended.
    """
    found = differences.get(db, id)
    act = HEALERS.get(found.cause)
    if found.state not in differences.FOR_HUMANS or act is None or not found.bill:
        differences.tell(db, found.statement)
        return
    if found.provider not in wallets:
        return
    try:
        came = act(db, wallets[found.provider], found, bills.get(db, found.bill))
    except Refused as refused:
        came = refused.code
    if isinstance(came, str):
        differences.answered(db, id, came)
    elif came.result in _BOOKED:
        _as_booked(db, found, came.result)
    else:
        differences.answered(db, id, came.reason or came.result)


def _as_booked(db: Database, found: Difference, how: str) -> None:
    """Nothing is mended by a bill that tells of money whose fact is not there, or was lost."""
    if booked.fact(db, f"{found.provider}:{found.kind}:{found.transaction}") is None:
        differences.answered(db, found.id, _LOST)
    else:
        differences.healed(db, found.id, how)


def _payment(db: Database, wallet: Wallet, found: Difference, bill: Bill) -> Outcome | str:
    """What the wallet lists and we have not booked: its answer is settled like any notice."""
    attempt = bill.attempts[found.order]
    standing = wallet.query(attempt.number, attempt.created)
    return _settled(db, found, standing.notice) or standing.state


def _unlisted(_: Database, wallet: Wallet, found: Difference, bill: Bill) -> Outcome | str:
    """What we have booked and the wallet does not list: what it says now is for the officer."""
    attempt = bill.attempts.get(found.number)
    return wallet.query(attempt.number, attempt.created).state if attempt else "absent"


def _refund(db: Database, wallet: Wallet, found: Difference, bill: Bill) -> Outcome | str:
    """A refund of ours that the wallet lists as done."""
    asked = repaying.repayment(bill, bill.refunds[found.number])
    standing = wallet.query_refund(asked)
    return _settled(db, found, standing.notice) or standing.fate


def _settled(db: Database, found: Difference, notice: Notice | None) -> Outcome | str:
    """Settle what the wallet proves; that mends nothing if it is not the money of the line."""
    if notice is None:
        return ""
    outcome = settlement.settle(db, notice)
    return outcome if _is_listed(found, notice) else _DIFFERS


def _is_listed(found: Difference, notice: Notice) -> bool:
    return (notice.transaction, notice.amount) == (found.transaction, found.theirs)


def _unlisted_refund(_: Database, wallet: Wallet, found: Difference, bill: Bill) -> Outcome | str:
    refund = bill.refunds.get(found.number)
    if refund is None:
        return "absent"
    return wallet.query_refund(repaying.repayment(bill, refund)).fate


def _console(db: Database, wallet: Wallet, found: Difference, bill: Bill) -> Outcome | str:
    """A refund made at the wallet's console: booked on its answer, or on its own statement.

    UnionPay answers only for times that we know, so there the file must do, if it came from the
    wallet and not from an officer.
    """
    payment = next((each for each in bill.received if each["transaction"] == found.of), None)
    if payment is None:
        return "absent"
    if found.provider in BY_TIME:
        return _from_file(db, wallet, found, payment["attempt"])
    asked = Repayment(
        number=found.number,
        attempt=payment["attempt"],
        transaction=found.of,
        amount=found.theirs or 0,
        total=payment["amount"],
        reason="",
        agreed=found.happened,
    )
    standing = wallet.query_refund(asked)
    if standing.notice is None:
        return standing.fate
    if not _is_listed(found, standing.notice):
        return _DIFFERS
    return foreign.book(db, standing.notice)


def _from_file(db: Database, wallet: Wallet, found: Difference, attempt: str) -> Outcome | str:
    statement = store.statement(db, found.statement)
    if (statement.source, statement.file) != (_PROVEN, found.file):
        return "unproven"
    line = raw.line(db, found.file, found.offset)
    notice = Notice(
        provider=found.provider,
        kind="refund",
        transaction=found.transaction,
        attempt=attempt,
        amount=found.theirs or 0,
        currency=CURRENCY,
        merchant=wallet.merchant,
        app="",
        payer="",
        paid_at=found.happened,
        refund=found.number,
        fate="succeeded",
        of=found.of,
    ).by(Proof.of("statement", line, statement.serial))
    return foreign.book(db, notice)


# Wallets that know a refund only by its number and the time it was sent.
BY_TIME: Final = frozenset({"unionpay"})
HEALERS: Final[Mapping[str, Heal]] = MappingProxyType(
    {
        "unbooked": _payment,
        "unlisted": _unlisted,
        "unbacked": _unlisted,
        "refund_unbooked": _refund,
        "refund_unlisted": _unlisted_refund,
        "refund_unbacked": _unlisted_refund,
        "refund_console": _console,
    }
)
