"""Signed, expiring addresses under which one bill can be paid in any browser, without sign-in."""

from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from base import clock
from base.errors import Forbidden, Missing

_SALT = "payments.link"


class BadLink(Missing):
    """The link was not made by us, or not all of it arrived."""

    code = "bad_pay_link"


class ExpiredLink(Forbidden):
    """The link was ours and has run out; a new one is to be had where it came from."""

    code = "expired_pay_link"


def issue(secret: str, bill: str, lifetime: timedelta) -> str:
    """A token that shows and pays this one bill, and nothing else, for so long."""
    until = int((clock.now() + lifetime).timestamp())
    return str(URLSafeSerializer(secret, salt=_SALT).dumps({"bill": bill, "until": until}))


def read(secret: str, token: str) -> str:
    """The number of the bill a token is for; raises BadLink and ExpiredLink."""
    try:
        said = URLSafeSerializer(secret, salt=_SALT).loads(token)
        bill, until = str(said["bill"]), int(said["until"])
    except (BadSignature, KeyError, TypeError, ValueError) as error:
        raise BadLink from error
    if clock.now().timestamp() > until:
        raise ExpiredLink
    return bill


def until(token: str) -> datetime:
    """When a token that was just issued runs out; nothing is checked."""
    _, said = URLSafeSerializer("").loads_unsafe(token)
    return datetime.fromtimestamp(said["until"], UTC)
