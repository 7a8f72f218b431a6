"""Subscription notices in the town: who consented in the web view is told without following."""

import pytest

from people import residents
from people.residents import Account
from tracking import messages, subscriptions, templates

SEND, WORD = "/cgi-bin/message/subscribe/bizsend", "event:subscribe_msg_sent_event"
TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026-12-01"}
TEMPLATE = templates.templates()["ticket"].ids["biz"]


@pytest.fixture
def reader(town):
    """Somebody with a phone who was on the account's pages and does not follow it."""
    person = town.person()
    account = Account("oa", town.runtime.wechat.oa.appid, person["oa_openid"], person["unionid"])
    resident = residents.arrive(town.db, account)
    residents.set_phone(town.db, resident.id, person["phone"])
    yield person | {"resident": resident.id}
    town.control("DELETE", "/faults")


def choose(town, reader, act="subscribe", **more):
    told = {"template_ids": [TEMPLATE]} | more
    town.control("POST", f"/people/{reader['id']}/{act}", told)


def left(town, reader):
    return subscriptions.left(town.db, reader["oa_openid"], TEMPLATE)


def tell(town, reader):
    """Tell her that her letter was answered; the key of the message."""
    key, resident = f"notice:{reader['id']}", reader["resident"]
    messages.tell(town.db, key=key, kind="ticket_answered", resident=resident, values=TICKET)
    return key


def ends(town, key, *states):
    """The channel and the state, one of these, in which a message is in the end."""
    town.eventually(lambda: messages.get(town.db, key).state in states)
    found = messages.get(town.db, key)
    return found.channel, found.state


def cards(town, reader):
    lines = town.control("GET", f"/people/{reader['id']}/chat")["lines"]
    return [each for each in lines if each["kind"] in ("template", "subscription")]


def test_who_consented_is_told_though_she_does_not_follow_and_it_is_reported(town, reader):
    choose(town, reader)
    assert left(town, reader) == 1
    assert ends(town, tell(town, reader), "arrived") == ("biz", "arrived")

    (card,) = cards(town, reader)
    assert (card["kind"], card["account"], card["template_id"]) == ("subscription", "oa", TEMPLATE)
    assert card["url"] == f"{town.web}/h5/tickets/202611214831075"
    assert left(town, reader) == 1


@pytest.mark.parametrize("given", [False, True])
def test_who_did_not_consent_or_took_it_back_is_sent_a_text(town, reader, given):
    if given:
        choose(town, reader)
        choose(town, reader, "withdraw")
    else:
        choose(town, reader, accept=False)
    assert left(town, reader) == 0
    assert ends(town, tell(town, reader), "sent", "arrived")[0] == "sms"


def test_a_consent_the_platform_does_not_know_is_forgotten_and_a_text_is_sent(town, reader):
    openid = reader["oa_openid"]
    subscriptions.credit(town.db, openid, TEMPLATE, source="popup", report="invented")
    key = tell(town, reader)

    assert ends(town, key, "sent", "arrived")[0] == "sms"
    assert left(town, reader) == 0
    story = messages.get(town.db, key).row["history"]
    assert [each["outcome"] for each in story if each["channel"] == "biz"] == ["opened", "refused"]


def test_a_notice_that_was_not_shown_after_all_is_followed_by_a_text(town, reader):
    choose(town, reader)
    entry = {"ErrorCode": "20", "ErrorStatus": "failed"}
    town.control("POST", "/faults", {"endpoint": WORD, "kind": "result", "entry": entry})

    key = tell(town, reader)
    town.eventually(lambda: messages.get(town.db, key).channel == "sms")
    assert messages.get(town.db, key).row["passed"] == ["biz"]


def test_a_notice_cut_off_is_unknown_until_the_platform_tells(town, reader):
    choose(town, reader)
    town.control("POST", "/faults", {"endpoint": SEND, "kind": "reset_after"})
    town.control("POST", "/faults", {"endpoint": WORD, "kind": "lost"})
    key = tell(town, reader)
    assert ends(town, key, "unknown") == ("biz", "unknown")

    entry = {"TemplateId": TEMPLATE, "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"}
    told = {"message": {"Event": "subscribe_msg_sent_event", "List": [entry]}}
    town.control("POST", f"/people/{reader['id']}/raw_event", told)
    assert ends(town, key, "arrived") == ("biz", "arrived")
    assert len(cards(town, reader)) == 1


def test_a_follower_is_told_by_template_message_all_the_same(town):
    person = town.person(follow=True)
    account = Account("oa", town.runtime.wechat.oa.appid, person["oa_openid"], person["unionid"])
    told = person | {"resident": residents.arrive(town.db, account).id}
    choose(town, told)

    assert ends(town, tell(town, told), "sent", "arrived")[0] == "oa"
    assert [each["kind"] for each in cards(town, told)] == ["template"]
