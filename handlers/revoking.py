"""A person takes back what WeChat told us of her, or closes her account: it is deleted, once.

The platform's own push account is the sender of these events; whom they are about is a field.
"""

import re
from typing import Final

from base import clock, sweeping
from base.outbox import promise
from base.store import Database
from feedback import talks
from people import forgetting, residents
from people.residents import Account

from . import store
from .exchange import Context, Reply, Silence

PHONE: Final = frozenset({"8"})
PLACE: Final = frozenset({"13", "18", "206"})
FILES: Final = frozenset({"14", "15", "207"})
_CLOSED: Final = "closed"


def revoked(context: Context) -> Reply:
    """Delete each datum the platform names; codes of what we never keep are only written down.

    Of files, those go that she has sent in with nothing yet: a case and a ticket keep their own.
    """
    message, openid = context.message, context.message.text("OpenID")
    codes = set(re.findall(r"\d+", message.text("RevokeInfo")))
    if codes & PLACE:
        store.lost(context.db, Account(message.account, "", openid).key)
    owner = residents.by_account(context.db, message.account, openid)
    if owner is None:
        return Silence()
    if codes & PHONE:
        forgetting.phone(context.db, owner.id)
    if codes & FILES:
        sweeping.let_go_waiting(context.db, owner.id)
    told = ",".join(sorted(codes)) or "-"
    forgetting.note(context.db, owner.id, message.identity, told, message.account)
    return Silence()


def cancelled(context: Context) -> Reply:
    """Forget a WeChat account that was closed: all of the channel's data; cases are kept."""
    message, openid = context.message, context.message.text("OpenID")
    owner = residents.by_account(context.db, message.account, openid)
    if owner is not None:
        forgetting.note(context.db, owner.id, message.identity, _CLOSED, message.account)
    forgetting.account(context.db, message.account, openid)
    return forgotten(context, openid)


def forgotten(context: Context, openid: str) -> Silence:
    """Forget what an account said here; what it pushed is emptied once nothing is owed of it."""
    kind = context.message.account
    unlearn(context.db, Account(kind, "", openid).key)
    left = promise("account.forgotten", kind=kind, openid=openid, until=context.now)
    return Silence(after=(left,))


def unlearn(db: Database, key: str) -> None:
    """Delete what an account said here and the talks it had."""
    store.forget(db, key, clock.now())
    talks.forget(db, key)
