"""UnionPay (ACP 5.1.0): a form the payer's browser takes to its page, and answers and notices."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from base import clock
from base.errors import Unreachable

from . import archives
from .unionpay_fields import CONSUME, REFUND, SUCCESS, YUAN, notice, payment, repaid, stamp
from .unionpay_wire import PARTNER, UnionPaySettings, Wire, form
from .wallet import (
    Fate,
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

_PRODUCT = {"bizType": "000201", "channelType": "08", "accessType": "0"}
_GENERAL = {"bizType": "000000", "accessType": "0"}
_NAME_LENGTH = 32
_NAME_SIGNS = str.maketrans("", "", "{}[]&=")

# The member of the zip that lists payments and refunds, see docs/money.md.
DETAIL = "ZM_"

ABSENT, ACCEPTED, NO_FILE = "34", "05", "98"
# No answer to go by: time-out inside, state unknown, busy, closed for the moment, asked too often.
UNKNOWN = frozenset({"02", "03", "04", "06", "37"})
# Of the transaction asked about: still under way, or succeeded "with defects" (A6).
PENDING = frozenset({"03", "04", ACCEPTED, "A6"})


class UnionPay:
    """The wallet of every bank's card and of its own app; build one and keep it.

    Number and time together name an order there, so both are kept and told again. There is no
    way to close an order: it ends at `payTimeout`, and is unknown there until it is paid.
    """

    def __init__(self, settings: UnionPaySettings) -> None:
        self.merchant = settings.merchant
        self._settings = settings
        self._wire = Wire(settings)

    @property
    def ends(self) -> dict[str, datetime]:
        """When each certificate ends that we hold: "own", "root" and "middle"."""
        return self._wire.ends

    def binds(self, payer: Payer | None) -> Payer:  # noqa: ARG002  who holds the page may pay
        """No application, and anybody's card."""
        return Payer("", "")

    def open(self, order: Order) -> str:  # noqa: ARG002  the payer's browser places it
        """Nothing to place: the order comes to be when the payer's browser brings the form."""
        return ""

    def parameters(self, order: Order, handle: str) -> dict[str, str]:  # noqa: ARG002  none here
        """The fields of a form that the payer's browser must post to `url`."""
        name = order.title.translate(_NAME_SIGNS)[:_NAME_LENGTH]
        asked = _PRODUCT | {
            "txnType": CONSUME,
            "txnSubType": "01",
            "orderId": order.number,
            "txnTime": stamp(order.placed),
            "txnAmt": str(order.amount),
            "currencyCode": YUAN,
            "payTimeout": stamp(order.expires),
            "riskRateInfo": f"{{commodityName={name}}}",
            "frontUrl": order.back,
            "backUrl": self._settings.notify_url,
        }
        return {"url": self._gateway("frontTransReq.do")} | self._wire.signed(asked)

    def query(self, number: str, placed: datetime) -> Standing:
        """How the order stands; raises Refused.

        An unpaid order is "absent", and so is one that failed: until it expires it may be paid.
        """
        answer = self._query(number, placed)
        return standing(PARTNER, answer, _standing) if answer else Standing("absent")

    def close(self, number: str) -> bool:  # noqa: ARG002  there is no such request
        """UnionPay closes nothing before its time."""
        return False

    def refund(self, asked: Repayment) -> Returned:
        """Give money back; its answer is acceptance, the end is for the query to say.

        Raises Refused.
        """
        told = _PRODUCT | {
            "txnType": REFUND,
            "txnSubType": "00",
            "orderId": asked.number,
            "txnTime": stamp(asked.agreed),
            "txnAmt": str(asked.amount),
            "currencyCode": YUAN,
            "origQryId": asked.transaction,
            "reqReserved": asked.attempt,
            "backUrl": self._settings.notify_url,
        }
        code = text(self._ask("backTransReq.do", told).told, "respCode")
        if code not in (SUCCESS, ACCEPTED):
            raise Refused(code)
        return Returned("processing")

    def query_refund(self, asked: Repayment) -> Returned:
        """How a refund stands by its own number and time; raises Refused."""
        answer = self._query(asked.number, asked.agreed)
        if answer is None:
            return Returned("absent")
        return standing(PARTNER, answer, partial(_returned, asked))

    def statement(self, day: date) -> Statement:
        """All that was cleared on a day, which ends at 23:00; raises NoStatementYet, BadHash.

        The signature covers the file; nothing else announces a hash of it. Raises Refused too.
        """
        asked = _GENERAL | {
            "txnType": "76",
            "txnSubType": "01",
            "fileType": "00",
            "settleDate": f"{day:%m%d}",
            "txnTime": stamp(clock.now()),
        }
        answer = self._send(self._settings.file_url + "/", asked)
        code = answer.told["respCode"]
        if code == NO_FILE:
            raise NoStatementYet(NO_FILE)
        if code != SUCCESS:
            raise Refused(code)
        packed = answered(PARTNER, partial(_packed, answer.told))
        content = archives.member(archives.inflated(packed), DETAIL)
        return Statement(day, content, serial=answer.proof.serial)

    def read_notice(
        self,
        headers: Mapping[str, str],  # noqa: ARG002  UnionPay signs the form itself
        body: bytes,
    ) -> Notice:
        """Decode the form once, prove certificate and signature, read; raises Forged."""
        fields = form(body)
        serial = self._wire.prove(fields)
        try:
            return notice(fields).by(Proof.of("notice", body, serial))
        except (KeyError, ValueError) as error:
            raise Forged("shape") from error

    def _gateway(self, page: str) -> str:
        return f"{self._settings.api_url}/gateway/api/{page}"

    def _ask(self, page: str, fields: Mapping[str, str]) -> Word:
        return self._send(self._gateway(page), fields)

    def _send(self, url: str, fields: Mapping[str, str]) -> Word:
        """A proven answer that has something to say; Unreachable for every other."""
        answer = self._wire.call(url, fields)
        code = answered(PARTNER, partial(text, answer.told, "respCode"))
        if code in UNKNOWN:
            raise Unreachable(PARTNER, reason=f"respCode {code}")
        return answer

    def _query(self, number: str, told: datetime) -> Word | None:
        """What UnionPay knows of the transaction of this number and time, if anything."""
        named = {"orderId": number, "txnTime": stamp(told)}
        answer = self._ask(
            "queryTrans.do", _GENERAL | {"txnType": "00", "txnSubType": "00"} | named
        )
        code = answer.told["respCode"]
        if code == ABSENT:
            return None
        if code != SUCCESS:
            raise Refused(code)
        if any(answer.told.get(name) != value for name, value in named.items()):
            raise Unreachable(PARTNER, reason="an answer about another order")
        return answer


def _standing(answer: Mapping[str, str]) -> Standing:
    code = text(answer, "origRespCode")
    if code == SUCCESS:
        return Standing("paid", payment(answer))
    return Standing("open" if code in PENDING else "absent")


def _returned(asked: Repayment, answer: Mapping[str, str]) -> Returned:
    code = text(answer, "origRespCode")
    if code in PENDING:
        return Returned("processing")
    fate: Fate = "succeeded" if code == SUCCESS else "closed"
    return Returned(fate, repaid(asked, answer, fate))


def _packed(answer: Mapping[str, str]) -> bytes:
    """The deflated file that the answer carries in base64; ValueError if it does not."""
    return base64.b64decode(text(answer, "fileContent"), validate=True)
