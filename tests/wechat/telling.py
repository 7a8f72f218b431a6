"""Somebody to tell, a message about her case, and what the platform reports about it."""

import itertools
from dataclasses import dataclass

import pytest

from app import sending
from base import clock
from handlers import table
from handlers.exchange import Context, Links, Message
from people import residents
from people.residents import Account, Resident
from tracking import messages, subscriptions, templates

TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
KINDS = {"service": "社会保障卡申领", "number": "202611210000019", "agency": "人社局"}
MORE = {"state": "已提交", "day": "2026年12月1日"}
_COUNT = itertools.count(1)


@pytest.fixture
def alice(db):
    resident = residents.arrive(db, Account("oa", "wxoa", "alice", "u1"))
    residents.follow(db, "oa", "alice")
    return resident


@pytest.fixture
def twin(db, alice):
    """Alice in the mini-program, with one consent for progress messages."""
    residents.arrive(db, Account("mp", "wxmp", "m-alice", "u1"))
    subscriptions.credit(db, "m-alice", progress("mp"), source="popup", report="r1")
    return alice


@pytest.fixture
def bob(db):
    """Somebody who does not follow, with one consent for progress messages, of the web view."""
    resident = residents.arrive(db, Account("oa", "wxoa", "bob", "u2"))
    subscriptions.credit(db, "bob", progress("biz"), source="popup", report="r1")
    return resident


@dataclass(frozen=True)
class Reader:
    """Somebody who consented to progress messages by a channel, as the platform knows her there."""

    resident: Resident
    channel: str
    account: str
    openid: str
    path: str

    @property
    def template(self):
        return progress(self.channel)


@pytest.fixture(params=["mp", "biz"])
def reader(request):
    """Alice in the mini-program, or Bob of the web view."""
    if request.param == "mp":
        return Reader(request.getfixturevalue("twin"), "mp", "mp", "m-alice", SUBSCRIBE)
    return Reader(request.getfixturevalue("bob"), "biz", "oa", "bob", NOTICE)


def progress(channel):
    return templates.templates()["progress"].ids[channel]


def tell(db, resident, key="k1"):
    messages.tell(db, key=key, kind="case_submitted", resident=resident.id, values=KINDS | MORE)
    return key


def warn(db, resident, key="k9"):
    """Tell her something urgent."""
    told = {"key": key, "kind": "account_joined", "resident": resident.id}
    messages.tell(db, **told, values={"at": clock.now()})
    return key


def told(db, key="k1"):
    return messages.get(db, key)


def story(db, key="k1"):
    return [(each["outcome"], each["channel"]) for each in told(db, key).row["history"]]


def signal(db, event, account="oa", sender="alice", **fields):
    message = Message(
        identity=f"event-{next(_COUNT)}",
        account=account,
        sender=sender,
        recipient="gh",
        kind="event",
        event=event,
        created=fields.pop("created", 1),
        fields=fields,
    )
    known = Account(account, f"wx{account}", sender)
    context = Context(db, known, message, Links(""), None)
    return table.find(message).answer(context)


def sent(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, alice))
