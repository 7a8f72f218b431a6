"""Alipay on the mobile web and in its mini-program, and the gateway's answers and notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from alipay.aop.api.domain.AlipayDataDataserviceBillDownloadurlQueryModel import (
    AlipayDataDataserviceBillDownloadurlQueryModel,
)
from alipay.aop.api.domain.AlipayTradeCloseModel import AlipayTradeCloseModel
from alipay.aop.api.domain.AlipayTradeCreateModel import AlipayTradeCreateModel
from alipay.aop.api.domain.AlipayTradeFastpayRefundQueryModel import (
    AlipayTradeFastpayRefundQueryModel,
)
from alipay.aop.api.domain.AlipayTradeQueryModel import AlipayTradeQueryModel
from alipay.aop.api.domain.AlipayTradeRefundModel import AlipayTradeRefundModel
from alipay.aop.api.domain.AlipayTradeWapPayModel import AlipayTradeWapPayModel
from alipay.aop.api.request.AlipayDataDataserviceBillDownloadurlQueryRequest import (
    AlipayDataDataserviceBillDownloadurlQueryRequest,
)
from alipay.aop.api.request.AlipayTradeCloseRequest import AlipayTradeCloseRequest
from alipay.aop.api.request.AlipayTradeCreateRequest import AlipayTradeCreateRequest
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import (
    AlipayTradeFastpayRefundQueryRequest,
)
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.request.AlipayTradeWapPayRequest import AlipayTradeWapPayRequest

from base import clock, money
from base.errors import Unreachable

from . import alipay_files, keys
from .alipay_fields import PROVIDER, STATES, USER_ID, buyer, fen, form, made, moment, notice
from .alipay_sdk import PARTNER, Client, signed_text
from .wallet import (
    CURRENCY,
    Forged,
    NoStatementYet,
    Notice,
    Order,
    Payer,
    Proof,
    Refused,
    Repayment,
    Returned,
    Standing,
    Statement,
    Word,
    answered,
    standing,
    text,
)

_SUBJECT_LENGTH = 256
_SUBJECT_SIGNS = str.maketrans({"/": "／", "=": "＝", "&": "＆", ",": "，"})

UNKNOWN = frozenset({"20000", "40005", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"})
ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST"})
# The number was used for another sum: what the first request came to is for the query to say.
DISCORDANT = "ACQ.DISCORDANT_REPEAT_REQUEST"
NO_BILL = frozenset({"isp.bill_not_exist", "isv.bill_not_exist"})


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
    """The wallet outside WeChat; build one and keep it.

    Paid in the phone's browser by whoever opens the page, or in Alipay's mini-program by one user,
    when the payer is one of our application there.
    """

    def __init__(self, settings: AlipaySettings) -> None:
        self.merchant = settings.seller_id
        self._settings = settings
        self._key = keys.public(settings.public_key)
        self._client = Client(
            settings.gateway_url, settings.app_id, settings.private_key, self._key
        )

    def binds(self, payer: Payer | None) -> Payer:
        """Our one application, and its user who is to pay; without one anybody may pay."""
        app = self._settings.app_id
        return payer if payer is not None and payer.app == app else Payer(app, "")

    def open(self, order: Order) -> str:
        """Make the trade for the mini-program's user, and return its number; raises Refused.

        For a page there is nothing to place: the trade comes to be when a browser opens it.
        """
        user = self.binds(order.payer).openid
        if not user:
            return ""
        model = self._ordered(AlipayTradeCreateModel(), order)
        model.product_code = "JSAPI_PAY"
        model.op_app_id = self._settings.app_id
        model.time_expire = f"{model.time_expire}:00"
        if USER_ID.fullmatch(user):
            model.buyer_id = user
        else:
            model.buyer_open_id = user
        request = AlipayTradeCreateRequest(biz_model=model)
        request.notify_url = self._settings.notify_url
        answer = self._ask(request)
        return answered(PARTNER, partial(made, order.number, answer.told))

    def parameters(self, order: Order, handle: str) -> dict[str, str]:
        """What my.tradePay takes, or the one address to open in a browser other than WeChat."""
        if handle:
            return {"tradeNO": handle}
        model = self._ordered(AlipayTradeWapPayModel(), order)
        model.product_code = "QUICK_WAP_WAY"
        model.quit_url = order.back
        request = AlipayTradeWapPayRequest(biz_model=model)
        request.notify_url = self._settings.notify_url
        request.return_url = order.back
        return {"url": self._client.page(request)}

    def _ordered(self, model: Any, order: Order) -> Any:
        """A model of the SDK's with what is to be paid, to whom and until when."""
        model.out_trade_no = order.number
        model.total_amount = money.yuan(order.amount)
        model.subject = order.title.translate(_SUBJECT_SIGNS)[:_SUBJECT_LENGTH]
        model.seller_id = self.merchant
        model.time_expire = f"{order.expires.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        return model

    def query(
        self,
        number: str,
        placed: datetime | None = None,  # noqa: ARG002  the number alone names it
    ) -> Standing:
        """How the trade stands; "absent" until the payer has opened it; raises Refused."""
        model = AlipayTradeQueryModel()
        model.out_trade_no = number
        try:
            answer = self._ask(AlipayTradeQueryRequest(biz_model=model))
        except Refused as refused:
            if refused.code in ABSENT:
                return Standing("absent")
            raise
        return standing(PARTNER, answer, partial(self._standing, number))

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

    def refund(self, asked: Repayment) -> Returned:
        """Give money back; only `fund_change` Y proves that it went, for all else ask the query.

        Raises Refused.
        """
        model = AlipayTradeRefundModel()
        model.out_trade_no = asked.attempt
        model.trade_no = asked.transaction
        model.refund_amount = money.yuan(asked.amount)
        model.out_request_no = asked.number
        model.refund_reason = asked.reason
        try:
            answer = self._ask(AlipayTradeRefundRequest(biz_model=model))
        except Refused as refused:
            if refused.code == DISCORDANT:
                return self.query_refund(asked)
            raise
        if answer.told.get("fund_change") != "Y":
            return Returned("processing")
        return standing(PARTNER, answer, partial(self._given_back, asked))

    def query_refund(self, asked: Repayment) -> Returned:
        """How a refund stands; without a status it never came or came to nothing: "absent"."""
        model = AlipayTradeFastpayRefundQueryModel()
        model.out_trade_no = asked.attempt
        model.trade_no = asked.transaction
        model.out_request_no = asked.number
        model.query_options = ["gmt_refund_pay"]
        answer = self._ask(AlipayTradeFastpayRefundQueryRequest(biz_model=model))
        if not answer.told.get("refund_status"):
            return Returned("absent")
        return standing(PARTNER, answer, partial(self._status, asked))

    def _status(self, asked: Repayment, answer: Mapping[str, Any]) -> Returned:
        if (answer["refund_status"], answer["out_request_no"]) != ("REFUND_SUCCESS", asked.number):
            return Returned("processing")
        told = fen(text(answer, "refund_amount"))
        return self._given_back(asked, answer, told)

    def _given_back(
        self, asked: Repayment, answer: Mapping[str, Any], amount: int | None = None
    ) -> Returned:
        """The end of a refund; Alipay gives it no number of its own, so it bears ours."""
        trade = text(answer, "trade_no")
        told = Notice(
            provider=PROVIDER,
            kind="refund",
            transaction=f"{trade}-{asked.number}",
            attempt=text(answer, "out_trade_no"),
            amount=asked.amount if amount is None else amount,
            currency=CURRENCY,
            merchant=self.merchant,
            app=self._settings.app_id,
            payer="",
            paid_at=moment(answer.get("gmt_refund_pay")),
            refund=asked.number,
            fate="succeeded",
            of=trade,
        )
        return Returned("succeeded", told)

    def statement(self, day: date) -> Statement:
        """The detail file of a day, in GBK; raises NoStatementYet, BadHash, Refused.

        Alipay announces no hash: the zip's own check sum is what the bytes are held against.
        """
        model = AlipayDataDataserviceBillDownloadurlQueryModel()
        model.bill_type = "trade"
        model.bill_date = f"{day:%Y-%m-%d}"
        try:
            answer = self._ask(AlipayDataDataserviceBillDownloadurlQueryRequest(biz_model=model))
        except Refused as refused:
            if refused.code in NO_BILL:
                raise NoStatementYet(refused.code) from refused
            raise
        url = answered(PARTNER, partial(text, answer.told, "bill_download_url"))
        content = alipay_files.detail(self._settings.gateway_url, url)
        return Statement(day, content, serial=answer.proof.serial)

    def read_notice(
        self,
        headers: Mapping[str, str],  # noqa: ARG002  Alipay signs the form itself
        body: bytes,
    ) -> Notice:
        """Decode the form exactly once, verify what was signed, read; raises Forged."""
        fields = form(body)
        signature = fields.get("sign", "")
        if fields.get("sign_type") != "RSA2" or not keys.signed(
            self._key, signed_text(fields), signature
        ):
            raise Forged("signature")
        try:
            return notice(fields).by(Proof.of("notice", body, self._client.serial))
        except (KeyError, ValueError) as error:
            raise Forged("shape") from error

    def _ask(self, request: Any) -> Word:
        answer = self._client.execute(request)
        code = str(answer.told.get("code"))
        if code == "10000":
            return answer
        said = str(answer.told.get("sub_code") or code)
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
        payer, alias = buyer(answer)
        return Notice(
            provider=PROVIDER,
            kind="payment",
            transaction=text(answer, "trade_no"),
            attempt=text(answer, "out_trade_no"),
            amount=fen(text(answer, "total_amount")),
            currency=CURRENCY,
            merchant=self.merchant,
            app=self._settings.app_id,
            payer=payer,
            alias=alias,
            paid_at=moment(answer.get("send_pay_date")),
        )
