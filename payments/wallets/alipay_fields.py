"""Alipay's forms and answers: states, sums and moments as it writes them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from base import clock, money

from .wallet import CURRENCY, Forged, Notice, State, text

PROVIDER = "alipay"
# An account's number; applications that are not given numbers are given open_ids.
USER_ID = re.compile(r"2088[0-9]{12}")
_MOMENT = "%Y-%m-%d %H:%M:%S"

# opendocs.alipay.com: alipay.trade.query. A refunded trade was paid all the same.
STATES: Mapping[str, State] = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "TRADE_CLOSED": "closed",
}
KINDS: Mapping[State, str] = {"paid": "payment", "closed": "closing", "open": "opening"}


def form(body: bytes) -> dict[str, str]:
    """Fields of a form, decoded once with the charset it names; a field named twice is forged."""
    try:
        raw = body.decode("ascii")
        charset = dict(parse_qsl(raw)).get("charset", "utf-8").lower()
        if charset not in ("utf-8", "gbk"):
            raise Forged("charset")
        pairs = parse_qsl(raw, keep_blank_values=True, encoding=charset, errors="strict")
    except ValueError as error:
        raise Forged("shape") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Forged("shape")
    return fields


def notice(fields: Mapping[str, str]) -> Notice:
    """A refund re-notifies the payment's own address and looks like a second success (2.7)."""
    refund = "refund_fee" in fields or "gmt_refund" in fields
    kind = "refund" if refund else KINDS[STATES[fields["trade_status"]]]
    trade, (payer, alias) = fields["trade_no"], buyer(fields)
    return Notice(
        provider=PROVIDER,
        kind=kind,
        transaction=f"{trade}-{fields.get('out_biz_no', '')}" if refund else trade,
        attempt=fields["out_trade_no"],
        amount=fen(fields["refund_fee" if refund else "total_amount"]),
        currency=fields.get("trans_currency") or CURRENCY,
        merchant=fields["seller_id"],
        app=fields["app_id"],
        payer=payer,
        alias=alias,
        paid_at=moment(fields.get("gmt_payment") or fields.get("notify_time")),
        refund=fields.get("out_biz_no", "") if refund else "",
        fate="processing" if refund else "absent",
        of=trade if refund else "",
    )


def fen(said: str) -> int:
    """An amount in yuan as fen; raises ValueError."""
    try:
        return money.fen(said)
    except money.BadAmount as error:
        raise ValueError("not an amount") from error


def buyer(said: Mapping[str, Any]) -> tuple[str, str]:
    """Who paid, under one name or both, whichever this application is given; or empty.

    An account's number is `buyer_id` in notices and `buyer_user_id` in answers.
    """
    number = said.get("buyer_id") or said.get("buyer_user_id") or ""
    names = [str(each) for each in (said.get("buyer_open_id"), number) if each]
    payer, alias, *_ = (*names, "", "")
    return payer, alias


def moment(said: object) -> datetime:
    """Beijing time without offset to UTC; where Alipay left it out, it is now."""
    if not said:
        return clock.now()
    local = datetime.strptime(str(said), _MOMENT).replace(tzinfo=clock.SHANGHAI)
    return local.astimezone(UTC)


def made(number: str, answer: Mapping[str, Any]) -> str:
    """Alipay's number of the trade that was made for ours."""
    if text(answer, "out_trade_no") != number:
        raise ValueError("an answer about another trade")
    return text(answer, "trade_no")
