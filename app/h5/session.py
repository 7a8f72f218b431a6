"""Who looks at the pages: a resident signed in through WeChat, kept in a signed cookie."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import g, request
from flask import session as cookie

from base import clock, privacy, texts
from base.errors import Forbidden, Unauthenticated
from payments.wallets import Payer
from people import residents
from people.residents import Account, Resident

from ..runtime import here

LIFETIME: Final = timedelta(hours=12)
HOME: Final = "/h5/"
REAL_NAME: Final = 2
_KEY: Final = "resident"
_OWN: Final = re.compile(r"/h5/[^\s\\]{0,600}")


class SignInNeeded(Unauthenticated):
    """Nobody is signed in, or nobody we still believe."""

    code = "sign_in_needed"


class StepNeeded(Forbidden):
    """The resident must first agree, or prove her real name."""

    code = "step_needed"


def remember(resident: Resident, account: Account) -> None:
    """Sign a resident in with the WeChat account she came by; older form tokens die."""
    forget()
    since = int(clock.now().timestamp())
    cookie[_KEY] = {"id": resident.id, "account": _mark(account), "since": since}
    cookie.permanent = True


def forget() -> None:
    """Sign out; what other parts of the house keep in the cookie stays."""
    g.pop("resident", None)
    for name in (_KEY, "csrf_token"):
        cookie.pop(name, None)


def visitor() -> Resident | None:
    """Whoever is signed in, followed through mergers; None when nobody is."""
    if "resident" not in g:
        g.resident = _look()
    found: Resident | None = g.resident
    return found


def caller() -> Resident:
    """The resident of this request; raises SignInNeeded."""
    found = visitor()
    if found is None:
        raise SignInNeeded
    return found


def ready(level: int) -> Resident:
    """The resident, agreed and known well enough.

    Raises SignInNeeded; StepNeeded where these pages can help; LevelTooLow where only the window
    can.
    """
    found = caller()
    agreed = found.agreement == texts.say("agreement.version")
    if not agreed or found.level < min(level, REAL_NAME):
        raise StepNeeded
    residents.require(found, level)
    return found


def payer() -> Payer | None:
    """The account of this web view, as the wallet inside WeChat wants it."""
    kept = cookie.get(_KEY, {})
    found = (each for each in caller().accounts if _mark(each) == kept.get("account"))
    account = next(found, None)
    return Payer(account.appid, account.openid) if account else None


def is_wechat() -> bool:
    """Whether the page is shown by WeChat's own browser."""
    return "MicroMessenger" in request.user_agent.string


def own_path(to: str) -> str:
    """A page of ours to go on to; whatever leads elsewhere becomes the first page."""
    return to if _OWN.fullmatch(to) else HOME


def _look() -> Resident | None:
    kept = cookie.get(_KEY)
    if not isinstance(kept, dict):
        return None
    age = clock.now() - datetime.fromtimestamp(kept["since"], UTC)
    if not timedelta(minutes=-1) <= age <= LIFETIME:
        return None
    try:
        found = residents.get(here().db, kept["id"])
    except residents.NoSuchResident:
        return None
    if kept["account"] not in map(_mark, found.accounts):
        return None
    if found.id != kept["id"]:
        cookie[_KEY] = kept | {"id": found.id}
    return found


def _mark(account: Account) -> str:
    """A fingerprint of an account, so that no openid lies in a cookie."""
    return privacy.digest(f"{account.kind}:{account.openid}", "h5.session")[:24]
