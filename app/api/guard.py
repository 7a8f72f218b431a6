"""Who calls the API: the bearer of a token we signed."""

from apiflask import HTTPTokenAuth
from flask import g

from people import residents, tokens
from people.residents import Account, Resident

from ..runtime import here

auth = HTTPTokenAuth()


@auth.verify_token  # type: ignore[untyped-decorator]
def bearer(token: str) -> Resident:
    """Whose account signed in with this token; raises DeadSession.

    The account is asked, not the token: one that has left WeChat or us carries nobody any more.
    """
    found = tokens.read(here().settings.secret_key, token)
    resident = residents.by_account(here().db, found.kind, found.openid)
    if resident is None:
        raise tokens.DeadSession
    g.account = found.account
    return resident


def caller() -> Resident:
    """The resident of this request."""
    found = auth.current_user
    assert isinstance(found, Resident)
    return found


def account() -> Account:
    """The account that signed in with this request's token."""
    found = g.account
    assert isinstance(found, Account)
    return found
