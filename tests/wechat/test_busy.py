"""A platform that says it is busy may have sent all the same: nobody is told by two channels."""

import contextlib

import pytest

from app import sending
from app.wechat.verdicts import Refused
from base import clock
from base.errors import Unreachable
from people import residents
from people.residents import Account
from tests.journey.platform import eventually
from tracking import ledger, messages, subscriptions, templates

from .telling import KINDS, MORE, SUBSCRIBE, TEMPLATE, alice, signal, story, told, twin
from .test_world import town, wang

__all__ = ["alice", "town", "twin", "wang"]

BUSY = {"errcode": -1}
RATING = templates.templates()["rating"].ids["mp"]


def consent(db, report="r9"):
    """One more message that the mini-program may send her."""
    subscriptions.credit(db, "m-alice", RATING, source="popup", report=report)


def closed(db, resident):
    """Tell her that her case is closed, by a template that is good for one message."""
    values = KINDS | MORE
    messages.tell(db, key="k1", kind="case_closed", resident=resident.id, values=values)


@pytest.fixture
def busy(runtime, platform, db, twin):
    """A message of which the mini-program's platform said that it was busy."""
    consent(db)
    closed(db, twin)
    platform.answers |= {SUBSCRIBE: BUSY, TEMPLATE: {"errcode": 0, "msgid": 77}}
    with pytest.raises(Refused):
        sending.deliver(runtime, "k1")
    platform.answers[SUBSCRIBE] = {"errcode": 43101}
    return twin


def test_it_is_tried_again_by_the_same_channel(runtime, platform, db, busy):
    platform.answers[SUBSCRIBE] = {"errcode": 0}
    sending.deliver(runtime, "k1")

    assert story(db) == [
        ("opened", "mp"), ("unsure", "mp"), ("opened", "mp"), ("sent", "mp"),
    ]  # fmt: skip
    assert subscriptions.left(db, "m-alice", RATING) == 0


def test_without_a_credit_it_is_in_doubt_and_neither_repeated_nor_sent_elsewhere(
    runtime, platform, db, busy
):
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, "k1")
    assert waits.value.until > clock.now()
    consent(db, "r10")
    clock.move(db, 400)
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).channel) == ("unknown", "mp")
    assert (platform.asked[SUBSCRIBE], platform.asked[TEMPLATE]) == (2, 0)
    assert subscriptions.left(db, "m-alice", RATING) == 1


def test_what_is_then_refused_for_another_reason_keeps_its_credit(runtime, platform, db, busy):
    platform.answers[SUBSCRIBE] = {"errcode": 47003}
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).channel) == ("sent", "oa")
    assert subscriptions.left(db, "m-alice", RATING) == 0


def test_the_platforms_word_settles_it(runtime, platform, db, busy):
    entry = {"TemplateId": RATING, "MsgID": "5", "ErrorCode": "0"}
    signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=[entry])
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).msgid) == ("arrived", "5")
    assert platform.asked[SUBSCRIBE] == 1


def test_an_operator_may_have_it_sent_again_after_all(runtime, platform, db, busy):
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert ledger.again(db, "k1", "operator:chen")
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).channel) == ("sent", "oa")


def test_a_busy_token_service_leaves_nothing_in_doubt(runtime, platform, db, twin):
    consent(db)
    closed(db, twin)
    platform.answers["/cgi-bin/stable_token"] = BUSY
    with pytest.raises(Refused):
        sending.deliver(runtime, "k1")

    assert story(db)[-1] == ("delayed", "mp")


def test_what_is_sent_again_takes_a_new_credit(runtime, platform, db, twin):
    consent(db)
    closed(db, twin)
    platform.answers |= {SUBSCRIBE: {"errcode": 0}, TEMPLATE: {"errcode": 47003}}
    sending.deliver(runtime, "k1")
    entry = {"TemplateId": RATING, "MsgID": "5", "ErrorCode": "20001"}
    signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=[entry])
    sending.deliver(runtime, "k1")
    assert told(db).state == "failed"

    ledger.again(db, "k1", "operator:chen")
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    assert (told(db).channel, platform.asked[SUBSCRIBE]) == ("oa", 1)


def test_whom_a_busy_platform_told_is_told_once(town, wang):
    db, openid = town.runtime.db, wang["mp_openid"]
    resident = residents.arrive(db, Account("mp", "wxmp", openid, wang["unionid"]))
    town.control(f"/people/{wang['id']}/subscribe", template_ids=[RATING], accept=True)
    town.control("/faults", endpoint=SUBSCRIBE, kind="errcode_after", errcode=-1)
    closed(db, resident)
    for _ in range(2):
        with contextlib.suppress(Unreachable):
            sending.deliver(town.runtime, "k1")

    eventually(lambda: told(db).state == "arrived")
    cards = [
        line["kind"] for line in town.chat(wang) if line["kind"] in ("template", "subscription")
    ]
    assert cards == ["subscription"]
