"""WeChat Pay for a direct merchant: orders paid in the official account and the mini-program."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from base import clock
from base.errors import Unreachable

from . import wechat_files
from .apiv3 import WeChatSettings, Wire, seconds
from .ring import PlatformCertificate
from .wallet import (
    CURRENCY,
    Fate,
    Forged,
    Notice,
    Order,
    Payer,
    PayerNeeded,
    Proof,
    Refused,
    Repayment,
    Returned,
    Standing,
    State,
    Statement,
    answered,
    standing,
    text,
    whole,
)

PROVIDER = "wechat"
_ORDERS = "/v3/pay/transactions/out-trade-no/"
_REFUNDS = "/v3/refund/domestic/refunds"
_REASON_LENGTH = 80
_DESCRIPTION_LENGTH = 127

# https://pay.weixin.qq.com/doc/v3/merchant/4012556352: a refunded order was paid all the same.
STATES: Mapping[str, State] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "open",
    "USERPAYING": "open",
    "PAYERROR": "open",
    "ACCEPT": "open",
    "CLOSED": "closed",
    "REVOKED": "closed",
}
# https://pay.weixin.qq.com/doc/v3/merchant/4012556457: the answer to a refund is no outcome yet.
FATES: Mapping[str, Fate] = {
    "PROCESSING": "processing",
    "SUCCESS": "succeeded",
    "ABNORMAL": "abnormal",
    "CLOSED": "closed",
}
# Told of payments made a moment ago, and of refunds that never came.
UNKNOWN_REFUND = "RESOURCE_NOT_EXISTS"
ABSENT = frozenset({"ORDER_NOT_EXIST"})
CLOSED = frozenset({"ORDER_CLOSED"})


class WeChatPay:
    """The wallet inside WeChat (APIv3, JSAPI); build one and keep it."""

    def __init__(self, settings: WeChatSettings) -> None:
        self.merchant = settings.mchid
        self._appids = settings.appids
        self._notify_url = settings.notify_url
        self._wire = Wire(settings)

    def binds(self, payer: Payer | None) -> Payer:
        """The payer in one of our own accounts; raises PayerNeeded when it is none of them."""
        if payer is None or payer.app not in self._appids:
            raise PayerNeeded
        return payer

    def open(self, order: Order) -> str:
        """Place a JSAPI order and return its prepay_id, good for two hours; raises Refused."""
        payer = self.binds(order.payer)
        asked = {
            "appid": payer.app,
            "mchid": self.merchant,
            "description": order.title.replace(",", "，")[:_DESCRIPTION_LENGTH],
            "out_trade_no": order.number,
            "time_expire": order.expires.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": order.amount, "currency": CURRENCY},
            "payer": {"openid": payer.openid},
        }
        answer = self._wire.call("POST", "/v3/pay/transactions/jsapi", asked)
        return answered(PROVIDER, partial(text, answer.told, "prepay_id"))

    def parameters(self, order: Order, handle: str) -> dict[str, str]:
        """The signed arguments of wx.requestPayment and WeixinJSBridge alike, string by string."""
        covered = {
            "appId": self.binds(order.payer).app,
            "timeStamp": seconds(),
            "nonceStr": secrets.token_hex(16),
            "package": f"prepay_id={handle}",
        }
        signature = self._wire.sign(*covered.values())
        return covered | {"signType": "RSA", "paySign": signature}

    def query(
        self,
        number: str,
        placed: datetime | None = None,  # noqa: ARG002  the number alone names it
    ) -> Standing:
        """How the order stands by the answer of the order query; raises Refused, Unreachable."""
        try:
            answer = self._wire.call("GET", f"{_ORDERS}{number}?mchid={self.merchant}")
        except Refused as refused:
            if refused.code in ABSENT:
                return Standing("absent")
            raise
        return standing(PROVIDER, answer, partial(_standing, number))

    def close(self, number: str) -> bool:
        """Close an unpaid order; False when WeChat says no, which often means that it is paid."""
        try:
            self._wire.call("POST", f"{_ORDERS}{number}/close", {"mchid": self.merchant})
        except Refused as refused:
            return refused.code in CLOSED | ABSENT
        return True

    def refund(self, asked: Repayment) -> Returned:
        """Ask for a refund by transaction; the answer is acceptance, rarely the end."""
        told = {
            "transaction_id": asked.transaction,
            "out_refund_no": asked.number,
            "reason": asked.reason[:_REASON_LENGTH],
            "notify_url": self._notify_url,
            "amount": {"refund": asked.amount, "total": asked.total, "currency": CURRENCY},
        }
        try:
            answer = self._wire.call("POST", _REFUNDS, told)
        except Refused as refused:
            if refused.code == UNKNOWN_REFUND:
                raise Unreachable(PROVIDER, reason=refused.code) from refused
            raise
        return standing(PROVIDER, answer, partial(self._returned, asked))

    def query_refund(self, asked: Repayment) -> Returned:
        """How a refund stands by the answer of the refund query; raises Refused, Unreachable."""
        try:
            answer = self._wire.call("GET", f"{_REFUNDS}/{asked.number}")
        except Refused as refused:
            if refused.code == UNKNOWN_REFUND:
                return Returned("absent")
            raise
        return standing(PROVIDER, answer, partial(self._returned, asked))

    def _returned(self, asked: Repayment, answer: Mapping[str, Any]) -> Returned:
        if text(answer, "out_refund_no") != asked.number:
            raise ValueError("an answer about another refund")
        fate = FATES[text(answer, "status")]
        if fate == "processing":
            return Returned(fate)
        return Returned(fate, _refund_notice(answer, fate, self.merchant))

    def statement(self, day: date) -> Statement:
        """The trade and fund-flow bills of a day; raises NoStatementYet, BadHash, Refused."""
        return wechat_files.statement(self._wire, day)

    def certificates(self) -> tuple[PlatformCertificate, ...]:
        """The platform certificates WeChat signs with; raises Refused, Unreachable.

        Newer merchants have the public key instead and are refused.
        """
        return self._wire.certificates()

    @property
    def has_public_key(self) -> bool:
        """Whether answers are signed with the key we were given, whatever certificates say."""
        return self._wire.has_public_key

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify the raw bytes, look at the time, decrypt, read; raises Forged at any doubt."""
        serial = self._wire.prove(headers, body)
        try:
            sealed = json.loads(body)
            kind = text(sealed, "resource", "original_type")
            plain = json.loads(self._wire.decrypt(sealed["resource"]))
            return READERS[kind](plain).by(Proof.of("notice", body, serial))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Forged("shape") from error


def _standing(number: str, answer: Mapping[str, Any]) -> Standing:
    if text(answer, "out_trade_no") != number:
        raise ValueError("an answer about another order")
    said = text(answer, "trade_state")
    state = STATES[said]
    if state != "paid":
        return Standing(state)
    return Standing(state, _payment(answer), said == "REFUND")


def _payment(said: Mapping[str, Any]) -> Notice:
    """The transaction as WeChat writes it in notices and answers; KeyError, ValueError if not."""
    if STATES[text(said, "trade_state")] != "paid":
        raise ValueError("not a payment that was made")
    return Notice(
        provider=PROVIDER,
        kind="payment",
        transaction=text(said, "transaction_id"),
        attempt=text(said, "out_trade_no"),
        amount=whole(said, "amount", "total"),
        currency=said["amount"].get("currency") or CURRENCY,
        merchant=text(said, "mchid"),
        app=said.get("appid") or "",
        payer=(said.get("payer") or {}).get("openid") or "",
        paid_at=_moment(said.get("success_time")),
    )


def _told_refund(said: Mapping[str, Any]) -> Notice:
    """A refund as its notice tells it: `refund_status`, where the answer says `status`."""
    return _refund_notice(said, FATES[text(said, "refund_status")], text(said, "mchid"))


def _refund_notice(said: Mapping[str, Any], fate: Fate, merchant: str) -> Notice:
    return Notice(
        provider=PROVIDER,
        kind="refund",
        transaction=text(said, "refund_id"),
        attempt=text(said, "out_trade_no"),
        amount=whole(said, "amount", "refund"),
        currency=said["amount"].get("currency") or CURRENCY,
        merchant=merchant,
        app="",
        payer="",
        paid_at=_moment(said.get("success_time")),
        refund=text(said, "out_refund_no"),
        fate=fate,
        of=text(said, "transaction_id"),
    )


def _moment(said: object) -> datetime:
    """RFC 3339 with offset to UTC; refunds that failed carry none, then it is now."""
    if said is None:
        return clock.now()
    moment = datetime.fromisoformat(str(said))
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset")
    return moment.astimezone(UTC)


READERS = {"transaction": _payment, "refund": _told_refund}
