"""UnionPay's fields: sums in fen, moments of Beijing, and what a notice or an answer tells."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from base import clock

from .wallet import CURRENCY, Fate, Notice, Repayment, text

PROVIDER = "unionpay"
YUAN = "156"
CONSUME, REFUND = "01", "04"
SUCCESS = "00"
_STAMP = "%Y%m%d%H%M%S"
_FEN = re.compile(r"[0-9]{1,12}", re.ASCII)


def stamp(moment: datetime) -> str:
    """A moment as UnionPay writes it: Beijing time, to the second."""
    return f"{moment.astimezone(clock.SHANGHAI):{_STAMP}}"


def notice(fields: Mapping[str, str]) -> Notice:
    """A proven notice: a payment, a refund, or something that a human should see.

    A refund names its payment's order in the field that we sent along with it.
    """
    told, done = payment(fields), fields["respCode"] == SUCCESS
    if fields["txnType"] == REFUND:
        return replace(
            told,
            kind="refund",
            attempt=fields.get("reqReserved", ""),
            refund=told.attempt,
            fate="succeeded" if done else "processing",
            of=text(fields, "origQryId"),
        )
    return told if done and fields["txnType"] == CONSUME else replace(told, kind="opening")


def repaid(asked: Repayment, answer: Mapping[str, str], fate: Fate) -> Notice:
    """The end of a refund as the answer to a query tells it."""
    return replace(
        payment(answer),
        kind="refund",
        attempt=asked.attempt,
        refund=asked.number,
        fate=fate,
        of=asked.transaction,
    )


def payment(fields: Mapping[str, str]) -> Notice:
    """What every transaction tells, as if it paid; KeyError and ValueError where it does not."""
    currency = text(fields, "currencyCode")
    return Notice(
        provider=PROVIDER,
        kind="payment",
        transaction=text(fields, "queryId"),
        attempt=text(fields, "orderId"),
        amount=_fen(text(fields, "txnAmt")),
        currency=CURRENCY if currency == YUAN else currency,
        merchant=text(fields, "merId"),
        app="",
        payer="",
        paid_at=_moment(text(fields, "txnTime"), fields.get("traceTime", "")),
    )


def _fen(said: str) -> int:
    if not _FEN.fullmatch(said):
        raise ValueError("not an amount")
    return int(said)


def _moment(ordered: str, traced: str) -> datetime:
    """When it happened: `traced` (MMDDhhmmss) has no year, so it is the first after the order."""
    begun = datetime.strptime(ordered, _STAMP).replace(tzinfo=clock.SHANGHAI)
    if not traced:
        return begun.astimezone(UTC)
    found = datetime.strptime(f"{begun.year}{traced}", _STAMP).replace(tzinfo=clock.SHANGHAI)
    if found < begun - timedelta(days=1):
        found = found.replace(year=begun.year + 1)
    return found.astimezone(UTC)
