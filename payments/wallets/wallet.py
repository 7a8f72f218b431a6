"""What every wallet can do, and the words in which it speaks to the rest of payments."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, Protocol, Self, TypeVar

from base.errors import Invalid, Unreachable

CURRENCY = "CNY"

T = TypeVar("T")

State = Literal["open", "paid", "closed", "absent"]
Fate = Literal["absent", "processing", "succeeded", "abnormal", "closed"]


class PayerNeeded(Invalid):
    """This wallet opens for a payer known in one of our WeChat accounts, and none was given."""

    code = "payer_needed"


class Forged(Exception):
    """What came in cannot be proved to be the wallet's; nothing may be believed of it.

    `quiet` is for a wallet's own probes (WeChat's SIGNTEST), which deserve refusal, not alarm.
    """

    def __init__(self, reason: str, *, quiet: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.quiet = quiet


class Refused(Exception):
    """The wallet answered, and the answer is a definite no; `code` is the wallet's own.

    `proof` is there where it was looked at.
    """

    def __init__(self, code: str, proof: "Proof | None" = None) -> None:
        super().__init__(code)
        self.code = code
        self.proof = proof


class NoStatementYet(Exception):
    """The wallet has no statement of that day, or not yet; it does not say that nothing happened.

    `reason` is the wallet's own word.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadHash(Exception):
    """What was fetched is not what the wallet's signed answer announced, or cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a partner's word was proved: the SHA-256 of the bytes that were, and by which key.

    `source` tells how we learned it ("notice", "query" or "statement"), `serial` names the key as
    its owner does, or by a fingerprint where the owner gives it no name.
    """

    source: str
    sha256: str
    serial: str

    @classmethod
    def of(cls, source: str, body: bytes, serial: str) -> Self:
        """The proof of these bytes, which this key has verified."""
        return cls(source, hashlib.sha256(body).hexdigest(), serial)


@dataclass(frozen=True, slots=True)
class Word:
    """What a partner answered, once that is proved."""

    told: dict[str, Any]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Statement:
    """A day as the wallet has it; `content` is the detail file, unpacked, in the wallet's charset.

    `funds` is WeChat's fund-flow bill of the same day, where there is one. `hash_ok` says that the
    wallet announced a hash and the bytes agree; a wrong one never becomes a statement (BadHash).
    `serial` is the key behind the answer that held or announced the file.
    """

    day: date
    content: bytes
    hash_ok: bool = True
    funds: bytes = b""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays inside WeChat or Alipay: the application there and the user's id under it."""

    app: str
    openid: str


@dataclass(frozen=True, slots=True)
class Order:
    """One sum to collect under one number until one moment; the same number means the same order.

    `back` is the page of ours that the payer returns to; `placed` is when the number was taken.
    """

    number: str
    amount: int
    title: str
    placed: datetime
    expires: datetime
    payer: Payer | None
    back: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a wallet says has happened, proved to be its own word; amounts in fen.

    `kind` is "payment", "refund", "closing" or "opening"; `source`, `proof` and `serial` are those
    of its Proof. A refund names our number in `refund`, what became of it in `fate`, and in `of`
    the payment it gives back from. `alias` is the payer's other name, where the wallet tells two.
    """

    provider: str
    kind: str
    transaction: str
    attempt: str
    amount: int
    currency: str
    merchant: str
    app: str
    payer: str
    paid_at: datetime
    source: str = "notice"
    proof: str = ""
    serial: str = ""
    refund: str = ""
    fate: Fate = "absent"
    of: str = ""
    alias: str = ""

    def by(self, proof: Proof) -> "Notice":
        """The same, with what proved it."""
        return replace(self, source=proof.source, proof=proof.sha256, serial=proof.serial)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands at its wallet; `notice` is there exactly when it is paid.

    "absent" means that the wallet knows no such order (yet).
    """

    state: State
    notice: Notice | None = None
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class Repayment:
    """One sum to give back of a payment, under one number; the same number never pays twice.

    `total` is the whole payment; `reason` is what the payer reads in the wallet; `agreed` is when
    the refund was approved, and stays the same however often it is asked for.
    """

    number: str
    attempt: str
    transaction: str
    amount: int
    total: int
    reason: str
    agreed: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """How a refund stands at its wallet; `notice` is there exactly when it has come to an end.

    "absent" means that the wallet knows no such refund, so that asking for it again is safe;
    "abnormal" that the money cannot reach the payer's account, "closed" that it will not go.
    """

    fate: Fate
    notice: Notice | None = None


Found = TypeVar("Found", Standing, Returned)


class Wallet(Protocol):
    """The verbs of a wallet. Each may raise Unreachable: then nobody knows what happened.

    Only `refund` moves money of ours; a payment is the payer's to make.
    """

    @property
    def merchant(self) -> str:
        """Our number as a merchant, which every notice must repeat."""
        ...

    def binds(self, payer: Payer | None) -> Payer:
        """Application and payer an order is tied to; no openid where anybody may pay.

        Raises PayerNeeded.
        """
        ...

    def open(self, order: Order) -> str:
        """Place the order, or place it again, and return the wallet's handle; raises Refused."""
        ...

    def parameters(self, order: Order, handle: str) -> dict[str, str]:
        """What the payer's phone needs to bring up the wallet for an order that was opened."""
        ...

    def query(self, number: str, placed: datetime) -> Standing:
        """How the order stands whose number was taken at this moment; raises Refused."""
        ...

    def close(self, number: str) -> bool:
        """Make the order unpayable; False when the wallet will not: then ask how it stands."""
        ...

    def refund(self, asked: Repayment) -> Returned:
        """Give money back, or ask once more for the same; raises Refused at a definite no."""
        ...

    def query_refund(self, asked: Repayment) -> Returned:
        """How a refund stands; raises Refused."""
        ...

    def statement(self, day: date) -> Statement:
        """All that was paid and given back on a day; raises NoStatementYet, BadHash, Refused."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Prove and read what was posted to us; raises Forged."""
        ...


def text(node: Mapping[str, Any], *path: str) -> str:
    """The non-empty string at this path of a partner's JSON; raises KeyError."""
    found = _at(node, path)
    if not isinstance(found, str) or not found:
        raise KeyError(path)
    return found


def whole(node: Mapping[str, Any], *path: str) -> int:
    """The integer at this path of a partner's JSON; a boolean is none; raises KeyError."""
    found = _at(node, path)
    if type(found) is not int:
        raise KeyError(path)
    return found


def _at(node: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: object = node
    for key in path:
        if not isinstance(found, dict):
            raise KeyError(path)
        found = found.get(key)
    return found


def answered(partner: str, read: Callable[[], T]) -> T:
    """Read a partner's proven answer; one of unexpected shape tells us nothing: Unreachable."""
    try:
        return read()
    except (KeyError, ValueError) as error:
        raise Unreachable(partner, reason="unexpected answer") from error


def standing(partner: str, answer: Word, read: Callable[[Mapping[str, Any]], Found]) -> Found:
    """What a proven answer says of an order or refund, with the proof of it; or Unreachable."""
    found = answered(partner, partial(read, answer.told))
    return replace(found, notice=found.notice.by(answer.proof)) if found.notice else found
