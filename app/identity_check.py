"""The two-factor identity check of Tencent Cloud: faceid 2018-03-01, IdCardVerification."""

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.faceid.v20180301.models import IdCardVerificationRequest

from base.errors import Problem, Unreachable
from people import identity

Check = Callable[[str, str], None]

PARTNER: Final = "identity"
TIMEOUT: Final = (3.05, 8.0)
_MATCH: Final = "0"

# Result codes as the service documents them; -4 (its register fails) and -6 (being upgraded) pass.
PROBLEMS: Final[dict[str, type[Problem]]] = {
    "-1": identity.NameDiffers,
    "-2": identity.BadIdNumber,
    "-3": identity.BadName,
    "-5": identity.NoSuchIdentity,
    "-7": identity.TooManyChecks,
}
PASSING: Final = frozenset({"-4", "-6"})

# Error codes (their first part) that no waiting mends: our keys, our bill, our request.
LASTING: Final = frozenset(
    {
        "AuthFailure",
        "InvalidAction",
        "InvalidParameter",
        "InvalidParameterValue",
        "MissingParameter",
        "NoSuchVersion",
        "OperationDenied",
        "UnauthorizedOperation",
        "UnknownParameter",
        "UnsupportedOperation",
        "UnsupportedProtocol",
        "UnsupportedRegion",
    }
)

# At DEBUG the kit would log requests whole, names and numbers with them.
logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)


def checker(
    url: str, secret_id: str, secret_key: str, timeout: tuple[float, float] = TIMEOUT
) -> Check:
    """A check against the service at `url` (https to Tencent, or http to a loopback simulator).

    `timeout` is seconds to connect and seconds to wait for bytes. The check takes name and
    identity number; it returns when both belong together, and raises NameDiffers, NoSuchIdentity,
    BadIdNumber, BadName, TooManyChecks, or Unreachable.
    """
    address = urlsplit(url)
    http = HttpProfile(protocol=address.scheme, endpoint=address.netloc, reqTimeout=timeout)
    client = _client(Credential(secret_id, secret_key), http)

    def check(name: str, id_number: str) -> None:
        asked = IdCardVerificationRequest()
        asked.Name, asked.IdCard = name, id_number
        try:
            result = client.IdCardVerification(asked).Result
        except TencentCloudSDKException as error:
            raise _unreachable(error.get_code()) from None
        _judge(result)

    return check


def _client(credential: Credential, http: HttpProfile) -> FaceidClient:
    """The kit's client, deaf to proxies and .netrc of the environment, as base.outbound is."""
    client = FaceidClient(credential, "", ClientProfile(httpProfile=http))
    connection = client.request.conn
    connection.proxy, connection._session.trust_env = None, False
    return client


def _unreachable(code: str | None) -> Unreachable:
    """What a failure of the kit means; its texts may quote the request and are left behind."""
    family = (code or "").partition(".")[0]
    return Unreachable(PARTNER, retry=family not in LASTING, reason=code or "no code")


def _judge(result: str | None) -> None:
    if result == _MATCH:
        return
    if result in PROBLEMS:
        raise PROBLEMS[result]
    raise Unreachable(PARTNER, retry=result in PASSING, reason=f"result {result}")
