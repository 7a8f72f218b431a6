"""A message of the ledger reaches its reader by the best channel that takes it."""

import itertools

import pytest

from app.wechat import sending
from app.wechat.verdicts import Refused
from base.errors import Unreachable
from handlers import table
from handlers.exchange import Context, Links, Message
from people import residents
from people.residents import Account
from tracking import messages, subscriptions, templates

TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
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


def progress(channel):
    return templates.templates()["progress"].ids[channel]


def tell(db, resident, key="k1"):
    messages.tell(db, key=key, kind="case_submitted", resident=resident.id, values=KINDS | MORE)
    return key


def test_a_follower_gets_a_template_message(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, alice))

    sent = platform.bodies[-1][2]
    assert (sent["touser"], sent["template_id"]) == ("alice", progress("oa"))
    assert sent["url"] == "http://127.0.0.1:1/h5/cases/202611210000019"
    assert sent["data"]["thing1"] == {"value": "社会保障卡申领"}
    told = messages.get(db, "k1")
    assert (told.state, told.channel, told.msgid) == ("sent", "oa", "77")


def test_a_message_is_sent_once(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    key = tell(db, alice)
    sending.deliver(runtime, key)
    sending.deliver(runtime, key)

    assert platform.asked[TEMPLATE] == 1


def test_every_try_of_one_message_bears_the_same_id(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": -1, "errmsg": "system busy"}
    key = tell(db, alice)
    for _ in range(2):
        with pytest.raises(Refused):
            sending.deliver(runtime, key)

    ids = {sent["client_msg_id"] for path, _, sent in platform.bodies if path == TEMPLATE}
    assert len(ids) == 1
    told = messages.get(db, key)
    assert (told.state, told.tries) == ("waiting", 2)


def test_who_does_not_follow_is_told_in_the_mini_program(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 43004, "errmsg": "require subscribe"}
    platform.answers[SUBSCRIBE] = {"errcode": 0}
    sending.deliver(runtime, tell(db, twin))

    told = messages.get(db, "k1")
    assert (told.state, told.channel, told.msgid) == ("sent", "mp", None)
    assert platform.bodies[-1][2]["page"] == "pages/case/case?number=202611210000019"


def test_without_a_credit_nothing_is_sent_and_the_inbox_has_it(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 43004}
    subscriptions.empty(db, "m-alice", progress("mp"))
    sending.deliver(runtime, tell(db, twin))

    assert platform.asked[SUBSCRIBE] == 0
    assert messages.get(db, "k1").channel == messages.INBOX


def test_a_credit_the_platform_does_not_know_is_given_up(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 43004}
    platform.answers[SUBSCRIBE] = {"errcode": 43101}
    sending.deliver(runtime, tell(db, twin))

    assert messages.get(db, "k1").channel == messages.INBOX
    assert subscriptions.left(db, "m-alice", progress("mp")) == 0


def test_a_fault_of_ours_is_shown_to_operators(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 47003, "errmsg": "data.thing1.value invalid"}
    sending.deliver(runtime, tell(db, alice))

    told = messages.get(db, "k1")
    assert (told.state, told.channel) == ("failed", None)
    assert "47003 bad_data thing1" in told.reason


def test_nobody_answering_is_waited_for(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))

    assert messages.get(db, "k1").state == "waiting"


def test_who_has_no_account_reads_the_inbox(runtime, platform, db):
    resident = residents.arrive(db, Account("oa", "wxoa", "bob"))
    sending.deliver(runtime, tell(db, resident))

    assert messages.get(db, "k1").channel == messages.INBOX


def signal(db, event, account="oa", sender="alice", **fields):
    message = Message(
        identity=f"event-{next(_COUNT)}",
        account=account,
        sender=sender,
        recipient="gh",
        kind="event",
        event=event,
        created=1,
        fields=fields,
    )
    known = Account(account, f"wx{account}", sender)
    context = Context(db, known, message, Links(""), None)
    return table.find(message).answer(context)


def sent(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, alice))


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("success", "arrived", None),
        ("failed:user block", "failed", "user block"),
        ("failed: system failed", "failed", "system failed"),
    ],
)
def test_the_platforms_report_ends_the_story(runtime, platform, db, alice, status, state, reason):
    sent(runtime, platform, db, alice)
    signal(db, "templatesendjobfinish", MsgID="77", Status=status)

    told = messages.get(db, "k1")
    assert (told.state, told.reason) == (state, reason)


@pytest.mark.parametrize(("status", "state"), [("success", "arrived"), ("failed", "failed")])
def test_a_report_that_comes_early_is_noted_in_a_moment(
    runtime, platform, db, alice, status, state
):
    early = signal(db, "templatesendjobfinish", MsgID="77", Status=status)
    sent(runtime, platform, db, alice)
    sending.report(runtime, "push", **early.after[0]["data"])

    assert messages.get(db, "k1").state == state


def test_a_subscription_message_is_reported_too(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 43004}
    platform.answers[SUBSCRIBE] = {"errcode": 0, "msgid": "88"}
    sending.deliver(runtime, tell(db, twin))
    entries = ["odd", {"MsgID": ""}, {"MsgID": "88", "ErrorCode": "0", "ErrorStatus": "success"}]
    signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=entries)

    assert messages.get(db, "k1").state == "arrived"


def test_a_subscription_message_reported_early_is_noted_in_a_moment(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 43004}
    platform.answers[SUBSCRIBE] = {"errcode": 0, "msgid": "88"}
    entries = [{"MsgID": "88", "ErrorCode": "20001", "ErrorStatus": "system failed"}]
    early = signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=entries)
    sending.deliver(runtime, tell(db, twin))
    sending.report(runtime, "push", **early.after[0]["data"])

    told = messages.get(db, "k1")
    assert (told.state, told.reason) == ("failed", "20001")


def test_consent_given_in_the_popup_is_a_credit_and_refusal_is_none(db, alice):
    template = progress("mp")
    choice = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "2"}
    signal(db, "subscribe_msg_popup_event", "mp", "m-alice", List=[choice])
    assert subscriptions.left(db, "m-alice", template) == 1

    refused = choice | {"SubscribeStatusString": "reject"}
    signal(db, "subscribe_msg_popup_event", "mp", "m-alice", List=[refused])
    assert subscriptions.left(db, "m-alice", template) == 0


def test_consent_taken_back_in_the_settings_is_forgotten(db, twin):
    template = progress("mp")
    for status in ("accept", "reject"):
        choice = {"TemplateId": template, "SubscribeStatusString": status}
        signal(db, "subscribe_msg_change_event", "mp", "m-alice", List=[choice])

    assert subscriptions.left(db, "m-alice", template) == 0
