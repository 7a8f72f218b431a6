"""A subscription notice of the official account reaches who consented and does not follow."""

import pytest

from app import sending
from base import clock
from base.errors import Unreachable
from people import residents
from tracking import messages, subscriptions

from .telling import KINDS, NOTICE, TEMPLATE, bob, progress, signal, story, tell, told

__all__ = ["bob"]

PAID = KINDS | {"amount": 1, "bill": "202611210000027"}


def test_who_does_not_follow_is_sent_a_notice_by_her_consent(runtime, platform, db, bob):
    platform.answers[NOTICE] = {"errcode": 0, "errmsg": "ok"}
    sending.deliver(runtime, tell(db, bob))

    asked = platform.bodies[-1][2]
    assert (asked["touser"], asked["template_id"]) == ("bob", progress("biz"))
    assert asked["page"] == "http://127.0.0.1:1/h5/cases/202611210000019"
    assert (told(db).state, told(db).channel, told(db).msgid) == ("sent", "biz", None)
    assert story(db)[:2] == [("skipped", "mp"), ("skipped", "oa")]


def test_a_follower_is_sent_a_notice_only_where_the_template_message_is_not(
    runtime, platform, db, bob
):
    residents.follow(db, "oa", "bob")
    platform.answers |= {TEMPLATE: {"errcode": 0, "msgid": 77}, NOTICE: {"errcode": 0}}
    sending.deliver(runtime, tell(db, bob))
    assert (told(db).channel, platform.asked[NOTICE]) == ("oa", 0)

    signal(db, "templatesendjobfinish", "oa", "bob", MsgID="77", Status="failed: system failed")
    sending.deliver(runtime, "k1")
    assert (told(db).state, told(db).channel) == ("sent", "biz")


@pytest.mark.parametrize(("code", "left"), [(43101, 0), (47003, 1)])
def test_a_notice_refused_leaves_the_consent_the_platform_knows_of(
    runtime, platform, db, bob, code, left
):
    platform.answers[NOTICE] = {"errcode": code}
    sending.deliver(runtime, tell(db, bob))

    assert story(db)[2:4] == [("opened", "biz"), ({0: "refused", 1: "failed"}[left], "biz")]
    assert subscriptions.left(db, "bob", progress("biz")) == left


def test_a_notice_whose_template_is_not_registered_goes_another_way(runtime, platform, db, bob):
    messages.tell(db, key="k1", kind="bill_paid", resident=bob.id, values=PAID)
    sending.deliver(runtime, "k1")

    reasons = {each["channel"]: each["reason"] for each in told(db).row["history"]}
    assert (reasons["biz"], platform.asked[NOTICE]) == ("no_template", 0)


def test_the_platforms_word_is_on_the_last_notice_of_those_nobody_knows_were_sent(
    runtime, platform, db, bob
):
    platform.answers[NOTICE] = (502, b"<html>")
    for key in ("k1", "k2"):
        with pytest.raises(Unreachable):
            sending.deliver(runtime, tell(db, bob, key))
        clock.move(db, 60)
    entry = {"TemplateId": progress("biz"), "MsgID": "5", "ErrorCode": "0"}
    signal(db, "subscribe_msg_sent_event", "oa", "bob", List=[entry])

    assert (told(db, "k1").state, told(db, "k2").state) == ("unknown", "arrived")
