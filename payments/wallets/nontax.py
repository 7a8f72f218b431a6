"""The province's non-tax revenue system (finance): what is to be paid, whether it was, receipts.

It takes no money itself: it is the authority on whether a bill's notice is paid, and it issues the
fiscal e-receipt. Every verb may be repeated with the same numbers and does its work once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, Literal

from base import clock

from .nontax_wire import PARTNER, NontaxSettings, Wire
from .wallet import Forged, Proof, Refused, Word, answered, text, whole

ABSENT: Final = frozenset({"2001", "3001"})
PAID, LOCKED, DIFFERS, VOID = "2002", "2003", "2004", "2005"

Held = Literal["unpaid", "paid", "returned", "void"]
Stage = Literal["applied", "issued", "failed", "red"]


@dataclass(frozen=True, slots=True)
class Item:
    """One fee of a notice, in fen; reductions are negative."""

    code: str
    name: str
    fee: int


@dataclass(frozen=True, slots=True)
class Levy:
    """A payment notice as finance has it; `code` is the 缴款识别码 that banks ask for.

    `transaction` and `channel` say who paid it, our bill's number being our channel, and `paid_at`
    when, where finance says so.
    """

    code: str
    state: Held
    amount: int
    transaction: str = ""
    channel: str = ""
    proof: Proof | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A notice that finance has as paid on some day: its number, our bill, fen, and by what."""

    code: str
    bill: str
    amount: int
    transaction: str
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """The money that we tell finance about."""

    transaction: str
    wallet: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Voucher:
    """A fiscal e-receipt as finance has it: 票据代码, 票据号码, 校验码, once it is issued."""

    number: str
    stage: Stage
    amount: int
    code: str = ""
    serial: str = ""
    check: str = ""
    issued: datetime | None = None
    proof: Proof | None = None


class Finance:
    """The line to the finance system; build one and keep it. Verbs raise Unreachable, Refused."""

    def __init__(self, settings: NontaxSettings) -> None:
        self._wire = Wire(settings)
        self._notify_url = settings.notify_url

    def issue(self, bill: str, title: str, items: Sequence[Item], amount: int) -> Levy:
        """Have a payment notice made for a bill; the same bill gets the same notice.

        While nobody has paid it, it is amended to what is told now.
        """
        listed = [{"item_id": each.code, "item_name": each.name, "fee": each.fee} for each in items]
        asked = {"order_no": bill, "title": title, "items": listed}
        return self._levy("/notice/issue", asked | {"fee": amount})

    def query(self, code: str) -> Levy:
        """How a notice stands."""
        return self._levy("/notice/query", {"payment_notice_no": code})

    def lock(self, code: str, bill: str, amount: int, seconds: int) -> Levy:
        """Reserve a notice for our channel for so long, so that no counter takes its money too.

        Refused: PAID, LOCKED by another channel, DIFFERS in amount, VOID.
        """
        asked = {"payment_notice_no": code, "order_no": bill, "fee": amount, "ttl": seconds}
        return self._levy("/notice/lock", asked)

    def confirm(self, code: str, bill: str, paid: Payment) -> Levy:
        """Tell that a notice was paid; idempotent on notice and transaction. Refused as `lock`."""
        asked = {
            "payment_notice_no": code,
            "order_no": bill,
            "transaction_id": paid.transaction,
            "channel": paid.wallet,
            "fee": paid.amount,
            "paid_at": int(paid.at.timestamp()),
        }
        return self._levy("/notice/confirm", asked)

    def reverse(self, code: str, refund: str, amount: int) -> Levy:
        """Tell that so much of a payment went back; idempotent on the refund's number."""
        asked = {"payment_notice_no": code, "refund_out_id": refund, "refund_fee": amount}
        return self._levy("/notice/reverse", asked)

    def void(self, code: str) -> Levy:
        """Withdraw a notice that nobody is to pay any more. Refused: PAID."""
        return self._levy("/notice/void", {"payment_notice_no": code})

    def apply(self, code: str, number: str, amount: int, payer: str) -> Voucher:
        """Apply for the e-receipt; it is issued later. Idempotent on `number`, which is ours."""
        asked = {
            "payment_notice_no": code,
            "apply_no": number,
            "fee": amount,
            "payer": payer,
            "notify_url": self._notify_url,
        }
        return self._voucher("/receipt/apply", asked)

    def receipt(self, number: str) -> Voucher | None:
        """How an application stands; None when finance knows of none."""
        try:
            return self._voucher("/receipt/query", {"apply_no": number})
        except Refused as refused:
            if refused.code in ABSENT:
                return None
            raise

    def red(self, number: str, reason: str) -> Voucher:
        """Red-reverse an issued e-receipt (冲红), so that it counts no more; idempotent."""
        return self._voucher("/receipt/red", {"apply_no": number, "reason": reason})

    def daily(self, day: date) -> tuple[Paid, ...]:
        """Every notice of our unit's that was paid on a day, here or at a counter."""
        answer = self._wire.call("/daily", {"day": day.isoformat()})
        return answered(PARTNER, partial(_paid, answer))

    def read_notice(self, headers: Mapping[str, str], path: str, body: bytes) -> str:
        """The bill a posted notice is about; a reason to ask, nothing more. Raises Forged."""
        self._wire.prove(headers, path, body)
        try:
            return text(json.loads(body), "order_no")
        except (KeyError, ValueError, AttributeError) as error:
            raise Forged("shape") from error

    def _levy(self, target: str, asked: Mapping[str, object]) -> Levy:
        answer = self._wire.call(target, asked)
        return answered(PARTNER, partial(_levy, answer, str(asked.get("payment_notice_no", ""))))

    def _voucher(self, target: str, asked: Mapping[str, object]) -> Voucher:
        answer = self._wire.call(target, asked)
        return answered(PARTNER, partial(_voucher, answer, str(asked["apply_no"])))


_HELD: Mapping[int, Held] = {1: "unpaid", 3: "paid", 5: "returned", 12: "void"}
_STAGES: Mapping[str, Stage] = {
    "APPLIED": "applied",
    "ISSUED": "issued",
    "FAILED": "failed",
    "RED": "red",
}


def _levy(answer: Word, asked: str) -> Levy:
    """A notice as it was answered; 1 unpaid, 3 paid, 5 paid and given back, 12 withdrawn."""
    told = answer.told
    code = text(told, "payment_notice_no")
    if asked not in ("", code):
        raise ValueError("an answer about another notice")
    paid = "paid_at" in told
    return Levy(
        code=code,
        state=_HELD[whole(told, "status")],
        amount=whole(told, "fee"),
        transaction=str(told.get("transaction_id") or ""),
        channel=str(told.get("order_no") or ""),
        proof=answer.proof,
        paid_at=datetime.fromtimestamp(whole(told, "paid_at"), clock.SHANGHAI) if paid else None,
    )


def _paid(answer: Word) -> tuple[Paid, ...]:
    return tuple(
        Paid(
            code=text(each, "payment_notice_no"),
            bill=text(each, "order_no"),
            amount=whole(each, "fee"),
            transaction=text(each, "transaction_id"),
            proof=answer.proof,
        )
        for each in answer.told["notices"]
    )


def _voucher(answer: Word, number: str) -> Voucher:
    told = answer.told
    if text(told, "apply_no") != number:
        raise ValueError("an answer about another receipt")
    stage = _STAGES[text(told, "state")]
    if stage in ("applied", "failed"):
        return Voucher(number, stage, whole(told, "fee"), proof=answer.proof)
    issued = datetime.fromtimestamp(whole(told, "issued_at"), clock.SHANGHAI)
    return Voucher(
        number=number,
        stage=stage,
        amount=whole(told, "fee"),
        code=text(told, "bill_type_code"),
        serial=text(told, "bill_no"),
        check=text(told, "check_code"),
        issued=issued,
        proof=answer.proof,
    )
