"""A send that was cut off is repeated where the platform knows it, else its word is waited for."""

import contextlib
from datetime import timedelta

import pytest

from app import hearing, sending
from base import clock
from base.errors import Unreachable
from people import residents
from tracking import ledger, messages, subscriptions, templates, undeliverable
from tracking.ways import Way

from .telling import (
    KINDS,
    MORE,
    SUBSCRIBE,
    TEMPLATE,
    alice,
    bob,
    progress,
    reader,
    sent,
    signal,
    story,
    tell,
    told,
    twin,
)

__all__ = ["alice", "bob", "reader", "twin"]

BLOCKED = "/wxa/sec/queryblocktmplmsg"


def test_a_gateways_page_leaves_a_template_message_open_under_its_id(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    assert told(db).state == "sending"

    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    ids = {sent["client_msg_id"] for path, _, sent in platform.bodies if path == TEMPLATE}
    assert (told(db).state, len(ids)) == ("sent", 1)
    assert story(db)[1:] == [("opened", "oa"), ("repeated", "oa"), ("sent", "oa")]


def test_past_ten_minutes_a_template_message_is_never_repeated(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    clock.move(db, 571)
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 1)

    clock.move(db, 571 + 400)
    assert waits.value.until < clock.now()
    sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 1)
    signal(db, "templatesendjobfinish", MsgID="99", Status="success")
    assert told(db).state == "arrived"


def cut_off(runtime, platform, db, reader):
    """A subscription message whose answer never came."""
    platform.answers[reader.path] = (502, b"<html>")
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, tell(db, reader.resident))
    return waits.value


def test_a_subscription_message_cut_off_is_repeated_once_after_five_minutes(
    runtime, platform, db, reader
):
    waits = cut_off(runtime, platform, db, reader)
    assert timedelta(minutes=4) < waits.until - clock.now() < timedelta(minutes=6)
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert platform.asked[reader.path] == 1

    for _ in range(3):
        clock.move(db, (told(db).row["again"] - told(db).at).total_seconds() + 1)
        with contextlib.suppress(Unreachable):
            sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[reader.path]) == ("unknown", 2)
    assert [each.key for each in undelivered(db)] == ["k1"]


def undelivered(db):
    clock.move(db, 3600)
    return undeliverable.page(db)


def test_a_message_cut_off_goes_no_other_way_and_is_not_called_undelivered(
    runtime, platform, db, reader
):
    cut_off(runtime, platform, db, reader)
    residents.mute(db, reader.resident.id, {"progress": [reader.channel]})
    clock.move(db, 400)
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).channel) == ("unknown", reader.channel)
    assert (platform.asked[reader.path], platform.asked[TEMPLATE]) == (1, 0)


def test_a_template_message_cut_off_is_in_doubt_once_its_reader_does_not_follow(
    runtime, platform, db, alice
):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    residents.unfollow(db, "oa", "alice")
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, "k1")

    assert told(db).state == "unknown"
    assert waits.value.until > clock.now()


def test_a_repetition_without_credit_stays_in_doubt_for_the_first_may_have_used_it(
    runtime, platform, db, reader
):
    cut_off(runtime, platform, db, reader)
    clock.move(db, 400)
    platform.answers[reader.path] = {"errcode": 43101}
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, "k1")
    assert waits.value.until > clock.now()
    clock.move(db, 800)
    sending.deliver(runtime, "k1")

    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 0)
    assert "43101" in told(db).reason
    assert subscriptions.left(db, reader.openid, reader.template) == 0


def test_a_repetition_that_was_put_off_is_one_still(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    first = told(db).row["opened"]
    clock.move(db, 300)
    platform.answers[TEMPLATE] = {"errcode": -1}
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert (told(db).state, told(db).row["opened"]) == ("sending", first)

    clock.move(db, 571)
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 2)


def test_the_platforms_word_settles_a_subscription_message_cut_off(runtime, platform, db, reader):
    cut_off(runtime, platform, db, reader)
    entry = {"TemplateId": reader.template, "MsgID": "5", "ErrorCode": "0"}
    signal(db, "subscribe_msg_sent_event", reader.account, reader.openid, List=[entry])
    clock.move(db, 400)
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).msgid) == ("arrived", "5")
    assert platform.asked[reader.path] == 1


def test_the_credit_of_a_message_cut_off_stays_taken(runtime, platform, db, twin):
    template = templates.templates()["rating"].ids["mp"]
    subscriptions.credit(db, "m-alice", template, source="popup", report="r9")
    messages.tell(db, key="k1", kind="case_closed", resident=twin.id, values=KINDS | MORE)
    platform.answers[SUBSCRIBE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")

    assert subscriptions.left(db, "m-alice", template) == 0
    assert not subscriptions.spend(db, "m-alice", template, "k2")


def test_a_killed_worker_leaves_a_subscription_message_unknown(runtime, platform, db, reader):
    tell(db, reader.resident)
    message, _ = ledger.line(db, "k1")
    ledger.start(db, message, Way(reader.channel, address="somewhere"), [])
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")

    assert (told(db).state, platform.asked[reader.path]) == ("unknown", 0)


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("success", "arrived", None),
        ("failed:user block", "waiting", "user block"),
        ("failed: system failed", "waiting", "system failed"),
    ],
)
def test_the_platforms_report_ends_the_story(runtime, platform, db, alice, status, state, reason):
    sent(runtime, platform, db, alice)
    signal(db, "templatesendjobfinish", MsgID="77", Status=status)

    found = messages.get(db, "k1")
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize(("status", "state"), [("success", "arrived"), ("failed", "waiting")])
def test_a_report_that_comes_early_is_noted_in_a_moment(
    runtime, platform, db, alice, status, state
):
    early = signal(db, "templatesendjobfinish", MsgID="77", Status=status)
    sent(runtime, platform, db, alice)
    hearing.report(runtime, "push", **early.after[0]["data"])

    assert messages.get(db, "k1").state == state


def test_a_template_message_that_was_blocked_goes_the_next_way(runtime, platform, db, alice):
    sent(runtime, platform, db, alice)
    listed = [{"id": 4, "tmpl_msg_id": "77"}, {"id": 5, "tmpl_msg_id": "78"}]
    asked = []

    def blocked(_params, body):
        asked.append(body["largest_id"])
        return {"errcode": 0, "msginfo": [each for each in listed if each["id"] > asked[-1]]}

    platform.answers[BLOCKED] = blocked
    hearing.hear(runtime)
    hearing.hear(runtime)

    assert (told(db).state, told(db).row["passed"], asked) == ("waiting", ["oa"], [0, 5, 5])
    sending.deliver(runtime, "k1")
    assert (told(db).state, told(db).reason) == ("failed", "withheld")


def test_what_nobody_reports_on_for_a_day_is_in_doubt(runtime, platform, db, alice):
    sent(runtime, platform, db, alice)
    clock.move(db, 23 * 3600)
    hearing.hear(runtime)
    assert told(db).state == "sent"
    clock.move(db, 25 * 3600)
    hearing.hear(runtime)
    assert (told(db).state, told(db).reason) == ("unknown", "silent")

    assert [each.key for each in undeliverable.page(db, ("unknown",))] == []
    clock.move(db, 26 * 3600)
    assert [each.key for each in undeliverable.page(db, ("unknown",))] == ["k1"]
    signal(db, "templatesendjobfinish", MsgID="77", Status="success")
    assert told(db).state == "arrived"


def test_a_subscription_message_is_reported_too(runtime, platform, db, reader):
    platform.answers[reader.path] = {"errcode": 0, "msgid": "88"}
    sending.deliver(runtime, tell(db, reader.resident))
    entries = ["odd", {"MsgID": ""}, {"MsgID": "88", "ErrorCode": "0", "ErrorStatus": "success"}]
    signal(db, "subscribe_msg_sent_event", reader.account, reader.openid, List=entries)

    assert messages.get(db, "k1").state == "arrived"


def test_a_subscription_message_reported_early_is_noted_in_a_moment(runtime, platform, db, reader):
    platform.answers[reader.path] = {"errcode": 0, "msgid": "88"}
    entries = [{"MsgID": "88", "ErrorCode": "20001", "ErrorStatus": "system failed"}]
    early = signal(db, "subscribe_msg_sent_event", reader.account, reader.openid, List=entries)
    sending.deliver(runtime, tell(db, reader.resident))
    hearing.report(runtime, "push", **early.after[0]["data"])

    found = messages.get(db, "k1")
    assert (found.state, found.reason) == ("waiting", "20001")


def test_consent_given_in_the_popup_is_a_credit_and_refusal_is_none(db, reader):
    template = reader.template
    subscriptions.empty(db, reader.openid, template)
    choice = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "2"}
    signal(db, "subscribe_msg_popup_event", reader.account, reader.openid, List=[choice])
    assert subscriptions.left(db, reader.openid, template) == 1

    refused = choice | {"SubscribeStatusString": "reject"}
    signal(db, "subscribe_msg_popup_event", reader.account, reader.openid, List=[refused])
    assert subscriptions.left(db, reader.openid, template) == 0


def test_consents_and_refusals_count_in_the_order_of_the_platforms_moments(db, alice):
    choice = {"TemplateId": progress("mp"), "SubscribeStatusString": "accept"}
    refused, left = choice | {"SubscribeStatusString": "reject"}, []
    for moment, each in ((9, choice), (5, refused), (12, refused), (11, choice)):
        told = {"created": moment, "List": [each]}
        signal(db, "subscribe_msg_popup_event", "mp", "m-alice", **told)
        left.append(subscriptions.left(db, "m-alice", progress("mp")))

    assert left == [1, 1, 0, 0]


def test_consent_taken_back_in_the_settings_is_forgotten(db, reader):
    template = reader.template
    for status in ("accept", "reject"):
        choice = {"TemplateId": template, "SubscribeStatusString": status}
        signal(db, "subscribe_msg_change_event", reader.account, reader.openid, List=[choice])

    assert subscriptions.left(db, reader.openid, template) == 0
