"""What WeChat refuses, blocks or tells later of messages that are well written."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from simulator.wechat import consent
from tests.simulator.wechat.test_messages import BIZSEND, SUBSCRIBE, subscribe, template
from tests.simulator.wechat.town import DATA

RISKY = DATA | {"thing1": {"value": "请转账到安全账户转账"}}
BLOCKED = "/wxa/sec/queryblocktmplmsg"


def overlapping(town, path, told, times=3):
    """Send the same message again while the first is under way; return the sorted errcodes."""
    kind = "oa" if "template" in path else "mp"
    token, flying = town.token(kind), town.world.part("wechat.flying")
    with ThreadPoolExecutor(times) as threads:
        sent = [threads.submit(town.post, path, told, access_token=token)]
        while not flying and not sent[0].done():
            time.sleep(0.01)
        sent += [threads.submit(town.post, path, told, access_token=token) for _ in range(1, times)]
        return sorted(one.result()["errcode"] for one in sent)


def test_overlapping_subscription_sends_to_one_person_are_refused(town, follower):
    town.turn(subscribe_seconds=2)
    for _ in range(3):
        town.act(follower, "subscribe", template_ids=["T_MP"])
    told = {"touser": follower["mp_openid"], "template_id": "T_MP", "data": DATA}
    assert overlapping(town, SUBSCRIBE, told) == [0, 43108, 43108]
    assert subscribe(town, follower)["errcode"] == 0


def test_sends_to_two_people_do_not_overlap(town, follower):
    town.turn(subscribe_seconds=0.3)
    people = [follower, town.person()]
    for person in people:
        town.act(person, "subscribe", template_ids=["T_MP"])
    with ThreadPoolExecutor(2) as threads:
        assert [one["errcode"] for one in threads.map(lambda p: subscribe(town, p), people)] == [
            0,
            0,
        ]


def test_overlapping_template_sends_are_refused_if_a_switch_says_so(town, follower):
    told = {"touser": follower["oa_openid"], "template_id": "T_OA", "data": DATA}
    path = "/cgi-bin/message/template/send"
    town.turn(template_seconds=2)
    assert overlapping(town, path, told, 2) == [0, 0]
    town.turn(template_overlap=43117)
    assert overlapping(town, path, told, 2) == [0, 43117]


def test_too_many_to_one_person_in_a_minute_are_refused(town, follower):
    town.at("2026-11-21T12:00:01+08:00")
    town.turn(template_person_per_minute=2)
    assert [template(town, follower)["errcode"] for _ in range(3)] == [0, 0, 43117]
    assert template(town, town.person(following=True))["errcode"] == 0
    town.control("/clock", advance_seconds=61)
    assert template(town, follower)["errcode"] == 0


def test_calls_are_counted_by_their_second_whatever_becomes_of_them(town, follower):
    path = "/cgi-bin/message/template/send"
    requests.delete(f"{town.url}/control/v1/wechat/tally", timeout=60)
    assert town.get("/control/v1/wechat/tally") == {}
    town.control("/faults", endpoint=path, kind="errcode", errcode=-1)
    assert [template(town, follower)["errcode"] for _ in range(3)] == [-1, 0, 0]
    tally = town.get("/control/v1/wechat/tally")[path]
    assert tally["total"] == 3
    assert 1 <= tally["most"] <= 3


def test_a_burst_is_answered_busy(town, follower):
    town.turn(template_busy_per_second=1)
    codes = [template(town, follower)["errcode"] for _ in range(20)]
    assert set(codes) == {0, -1}


@pytest.mark.parametrize(("kind", "expected"), [("T_OA", 43116), ("T_MP", 43107)])
def test_a_banned_template_is_refused(town, follower, kind, expected):
    town.act(follower, "subscribe", template_ids=[kind])
    town.patch(f"/templates/{kind}", banned=True)
    send = template if kind == "T_OA" else subscribe
    assert send(town, follower)["errcode"] == expected
    town.patch(f"/templates/{kind}", banned=False)
    assert send(town, follower)["errcode"] == 0
    assert town.patch("/templates/T_NONE", banned=True)["error"] == "bad_act"


def test_who_is_on_the_blacklist_gets_nothing(town, follower):
    town.patch(f"/people/{follower['id']}", blacklisted=True)
    assert template(town, follower)["errcode"] == 43019


def test_a_risky_template_message_is_taken_but_blocked(town, follower):
    first = template(town, follower, data=RISKY)
    second = template(town, follower, data=RISKY)
    assert (first["errcode"], town.chat(follower)[-1]["kind"]) == (0, "note")
    listed = town.call("oa", BLOCKED, {"limit": 1})["msginfo"]
    assert (listed[0]["tmpl_msg_id"], listed[0]["title"]) == (str(first["msgid"]), "办件进度通知")
    rest = town.call("oa", BLOCKED, {"limit": 9, "largest_id": listed[0]["id"]})["msginfo"]
    assert [one["tmpl_msg_id"] for one in rest] == [str(second["msgid"])]
    one = town.call("oa", BLOCKED, {"limit": 9, "tmpl_msg_id": str(second["msgid"])})["msginfo"]
    assert one == rest
    assert town.call("oa", BLOCKED, {"limit": 101})["errcode"] == 40097
    fine = template(town, follower)
    assert [told["MsgID"] for told in town.pushed(1)] == [str(fine["msgid"])]


def test_the_end_of_a_blocked_message_is_told_if_a_switch_says_so(town, follower):
    town.turn(blocked_status="failed: system failed")
    template(town, follower, data=RISKY)
    assert town.pushed(1)[0]["Status"] == "failed: system failed"


def test_a_risky_subscription_message_is_refused_and_costs_nothing(town, follower):
    town.act(follower, "subscribe", template_ids=["T_MP"])
    assert subscribe(town, follower, data=RISKY)["errcode"] == 45168
    assert subscribe(town, follower)["errcode"] == 0


def test_a_page_that_is_not_released_is_refused(town, follower):
    town.world.config["mp"]["pages"] = ["pages/case"]
    town.act(follower, "subscribe", template_ids=["T_LONG"])
    told = {"template_id": "T_LONG"}
    assert subscribe(town, follower, page="pages/none", **told)["errcode"] == 41030
    assert subscribe(town, follower, page="pages/case?number=1", **told)["errcode"] == 0


def test_credits_may_not_add_up_and_a_reject_may_clear_nothing(town, follower):
    town.turn(credits_accumulate=False, reject_clears=False)
    for accept in (True, True, False):
        town.act(follower, "subscribe", template_ids=["T_MP"], accept=accept)
    assert [subscribe(town, follower)["errcode"] for _ in range(2)] == [0, 43101]


def test_a_reject_keeps_a_long_consent_only_if_a_switch_says_so(town, follower):
    town.turn(reject_clears=False)
    for accept in (True, False):
        town.act(follower, "subscribe", template_ids=["T_LONG"], accept=accept)
    assert subscribe(town, follower, template_id="T_LONG")["errcode"] == 0


def test_a_subscription_send_may_name_its_message(town, follower):
    town.turn(subscribe_msgid=True)
    town.act(follower, "subscribe", template_ids=["T_NEWS"])
    told = {"touser": follower["oa_openid"], "template_id": "T_NEWS", "data": DATA}
    answer = town.call("oa", BIZSEND, told)
    assert str(answer["msgid"]) == town.chat(follower)[-1]["msgid"]


def test_colour_is_shown_only_if_a_switch_says_so(town, follower):
    data = DATA | {"thing1": {"value": "办件", "color": "#ff0000"}}
    template(town, follower, data=data)
    assert "color" not in town.chat(follower)[-1]["fields"][0]
    town.turn(template_color=True)
    template(town, follower, data=data)
    assert town.chat(follower)[-1]["fields"][0]["color"] == "#ff0000"


def end(town, **fault):
    town.control("/faults", endpoint="event:TEMPLATESENDJOBFINISH", **fault)


def test_the_end_of_a_message_may_be_another_come_late_twice_or_never(town, follower):
    town.turn(result_seconds=0.0)
    for fault, pushes in (
        ({"kind": "lost"}, 0),
        ({"kind": "result", "fields": {"Status": "failed:freq limit"}}, 1),
        ({"kind": "twice"}, 3),
        ({"kind": "late", "seconds": 1800}, 3),
    ):
        end(town, **fault)
        template(town, follower)
        town.spent()
        town.pushed(pushes)
    assert [one["Status"] for one in town.pushed(3)] == ["failed:freq limit", "success", "success"]
    town.control("/clock", advance_seconds=1801)
    first, last = town.pushed(4)[0], town.pushed(4)[3]
    assert int(last["CreateTime"]) - int(first["CreateTime"]) >= 1800


def test_a_subscription_message_may_fail_after_it_was_taken(town, follower):
    entry = {"ErrorCode": "20", "ErrorStatus": "failed"}
    fault = {"endpoint": "event:subscribe_msg_sent_event", "kind": "result", "entry": entry}
    town.control("/faults", **fault)
    town.act(follower, "subscribe", template_ids=["T_MP"])
    subscribe(town, follower)
    assert town.pushed(2)[1]["List"] | entry == town.pushed(2)[1]["List"]


def test_templates_are_listed_and_deleted(town, follower):
    listed = town.get("/cgi-bin/template/get_all_private_template", access_token=town.token("oa"))
    assert [one["template_id"] for one in listed["template_list"]] == ["T_OA"]
    town.world.config["templates"][2]["keywords"][0] |= {"choices": ["就业创业证办理"]}
    mine = town.get("/wxaapi/newtmpl/gettemplate", access_token=town.token("mp"))["data"]
    assert [(one["priTmplId"], one["type"]) for one in mine] == [("T_MP", 2), ("T_LONG", 3)]
    assert mine[0]["keywordEnumValueList"][0]["enumValueList"] == ["就业创业证办理"]
    assert mine[0]["content"].startswith("事项名称:{{thing1.DATA}}\n")
    town.call("mp", "/wxaapi/newtmpl/deltemplate", {"priTmplId": "T_MP"})
    town.act(follower, "subscribe", template_ids=["T_MP"])
    assert subscribe(town, follower)["errcode"] == 40037
    category = town.get("/wxaapi/newtmpl/getcategory", access_token=town.token("mp"))
    assert category["data"][0]["name"] == "政务民生"


def notice(id, **more):
    return {"account": "oa", "id": id, "notice": True, "long_term": True} | more


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (["L1", "L2", "L3"], None),
        (["L1", "nothing"], 20001),
        (["L1", "T1"], 20001),
        (["L1", "M1"], 20001),
        (["L1", "O1"], 20002),
        (["L1", "L2", "L3", "L4"], 20003),
    ],
)
def test_a_pages_tag_asks_for_three_notices_of_one_kind(town, ids, code):
    others = [notice("T1", notice=False), notice("M1", account="mp"), notice("O1", long_term=False)]
    town.world.config["templates"] = [*(notice(f"L{n}") for n in range(1, 5)), *others]
    assert consent.refused(town.world, ids) == code
