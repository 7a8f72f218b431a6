"""Whom messages did not reach, what became of each, and a test to one's own WeChat."""

import re
from datetime import timedelta

import pytest

from base import clock
from people import residents
from tracking import ledger, messages, templates, undeliverable

from .people import filed, operator, signed_in


@pytest.fixture
def who(town):
    return town.citizen()


@pytest.fixture
def key(town, who):
    """The key of a message that has been sent, its report there: nothing moves it any more."""
    found = f"{filed(town, who=who)}:case_submitted"
    done = {"_id": found, "state": "arrived"}
    town.eventually(lambda: town.db["messages"].find_one(done))
    return found


def ended(town, key, state, **more):
    town.db["messages"].update_one({"_id": key}, {"$set": {"state": state} | more})


def spoken(key):
    return f"{key[:8]}-{key[8:14]}-{key[14]}"


def test_a_message_is_found_by_its_case_and_by_phone_and_name(town, clerk, key, who):
    for word in (spoken(key), who[0]["phone"], who[0]["name"]):
        form = clerk.open("/console/messages/search").form("/messages/search")
        assert spoken(key) in clerk.send(form, {"word": word}).text
    page = clerk.send(form, {"word": spoken(key), "state": "failed"})
    assert "没有查到消息" in page.text
    assert "没有查到消息" in clerk.send(form, {"word": "查无此人"}).text


def test_messages_of_a_day_are_found_by_kind_and_state(town, clerk, key):
    form = clerk.open("/console/messages/search").form("/messages/search")
    written = messages.get(town.db, key).row["created"].astimezone(clock.SHANGHAI)
    today = {"day": written.date().isoformat(), "kind": "case_submitted"}
    assert spoken(key) in clerk.send(form, today).text
    assert spoken(key) not in clerk.send(form, today | {"kind": "case_closed"}).text
    assert spoken(key) not in clerk.send(form, {"day": "2020-01-01"}).text
    clerk.send(form, {"day": "昨天"})


def test_looking_for_a_person_is_written_down(town, clerk, who, key):
    form = clerk.open("/console/messages/search").form("/messages/search")
    clerk.send(form, {"word": who[0]["phone"]})
    (id,) = residents.with_phone_or_name(town.db, who[0]["phone"])
    acts = [each["act"] for each in town.db["audit"].find({"subject": f"resident:{id}"})]
    assert "message.search" in acts


def test_the_story_of_a_message_names_every_try(town, clerk, key):
    page = clerk.open(f"/console/messages/story?key={key}").text
    assert all(word in page for word in ("开始发送", "平台已接收", "没有订阅次数", "公众号"))
    assert "不需要订阅" in page
    kept = messages.get(town.db, key).row["template"]
    assert all(word in page for word in (kept["version"], kept["ways"][1]["template"]))
    assert messages.get(town.db, key).words not in page
    clerk.open("/console/messages/story?key=nothing", expect=404)


def test_another_agencys_message_has_no_story(town, key):
    education = signed_in(town, operator(town, "clerk", agency="education"))
    education.open(f"/console/messages/story?key={key}", expect=404)


def test_another_agencys_message_is_not_sent_again(town, admin, key):
    ended(town, key, "failed")
    education = signed_in(town, operator(town, "admin", agency="education"))
    for boss, expected in ((education, 404), (admin, 200)):
        form = boss.open("/console/messages/test").form("/test/code")
        form.action = form.action.replace("/test/code", "/again")
        form.fields.append(("key", ""))
        boss.send(form, {"key": key}, expect=expected)
        known = [each["outcome"] for each in messages.get(town.db, key).row["history"]]
        assert ("again" in known) == (expected == 200)


@pytest.mark.parametrize("state", ledger.ENDED)
def test_what_reached_nobody_is_listed_under_its_end(town, clerk, key, state):
    ended(town, key, state, again=clock.now() - timedelta(seconds=1))
    assert spoken(key) in clerk.open(f"/console/messages?view={state}").text
    other = ledger.ENDED[ledger.ENDED.index(state) - 1]
    assert spoken(key) not in clerk.open(f"/console/messages?view={other}").text
    clerk.open("/console/messages?view=odd", expect=404)


def test_an_outcome_still_waited_for_is_not_listed(town, clerk, key):
    ended(town, key, "unknown", again=clock.now() + timedelta(minutes=5))
    assert spoken(key) not in clerk.open("/console/messages?view=unknown").text


def test_the_list_is_complete_page_by_page(town, key):
    keys = [f"page{n}:case_submitted" for n in range(7)]
    row = town.db["messages"].find_one({"_id": key}) | {"state": "refused", "outbox": {}}
    del row["turn"]
    begun = row["created"] - timedelta(days=1)
    for n, each in enumerate(keys):
        town.db["messages"].insert_one(row | {"_id": each, "created": begun + timedelta(0, n)})
    seen, before = [], None
    while page := undeliverable.page(town.db, ("refused",), before, 3):
        seen += [each.key for each in page]
        before = page[-1].at
    town.db["messages"].delete_many({"_id": {"$in": keys}})
    assert [each for each in seen if each in keys] == keys[::-1]


def test_the_list_leads_to_older_ones(town, clerk, key):
    at = clock.now().isoformat().replace("+", "%2B")
    clerk.open(f"/console/messages?before={at}")
    clerk.open("/console/messages?before=odd")


# A test to one's own WeChat


def test_an_operator_tests_with_her_own_account(town, admin, who):
    (id,) = residents.with_phone_or_name(town.db, who[0]["phone"])
    page = admin.send(
        admin.open("/console/messages/test").form("/test/code"), {"phone": who[0]["phone"]}
    )
    assert "验证码已发到" in page.text
    words = messages.of(town.db, id)[0].words
    code = re.search(r"\d{6}", words)[0]
    page = admin.send(page.form("/test/bind"), {"code": code})
    form = page.form("/test/send")
    for kind in templates.kinds():
        assert "测试消息已安排发送" in admin.send(form, {"kind": kind}).text
        assert messages.of(town.db, id)[0].kind == kind


def test_a_wrong_code_binds_nothing(town, who):
    boss = signed_in(town, operator(town, "admin"))
    page = boss.send(
        boss.open("/console/messages/test").form("/test/code"), {"phone": who[0]["phone"]}
    )
    form = page.form("/test/bind")
    assert "验证码不对" in boss.send(form, {"code": "12345"}, expect=422).text
    boss.send(page.form("/test/code"), {"phone": who[0]["phone"]}, expect=422)


def test_nobody_learns_whether_a_phone_number_is_known(town):
    boss = signed_in(town, operator(town, "admin"))
    form = boss.open("/console/messages/test").form("/test/code")
    assert "如果这个手机号登记过" in boss.send(form, {"phone": "13000000000"}).text


def test_nothing_is_tested_without_an_account(town, clerk):
    boss = signed_in(town, operator(town, "admin"))
    form = boss.open("/console/messages/test").form("/test/code")
    form.action = form.action.replace("/code", "/send")
    form.fields.append(("kind", ""))
    boss.send(form, {"kind": "bill_issued"}, expect=422)
    boss.send(form, {"kind": "odd"}, expect=404)
    clerk.open("/console/messages/test", expect=403)
