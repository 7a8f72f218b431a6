"""What is kept about a bill: its lines, its attempts, its refunds, its story and its ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

from .moves import LIVE, NOT_RETURNED


class LineDoc(TypedDict):
    """One line of a bill; amounts in fen."""

    code: str
    name: str
    amount: int
    unit: str
    quantity: int
    total: int
    basis: str


class HistoryDoc(TypedDict):
    """One thing that happened to a bill; `note` is sealed, a person wrote it."""

    at: datetime
    move: str
    by: str
    attempt: NotRequired[str]
    amount: NotRequired[int]
    refund: NotRequired[str]
    note: NotRequired[str]


class PaidDoc(TypedDict):
    """By what a bill was paid."""

    attempt: str
    wallet: str
    transaction: str
    amount: int
    at: datetime


class ReceivedDoc(TypedDict):
    """One payment that was booked: what can be given back, and to which transaction it goes."""

    transaction: str
    attempt: str
    wallet: str
    amount: int
    surplus: bool


class PostingDoc(TypedDict):
    """One line of a bill's ledger: fen on an account of `ledger.ACCOUNTS`, and what for."""

    at: datetime
    account: str
    amount: int
    about: str


@dataclass(frozen=True)
class Attempt:
    """One order number at one wallet; `payer` is a digest or empty, `asks` counts our queries."""

    number: str
    wallet: str
    state: str
    amount: int
    merchant: str
    app: str
    payer: str
    created: datetime
    expires: datetime
    handle: str = ""
    asks: int = 0
    transaction: str = ""


@dataclass(frozen=True)
class Refund:
    """Money going back by the way it came, under one number at its wallet.

    `reason` is a word of texts "payments.refund_reasons", `note` what an officer wrote, sealed;
    `called` is when the wallet was last told, `code` why it said no.
    """

    number: str
    attempt: str
    wallet: str
    transaction: str
    amount: int
    of: int
    surplus: bool
    reason: str
    state: str
    requested_by: str
    created: datetime
    note: str = ""
    decided_by: str = ""
    called: datetime | None = None
    asks: int = 0
    code: str = ""
    id: str = ""
    done: datetime | None = None


@dataclass(frozen=True)
class Bill:
    """A sum somebody owes for a case, and the story of its payment; amounts in fen.

    `refundable` is what of all money received is neither given back nor promised back.
    """

    number: str
    case: str
    purpose: str
    resident: str
    title: str
    lines: tuple[LineDoc, ...]
    total: int
    state: str
    attempts: Mapping[str, Attempt]
    paid: PaidDoc | None
    version: int
    created: datetime
    history: tuple[HistoryDoc, ...]
    received: tuple[ReceivedDoc, ...]
    refunds: Mapping[str, Refund]
    refundable: int
    ledger: tuple[PostingDoc, ...]

    @property
    def live(self) -> Attempt | None:
        """The one attempt that our own pages offer for payment now."""
        return next((each for each in self.attempts.values() if each.state in LIVE), None)

    @property
    def returned(self) -> int:
        """What has arrived back with the payer."""
        return sum(each.amount for each in self.refunds.values() if each.state == "succeeded")

    def left(self, transaction: str) -> int:
        """What of one payment is neither given back nor promised back."""
        came = sum(each["amount"] for each in self.received if each["transaction"] == transaction)
        return came - sum(
            each.amount
            for each in self.refunds.values()
            if each.transaction == transaction and each.state not in NOT_RETURNED
        )
