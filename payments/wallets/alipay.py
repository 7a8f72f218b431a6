"""Alipay on the mobile web: a page the browser opens, and the gateway's answers and notices."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from alipay.aop.api.domain.AlipayTradeCloseModel import AlipayTradeCloseModel
from alipay.aop.api.domain.AlipayTradeQueryModel import AlipayTradeQueryModel
from alipay.aop.api.domain.AlipayTradeWapPayModel import AlipayTradeWapPayModel
from alipay.aop.api.request.AlipayTradeCloseRequest import AlipayTradeCloseRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeWapPayRequest import AlipayTradeWapPayRequest

from base import clock, money
from base.errors import Unreachable

from . import keys
from .alipay_sdk import PARTNER, Client, signed_text
from .wallet import (
    CURRENCY,
    Forged,
    Notice,
    Order,
    Payer,
    Refused,
    Standing,
    State,
    answered,
    text,
)

PROVIDER = "alipay"
_MOMENT = "%Y-%m-%d %H:%M:%S"
_SUBJECT_LENGTH = 256
_SUBJECT_SIGNS = str.maketrans({"/": "／", "=": "＝", "&": "＆"})

# opendocs.alipay.com: alipay.trade.query. A refunded trade was paid all the same.
STATES: Mapping[str, State] = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "TRADE_CLOSED": "closed",
}
KINDS: Mapping[State, str] = {"paid": "payment", "closed": "closing", "open": "opening"}
UNKNOWN = frozenset({"20000", "40005", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"})
ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST"})


@dataclass(frozen=True)
class AlipaySettings:
    """What the open platform hands out; `public_key` is Alipay's own for this application."""

    gateway_url: str
    app_id: str
    seller_id: str
    private_key: str
    public_key: str
    notify_url: str


class Alipay:
    """The wallet outside WeChat, paid in the phone's browser; build one and keep it."""

    def __init__(self, settings: AlipaySettings) -> None:
        self.merchant = settings.seller_id
        self._settings = settings
        self._key = keys.public(settings.public_key)
        self._client = Client(
            settings.gateway_url, settings.app_id, settings.private_key, self._key
        )

    def binds(self, payer: Payer | None) -> Payer:  # noqa: ARG002  who holds the link may pay
        """Our one application; anybody may pay at Alipay."""
        return Payer(self._settings.app_id, "")

    def open(self, order: Order) -> str:  # noqa: ARG002  the payer's browser places it
        """Nothing to place: the trade comes to be when the payer's browser opens the page."""
        return ""

    def parameters(self, order: Order, handle: str) -> dict[str, str]:  # noqa: ARG002  none here
        """The one address to open in the phone's browser; inside WeChat it does not open."""
        model = AlipayTradeWapPayModel()
        model.out_trade_no = order.number
        model.total_amount = money.yuan(order.amount)
        model.subject = order.title.translate(_SUBJECT_SIGNS)[:_SUBJECT_LENGTH]
        model.product_code = "QUICK_WAP_WAY"
        model.seller_id = self.merchant
        model.quit_url = order.back
        model.time_expire = f"{order.expires.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        request = AlipayTradeWapPayRequest(biz_model=model)
        request.notify_url = self._settings.notify_url
        request.return_url = order.back
        return {"url": self._client.page(request)}

    def query(self, number: str) -> Standing:
        """How the trade stands; "absent" until the payer has opened it; raises Refused."""
        model = AlipayTradeQueryModel()
        model.out_trade_no = number
        try:
            answer = self._ask(AlipayTradeQueryRequest(biz_model=model))
        except Refused as refused:
            if refused.code in ABSENT:
                return Standing("absent")
            raise
        return answered(PARTNER, partial(self._standing, number, answer))

    def close(self, number: str) -> bool:
        """Close an unpaid trade; False when there is none to close or it is past closing.

        A trade not yet created cannot be closed: an old page may still create it until it expires.
        """
        model = AlipayTradeCloseModel()
        model.out_trade_no = number
        try:
            self._ask(AlipayTradeCloseRequest(biz_model=model))
        except Refused:
            return False
        return True

    def read_notice(
        self,
        headers: Mapping[str, str],  # noqa: ARG002  Alipay signs the form itself
        body: bytes,
    ) -> Notice:
        """Decode the form exactly once, verify what was signed, read; raises Forged."""
        fields = _form(body)
        signature = fields.get("sign", "")
        if fields.get("sign_type") != "RSA2" or not keys.signed(
            self._key, signed_text(fields), signature
        ):
            raise Forged("signature")
        try:
            return _notice(fields, hashlib.sha256(body).hexdigest())
        except (KeyError, ValueError) as error:
            raise Forged("shape") from error

    def _ask(self, request: Any) -> dict[str, Any]:
        answer = self._client.execute(request)
        code = str(answer.get("code"))
        if code == "10000":
            return answer
        said = str(answer.get("sub_code") or code)
        if code in UNKNOWN or said in UNKNOWN:
            raise Unreachable(PARTNER, reason=said)
        raise Refused(said)

    def _standing(self, number: str, answer: Mapping[str, Any]) -> Standing:
        if text(answer, "out_trade_no") != number:
            raise ValueError("an answer about another trade")
        refunded = "refund_fee" in answer or "gmt_refund" in answer
        state = STATES[text(answer, "trade_status")]
        if state != "paid" and not refunded:
            return Standing(state)
        return Standing("paid", self._paid(answer), refunded)

    def _paid(self, answer: Mapping[str, Any]) -> Notice:
        """A query is asked in our own name, so seller and application are ours."""
        return Notice(
            provider=PROVIDER,
            kind="payment",
            transaction=text(answer, "trade_no"),
            attempt=text(answer, "out_trade_no"),
            amount=_fen(text(answer, "total_amount")),
            currency=CURRENCY,
            merchant=self.merchant,
            app=self._settings.app_id,
            payer=_buyer(answer),
            paid_at=_moment(answer.get("send_pay_date")),
            source="query",
        )


def _form(body: bytes) -> dict[str, str]:
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


def _notice(fields: Mapping[str, str], proof: str) -> Notice:
    """A refund re-notifies the payment's own address and looks like a second success (2.7)."""
    refund = "refund_fee" in fields or "gmt_refund" in fields
    kind = "refund" if refund else KINDS[STATES[fields["trade_status"]]]
    trade = fields["trade_no"]
    return Notice(
        provider=PROVIDER,
        kind=kind,
        transaction=f"{trade}-{fields.get('out_biz_no', '')}" if refund else trade,
        attempt=fields["out_trade_no"],
        amount=_fen(fields["refund_fee" if refund else "total_amount"]),
        currency=fields.get("trans_currency") or CURRENCY,
        merchant=fields["seller_id"],
        app=fields["app_id"],
        payer=_buyer(fields),
        paid_at=_moment(fields.get("gmt_payment") or fields.get("notify_time")),
        proof=proof,
    )


def _fen(said: str) -> int:
    try:
        return money.fen(said)
    except money.BadAmount as error:
        raise ValueError("not an amount") from error


def _buyer(said: Mapping[str, Any]) -> str:
    return str(said.get("buyer_open_id") or said.get("buyer_id") or said.get("buyer_user_id") or "")


def _moment(said: object) -> datetime:
    """Beijing time without offset to UTC; where Alipay left it out, it is now."""
    if not said:
        return clock.now()
    moment = datetime.strptime(str(said), _MOMENT).replace(tzinfo=clock.SHANGHAI)
    return moment.astimezone(UTC)
