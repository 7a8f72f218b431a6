"""Text messages by Tencent Cloud SMS (2021-01-11): the last way before the inbox.

The service knows no idempotency id, so an interrupted send is doubtful; `context` travels with a
message and comes back with its delivery report.
"""

import logging
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import PullSmsSendStatusRequest, SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from base import outbound
from base.errors import Unreachable
from config.settings import Settings

from .wechat.valves import TEXTS, TEXTS_ALARMS, Valves

PARTNER: Final = "sms"
TIMEOUT: Final = (3.05, 8.0)
REGION: Final = "ap-guangzhou"
PULLED: Final = 100
_OK: Final = "Ok"
_WAITING_HELPS: Final = {"transient", "slow", "configuration"}
_TABLE: Final = Path(__file__).parents[1] / "config" / "sms_errors.toml"

# At DEBUG the kit would log requests whole, numbers and words with them.
logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)


class Refused(Unreachable):
    """The service said no; `kind` is its class, `retry` whether waiting helps."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.kind = classify(code)
        super().__init__(PARTNER, retry=self.kind in _WAITING_HELPS, reason=f"{code} {self.kind}")


@dataclass(frozen=True)
class Delivered:
    """A delivery report: whose context, the service's own number, and "" or why it failed."""

    context: str
    serial: str
    reason: str


class Sender:
    """Our account with the service; safe to share between threads.

    Every template has its own valve, for it may be at fault alone.
    """

    def __init__(self, settings: Settings, valves: Valves) -> None:
        self._valves = valves
        self._app, self._sign = settings.sms_app_id, settings.sms_sign
        address = urlsplit(settings.sms_api_url)
        http = HttpProfile(protocol=address.scheme, endpoint=address.netloc, reqTimeout=TIMEOUT)
        secret = Credential(settings.tencent_secret_id, settings.tencent_secret_key)
        self._client = SmsClient(secret, REGION, ClientProfile(httpProfile=http))
        connection = self._client.request.conn
        connection.proxy, connection._session.trust_env = None, False

    def ready(self, template: str) -> None:
        """Raise Held while a text of this template would not even be sent."""
        self._valves.look(TEXTS, f"SendSms {template}")

    def send(self, phone: str, template: str, parameters: Sequence[str], context: str) -> str:
        """Send one approved text to a number; the service's own number of it.

        Raises Refused, Held, or Unreachable, doubtful where the text may have been sent.
        """
        path = f"SendSms {template}"
        self._valves.enter(TEXTS, path)
        try:
            serial = self._sent(phone, template, parameters, context)
        except Unreachable as error:
            kind = error.kind if isinstance(error, Refused) else "transient"
            if kind in TEXTS_ALARMS:
                self._valves.failed(TEXTS, path, kind, error)
            else:
                self._valves.worked(TEXTS, path)
            raise
        self._valves.worked(TEXTS, path)
        return serial

    def _sent(self, phone: str, template: str, parameters: Sequence[str], context: str) -> str:
        asked = SendSmsRequest()
        asked.PhoneNumberSet = [phone if phone.startswith("+") else f"+86{phone}"]
        asked.SmsSdkAppId, asked.SignName, asked.TemplateId = self._app, self._sign, template
        asked.TemplateParamSet, asked.SessionContext = list(parameters), context
        found = (self._call(self._client.SendSms, asked).SendStatusSet or [None])[0]
        if found is None:
            raise _unsure("no status")
        if found.Code != _OK:
            raise _refusal(str(found.Code))
        return str(found.SerialNo)

    def reports(self) -> list[Delivered]:
        """The delivery reports nobody has pulled yet, at most a hundred; each is given once."""
        asked = PullSmsSendStatusRequest()
        asked.SmsSdkAppId, asked.Limit = self._app, PULLED
        found = self._call(self._client.PullSmsSendStatus, asked).PullSmsSendStatusSet or []
        return [_delivered(each) for each in found]

    def _call(self, ask: Any, asked: Any) -> Any:
        """Ask the service: its own errors bear a request id, the kit's are troubles on the way."""
        try:
            return ask(asked)
        except TencentCloudSDKException as error:
            code = str(error.get_code() or "no code")
            if error.get_request_id():
                raise _refusal(code) from None
            trouble = Unreachable(PARTNER, reason=code)
            trouble.doubtful = not outbound.unheard(error)
            raise trouble from None


def connect(settings: Settings, valves: Valves) -> Sender | None:
    """A sender for these settings; None where a county sends no text messages."""
    known = settings.sms_app_id and settings.tencent_secret_id
    return Sender(settings, valves) if known else None


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text("utf-8"))


def classify(code: str) -> str:
    """The class of an error code, by itself or by its family; what we do not know is "unknown"."""
    known = {each: kind for kind, codes in _table().items() for each in codes}
    return str(known.get(code) or known.get(code.partition(".")[0], "unknown"))


def _delivered(found: Any) -> Delivered:
    """A report in our words; a refusal begins with "refused"."""
    if found.ReportStatus == "SUCCESS":
        return Delivered(str(found.SessionContext or ""), str(found.SerialNo), "")
    told = str(found.Description or "unknown")[:60]
    refused = any(word in told.upper() for word in _table()["reports"]["refused"])
    why = f"refused {told}" if refused else told
    return Delivered(str(found.SessionContext or ""), str(found.SerialNo), why)


def _refusal(code: str) -> Unreachable:
    """What an error code of the service means for a text: a plain no, or nobody knows."""
    return _unsure(code) if classify(code) == "doubtful" else Refused(code)


def _unsure(reason: str) -> Unreachable:
    trouble = Unreachable(PARTNER, reason=reason)
    trouble.doubtful = True
    return trouble
