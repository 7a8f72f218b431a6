"""Stuck effects, failed messages, ratings, the catalogue, the record, the staff, one's password."""

from datetime import timedelta

import pytest

from base import audit, clock, outbox
from people import operators
from tests.town import PASSWORD
from tracking import cases, messages

from .people import asked, filed, naming, operator, signed_in


@pytest.fixture
def stuck(town):
    """A promise that has failed too often, on a rating of its own."""
    owed = outbox.promise("rating.bad", after=timedelta(days=30), of="case", number="x")
    owed |= {"attempts": 8, "stuck": True, "error": "Unreachable"}
    row = {"_id": f"stuck{owed['id']}", "bad": False, "stuck": True, "at": clock.now()}
    town.db["ratings"].insert_one(row | outbox.pledged(owed))
    yield row["_id"]
    town.db["ratings"].delete_one({"_id": row["_id"]})


def test_a_stuck_effect_is_seen_and_tried_again(town, admin, stuck):
    page = admin.open("/console/effects")
    assert "差评登记" in page.text
    assert "Unreachable" in page.text
    form = naming(page, stuck)
    assert "已安排立即重试" in admin.send(form).text
    town.eventually(lambda: not town.db["ratings"].find_one({"_id": stuck})["outbox"])
    assert "已经完成" in admin.send(form).text


def test_an_effect_is_named_by_those_who_run_the_house_only(town, admin, supervisor, stuck):
    assert not [f for f in supervisor.open("/console/effects").forms if "again" in f.action]
    form = naming(admin.open("/console/effects"), stuck)
    admin.send(form, {"collection": "operators"}, expect=404)
    admin.send(form, {"promise": "x.$y"}, expect=404)
    assert "卡住的任务" in admin.open("/console/").text


def settled(town, key):
    """Wait until a message is under way no longer."""
    begun = ["waiting", "sending", "unknown"]
    over = {"_id": key, "state": {"$nin": begun}}
    town.eventually(lambda: town.db["messages"].find_one(over))


@pytest.fixture
def failed(town):
    """The key of a message that could not be sent."""
    who = town.citizen()
    number = filed(town, who=who)
    key = f"{number}:case_submitted"
    settled(town, key)
    town.db["messages"].update_one({"_id": key}, {"$set": {"state": "failed", "reason": "43004"}})
    return key


def test_a_failed_message_is_sent_again(town, admin, failed):
    page = admin.open("/console/messages")
    assert "43004" in page.text
    form = naming(page, failed)
    assert "已安排重新发送" in admin.send(form).text
    town.eventually(lambda: messages.get(town.db, failed).state in ("sent", "arrived"))
    assert "无需重发" in admin.send(form).text
    admin.send(form, {"key": "nothing"}, expect=404)


def test_what_a_message_says_is_not_shown(town, clerk, failed):
    words = messages.get(town.db, failed).words
    assert words not in clerk.open("/console/messages").text


def test_an_agency_sees_its_own_failures_only(town, failed):
    spoken = f"{failed[:8]}-{failed[8:14]}"
    police = signed_in(town, operator(town, "clerk", agency="police"))
    assert spoken in police.open("/console/messages").text
    education = signed_in(town, operator(town, "clerk", agency="education"))
    assert spoken not in education.open("/console/messages").text


def test_a_ticket_of_nobody_is_no_agencys_failure(town):
    number = asked(town)
    key = f"{number}:ticket_received"
    settled(town, key)
    town.db["messages"].update_one({"_id": key}, {"$set": {"state": "failed", "reason": "x"}})
    row = town.db["messages"].find_one({"_id": key})
    town.db["messages"].insert_one(row | {"_id": "lost:ticket_received", "outbox": {}})
    police = signed_in(town, operator(town, "clerk", agency="police"))
    assert number[8:14] not in police.open("/console/messages").text
    assert "lost" not in police.open("/console/messages").text


@pytest.fixture
def rated(town):
    """The number of a case that was rated badly."""
    who = town.citizen()
    number = filed(town, who=who)
    cases.move(town.db, number, "decline", by="operator:chuangkou", note="不属于本县受理范围")
    rating = {"grade": "very_dissatisfied", "tags": ["slow"], "words": "等了<b>太久</b>"}
    answer = town.call("POST", f"/api/v1/cases/{number}/rating", who[1], json=rating)
    assert answer.status_code == 201, answer.text
    return number


def test_a_bad_rating_is_looked_into(town, supervisor, rated):
    listed = supervisor.open("/console/ratings")
    assert "非常不满意" in listed.text
    page = supervisor.open(f"/console/ratings/{rated}")
    assert "等了<b>太久</b>" in page.text
    assert "<b>太久" not in page.answer.text
    assert audit.of_subject(town.db, f"case:{rated}")[0]["act"] == "rating.read"
    stranger = signed_in(town, operator(town, "supervisor", agency="education"))
    stranger.open(f"/console/ratings/{rated}", expect=404)


def test_a_rating_of_a_service_that_is_gone_keeps_its_key(town, supervisor, rated):
    town.db["ratings"].update_one({"_id": rated}, {"$set": {"service": "gone_for_ever"}})
    assert "gone_for_ever" in supervisor.open("/console/ratings").text


def test_the_catalogue_says_what_is_unconfirmed(clerk):
    page = clerk.open("/console/services")
    assert "居民身份证换领、补领" in page.text
    assert "即办" in page.text
    guide = clerk.open("/console/services/id_card_renewal")
    assert "待确认" in guide.text
    assert "现行" in guide.text
    assert "证件办理" in clerk.open("/console/services?theme=证件办理").text
    assert "没有事项" in clerk.open("/console/services?theme=没有").text


def test_an_older_version_is_shown_as_such(town, clerk):
    key = "senior_card"
    row = town.db["service_versions"].find_one({"_id": f"{key}:1"})
    town.db["service_versions"].insert_one(row | {"_id": f"{key}:3", "version": 3})
    town.db["services"].update_one({"_id": key}, {"$set": {"version": 3}})
    assert "这是旧版本" in clerk.open(f"/console/services/{key}?version=1").text
    assert "第3版" in clerk.open(f"/console/services/{key}?version=3").text
    clerk.open(f"/console/services/{key}?version=2", expect=404)
    clerk.open(f"/console/services/{key}?version=x", expect=404)
    town.db["services"].update_one({"_id": key}, {"$set": {"version": 1}})


def test_the_record_tells_who_looked(town, clerk, supervisor, case):
    clerk.open(f"/console/cases/{case}")
    page = supervisor.open(f"/console/audit?kind=case&name={case}")
    assert "查看申请内容" in page.text
    assert "周敏（综合窗口）" in page.text
    assert "用途：办件页面" in page.text
    assert "登录" in supervisor.open("/console/audit?kind=operator&name=chuangkou").text
    assert "没有这个对象的记录" in supervisor.open("/console/audit?kind=resident&name=x").text
    supervisor.open("/console/audit?kind=moon", expect=404)
    supervisor.open("/console/audit?kind=case&name=12", expect=422)


def test_a_newcomer_gets_an_account_and_signs_in(town, admin):
    told = {"name": "林晓", "username": "linxiao", "agency": "police", "password": PASSWORD}
    page = admin.open("/console/operators")
    form = page.form("/operators")
    done = admin.send(form, told | {"roles": "clerk"})
    assert "已为林晓开通账号" in done.text
    assert signed_in(town, "linxiao").open("/console/me").status == 200
    again = admin.send(form, told | {"roles": "clerk"}, expect=409)
    assert "已经有人使用" in again.text


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"name": " "}, {"agency": "moon"}])
def test_an_unsound_account_is_not_opened(admin, wrong):
    told = {"name": "林晓", "username": "linxiao2", "password": PASSWORD, "roles": "clerk"}
    page = admin.send(admin.open("/console/operators").form("/operators"), told | wrong, expect=422)
    assert "不符合要求" in page.text


def test_whoever_leaves_is_out_at_once(town, admin):
    username = operator(town, "clerk")
    leaver = signed_in(town, username)
    page = admin.open(f"/console/operators/{username}/retire")
    assert "已停用" in admin.send(page.form("/retire")).text
    assert "sign-in" in leaver.open("/console/").url
    admin.open(f"/console/operators/{username}/retire", expect=404)


def test_a_leavers_deeds_keep_their_name(town, supervisor, case):
    username = operator(town, "clerk")
    cases.move(town.db, case, "accept", by=f"operator:{username}")
    operators.retire(town.db, username, "operator:guanli")
    assert f"{username}（已停用）" in supervisor.open(f"/console/cases/{case}").text


def test_a_retired_operators_session_opens_nothing(town):
    username = operator(town, "clerk")
    browser = signed_in(town, username)
    operators.retire(town.db, username, "operator:guanli")
    assert "sign-in" in browser.open("/console/").url


def test_nobody_locks_themselves_out(admin):
    page = admin.open("/console/operators/guanli/retire")
    assert "不能停用自己" in admin.send(page.form("/retire"), expect=409).text


def test_a_password_is_changed_and_other_sign_ins_end(town):
    username = operator(town, "clerk")
    here, elsewhere = signed_in(town, username), signed_in(town, username)
    fresh = {"old": PASSWORD, "new": "a brand new secret", "again": "a brand new secret"}
    assert "密码已修改" in here.send(here.open("/console/me").form("/password"), fresh).text
    assert "sign-in" in elsewhere.open("/console/").url
    assert signed_in(town, username, "a brand new secret").open("/console/").status == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"old": "wrong wrong"}, 401),
        ({"again": "different"}, 422),
        ({"new": "x", "again": "x"}, 422),
    ],
)
def test_a_bad_change_of_password_changes_nothing(town, change, status):
    username = operator(town, "clerk")
    browser = signed_in(town, username)
    told = {"old": PASSWORD, "new": "a brand new secret", "again": "a brand new secret"} | change
    browser.send(browser.open("/console/me").form("/password"), told, expect=status)
    assert signed_in(town, username).open("/console/").status == 200


def test_each_sees_only_what_is_theirs_in_the_menu(clerk, finance, admin):
    for browser, there, absent in (
        (clerk, "咨询投诉", "操作记录"),
        (finance, "缴费", "咨询投诉"),
        (admin, "人员", "差评"),
    ):
        links = [words for _, words in browser.open("/console/").links]
        assert there in links
        assert absent not in links


def test_every_page_says_that_the_data_are_a_sample(town, clerk, case):
    paths = ("", "tickets", "bills", "services", "messages", "me", f"cases/{case}", "sign-in")
    for path in paths:
        assert "演示数据" in clerk.open(f"/console/{path}").text
