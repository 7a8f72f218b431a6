"""Signed tokens that a mini-program carries: who, by which account, until when."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from base import clock
from base.errors import Unauthenticated

from .records import Account

_SALT: Final = "people.tokens.v1"


class DeadSession(Unauthenticated):
    """The token is not ours, is damaged, or has run out: sign in again."""

    code = "dead_session"


@dataclass(frozen=True)
class Bearer:
    """Who carries a token: resident id, the account signed in with, and when it ends."""

    resident: str
    kind: str
    appid: str
    openid: str
    until: datetime

    @property
    def account(self) -> Account:
        """The account signed in with."""
        return Account(self.kind, self.appid, self.openid)


def _serializer(secret: str) -> URLSafeSerializer:
    how: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=_SALT, signer_kwargs=how)


def issue(secret: str, resident_id: str, account: Account, lifetime: timedelta) -> str:
    """A token for a resident who has just signed in with an account."""
    until = int((clock.now() + lifetime).timestamp())
    return str(
        _serializer(secret).dumps([resident_id, account.kind, account.appid, account.openid, until])
    )


def read(secret: str, token: str) -> Bearer:
    """Who carries this token; raises DeadSession."""
    try:
        resident, kind, appid, openid, until = _serializer(secret).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise DeadSession from error
    bearer = Bearer(resident, kind, appid, openid, datetime.fromtimestamp(until, UTC))
    if bearer.until <= clock.now():
        raise DeadSession
    return bearer
