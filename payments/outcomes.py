"""What settling comes to, and what it writes down: facts, and what no rule can place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from base import audit, clock, privacy
from base.outbox import Promise
from base.store import Database, Document

from . import days, quarantine
from .records import COUNTER, Bill, HistoryDoc, PaidDoc, ReceivedDoc
from .wallets import Notice

_PAYER = "payments.payer"
_CORRECTIONS = frozenset({"paid_corrected", "surplus_corrected", "refund_corrected"})
_MISMATCHES = frozenset({"amount", "currency", "merchant", "app", "payer", "of"})


@dataclass(frozen=True)
class Outcome:
    """What settling came to; `reason` names what did not fit when it is "quarantined".

    "returning" is money that nobody owed: booked, and on its way back. "noted" is for notices
    that move no money.
    """

    result: Literal["settled", "already", "returning", "quarantined", "noted"]
    reason: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether the wallet may be told that all is well: never when its word does not fit."""
        return self.reason not in _MISMATCHES


def park(db: Database, reason: str, notice: Notice, bill: str = "", *promises: Promise) -> Outcome:
    """Lay a notice in the quarantine, with what is promised about it."""
    quarantine.put(db, reason, notice, bill, *promises)
    return Outcome("quarantined", reason)


def doubt(pairs: Mapping[str, tuple[object, object]]) -> str:
    """The first thing in which ours and theirs differ; empty when they agree."""
    return next((name for name, (ours, theirs) in pairs.items() if ours != theirs), "")


def payer_digest(openid: str) -> str:
    """The fingerprint under which a payer is kept and compared."""
    return privacy.digest(openid, _PAYER) if openid else ""


def fact_id(notice: Notice) -> str:
    """The one name of a transaction, whoever tells of it."""
    return named(notice.provider, notice.kind, notice.transaction)


def named(provider: str, kind: str, transaction: str) -> str:
    """The name of a fact: over the counter a voucher has one, whichever way money passed."""
    return f"{provider}:{'voucher' if provider == COUNTER else kind}:{transaction}"


def audited(db: Database, notice: Notice, bill: Bill, lines: Iterable[HistoryDoc]) -> None:
    """Audit, once, a forced correction among these lines of the bill's story.

    Called with the whole story at every later word too: a worker may have died after booking it.
    """
    for line in lines:
        about = (line.get("attempt"), line.get("refund", ""))
        if line["move"] in _CORRECTIONS and about == (notice.attempt, notice.refund):
            key, subject, move = fact_id(notice), f"bill:{bill.number}", line["move"]
            audit.record_once(db, "money.corrected", key, subject, move=move, amount=notice.amount)


def paid(notice: Notice) -> PaidDoc:
    """What settled a bill, as the bill keeps it."""
    return PaidDoc(
        attempt=notice.attempt,
        wallet=notice.provider,
        transaction=notice.transaction,
        amount=notice.amount,
        at=notice.paid_at,
        day=days.of(notice.provider, notice.paid_at).isoformat(),
    )


def received(notice: Notice, *, surplus: bool = False) -> ReceivedDoc:
    """Money that came in, as its bill keeps it; a surplus is what nobody owed."""
    return ReceivedDoc(
        transaction=notice.transaction,
        attempt=notice.attempt,
        wallet=notice.provider,
        amount=notice.amount,
        surplus=surplus,
        at=notice.paid_at,
    )


def fact(notice: Notice, bill: Bill, *, surplus: bool) -> Document:
    """The money fact that a notice tells of; `day` and `number` are where a statement has it."""
    kept = ("provider", "kind", "transaction", "attempt", "amount", "currency", "merchant", "app")
    proven = ("paid_at", "source", "proof", "serial")
    return {name: getattr(notice, name) for name in (*kept, *proven)} | {
        "_id": fact_id(notice),
        "bill": bill.number,
        "service": bill.service,
        "agency": bill.agency,
        "payer": payer_digest(notice.payer),
        "surplus": surplus,
        "refund": notice.refund,
        "number": notice.refund or notice.attempt,
        "day": days.of(notice.provider, notice.paid_at).isoformat(),
        "at": clock.now(),
    }
