"""Residents come and go: follow, scan a counter's code, leave."""

from base.outbox import promise
from feedback import talks
from people import residents

from . import store
from .dialogue import say
from .exchange import Context, Reply, Silence, Text


def welcome(context: Context) -> Reply:
    """Greet a new follower and note by which code she came; her unionid is asked for later."""
    account, scene = context.account, context.message.scene
    residents.arrive(context.db, account)
    residents.follow(
        context.db, account.kind, account.openid, scene or None, context.message.moment
    )
    known = promise("follower.link", openid=account.openid)
    return Text(words=say("welcome", home=context.links.home()), after=(known,))


def scanned(context: Context) -> Reply:
    """Greet a follower who scanned a counter's code."""
    where = say("counter") if context.message.scene else ""
    return Text(words=say("welcome_back", scene=where))


def left(context: Context) -> Reply:
    """Forget what belongs to the account; the resident's cases are kept."""
    account, moment = context.account, context.message.moment
    residents.unfollow(context.db, account.kind, account.openid, moment)
    store.forget(context.db, context.account.key)
    talks.forget(context.db, context.account.key)
    return Silence()
