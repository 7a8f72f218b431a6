"""What is kept about a bill: its lines, its attempts, its refunds, its story and its ledger."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from .moves import LIVE, NOT_RETURNED

COUNTER = "counter"
# What a bank took on finance's notice, outside our house; officers see to its refunds.
BANK = "bank"
# How officers pay what its wallet cannot give back.
TRANSFER = "transfer"


class LineDoc(TypedDict):
    """One line of a bill; amounts in fen.

    A line below zero is an exemption or a reduction; `granted` is the officer who granted it.
    """

    code: str
    name: str
    amount: int
    unit: str
    quantity: int
    total: int
    basis: str
    granted: NotRequired[str]


class HistoryDoc(TypedDict):
    """One thing that happened to a bill; `note` is sealed, a person wrote it."""

    at: datetime
    move: str
    by: str
    attempt: NotRequired[str]
    amount: NotRequired[int]
    refund: NotRequired[str]
    reduction: NotRequired[str]
    slip: NotRequired[str]
    bill: NotRequired[str]
    note: NotRequired[str]


class PaidDoc(TypedDict):
    """By what a bill was paid; `day` is whose statement tells of it."""

    attempt: str
    wallet: str
    transaction: str
    amount: int
    at: datetime
    day: str


class ReceivedDoc(TypedDict):
    """One payment that was booked: what can be given back, and to which transaction it goes."""

    transaction: str
    attempt: str
    wallet: str
    amount: int
    surplus: bool
    at: datetime


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

    def kept(self) -> dict[str, Any]:
        """The field of its bill that carries it."""
        fields = asdict(self)
        return {f"attempts.{fields.pop('number')}": fields}


@dataclass(frozen=True)
class Refund:
    """Money going back by the way it came, under one number at its wallet, or by TRANSFER.

    `reason` is a word of texts "payments.refund_reasons", `note` what an officer wrote, sealed;
    `called` is when the wallet was last told, `code` why it said no. `way` is TRANSFER, or empty.
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
    way: str = ""

    @property
    def hand(self) -> str:
        """How officers give it back: COUNTER, BANK or TRANSFER; empty where its wallet does."""
        return self.way or (self.wallet if self.wallet in (COUNTER, BANK) else "")

    @property
    def by_hand(self) -> bool:
        """Whether an officer gives it back, and no wallet."""
        return bool(self.hand)

    @property
    def payout(self) -> bool:
        """Whether an officer is to pay it now."""
        return self.by_hand and self.state in ("approved", "transfer")


@dataclass(frozen=True)
class Reduction:
    """Part or all of an open bill that need not be paid; a second officer grants it.

    `line` is the code of the line it is about, or empty; `basis` the law, `note` sealed.
    """

    id: str
    amount: int
    line: str
    basis: str
    note: str
    state: str
    requested_by: str
    created: datetime
    decided_by: str = ""


@dataclass(frozen=True)
class Slip:
    """Money that passed over the counter, `way` in or out, under its voucher's number.

    Recorded `by` one officer, and countersigned, or disputed, by another: `state`, `seen_by`.
    """

    number: str
    way: Literal["in", "out"]
    method: str
    amount: int
    by: str
    at: datetime
    state: str = "unsigned"
    seen_by: str = ""
    refund: str = ""


@dataclass(frozen=True)
class Bill:
    """A sum somebody owes for a case, and the story of its payment; amounts in fen.

    `refundable` is what of all money received is neither given back nor promised back.
    `payable_by` is the last day for paying, `service` and `agency` are whose income it is.
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
    payable_by: str
    service: str
    agency: str
    reductions: Mapping[str, Reduction]
    slips: Mapping[str, Slip]
    replaces: str
    replaced_by: str

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

    @property
    def owing(self) -> list[tuple[ReceivedDoc, int]]:
        """The payments nobody owed of which something is left that is not on its way back; fen."""
        left = [(each, self.left(each["transaction"])) for each in self.received if each["surplus"]]
        return [(each, fen) for each, fen in left if fen > 0]

    @property
    def overdrafts(self) -> list[Refund]:
        """The dropped refunds that a wallet paid all the same, of what is promised anew."""
        return [each for each in self.refunds.values() if each.state == "dropped" and each.id]

    def overdrawn(self, transaction: str) -> bool:
        """Whether a wallet gave back, under a refund we had dropped, what is promised anew."""
        return any(each.transaction == transaction for each in self.overdrafts)
