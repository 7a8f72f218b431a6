"""Quotas, rates, whitelists: counted, told, cleared, and explained by rid."""

import pytest

from tests.simulator.wechat.test_messages import TEMPLATE, template
from tests.simulator.wechat.test_tokens import classic, stable, wait

GET, CLEAR = "/cgi-bin/openapi/quota/get", "/cgi-bin/clear_quota"
TICKET = "/cgi-bin/ticket/getticket"


def limit(town, **quotas):
    """Limit endpoints for the day; its midnight is far."""
    town.at("2026-11-21T12:00:00+08:00")
    town.turn(quotas={"/cgi-bin/" + path.replace("__", "/"): n for path, n in quotas.items()})


def quota(town, path=TEMPLATE, kind="oa"):
    return town.call(kind, GET, {"cgi_path": path})


def test_classic_tokens_end_with_the_day_and_begin_with_the_next(town):
    limit(town, token=2)
    assert ["errcode" in classic(town) for _ in range(3)] == [False, False, True]
    assert classic(town)["errcode"] == 45009
    assert "access_token" in stable(town)
    wait(town, 24 * 3600)
    assert "access_token" in classic(town)


def test_the_quotas_day_begins_at_the_hour_of_a_switch(town):
    limit(town, token=1)
    town.at("2026-11-21T23:30:00+08:00")
    town.turn(quota_reset_hour=8)
    classic(town)
    wait(town, 3600)
    assert classic(town)["errcode"] == 45009
    wait(town, 8 * 3600)
    assert "access_token" in classic(town)


def test_templates_have_a_daily_quota_that_is_told_and_cleared(town, follower):
    limit(town, message__template__send=2)
    assert [template(town, follower)["errcode"] for _ in range(3)] == [0, 0, 45009]
    assert quota(town)["quota"] == {"daily_limit": 2, "used": 2, "remain": 0}
    assert town.call("oa", "/cgi-bin/openapi/quota/clear", {"cgi_path": TEMPLATE})["errcode"] == 0
    assert template(town, follower)["errcode"] == 0
    assert town.call("oa", CLEAR, {"appid": "wx_mp"})["errcode"] == 40013
    assert town.call("oa", CLEAR, {"appid": "wx_oa"})["errcode"] == 0
    assert quota(town)["quota"]["used"] == 0


def test_quotas_are_cleared_ten_times_a_month_with_or_without_a_token(town):
    town.at("2026-11-21T12:00:00+08:00")
    query = {"appid": "wx_oa", "appsecret": "secret-oa"}
    cleared = [town.post(CLEAR + "/v2", **query)["errcode"] for _ in range(9)]
    cleared += [town.post(CLEAR + "/v2", query)["errcode"] for _ in range(2)]
    assert cleared == [0] * 10 + [48006]
    wait(town, 15 * 24 * 3600)
    assert town.post(CLEAR + "/v2", **query)["errcode"] == 0
    assert town.post(CLEAR + "/v2", **query | {"appsecret": "x"})["errcode"] == 40125


@pytest.mark.parametrize(
    ("path", "expected"), [("/cgi-bin/nothing", 76021), ("/sns/jscode2session", 76022)]
)
def test_a_path_without_a_quota_is_refused(town, path, expected):
    assert quota(town, path)["errcode"] == expected


def test_a_rate_is_counted_by_the_minute(town):
    town.at("2026-11-21T12:00:01+08:00")
    told = quota(town, "/cgi-bin/stable_token")
    assert told["rate_limit"] == {"call_count": 10_000, "refresh_second": 60}
    with town.world.lock:
        span = int(town.world.clock.seconds() // 60)
        town.world.part("wechat.rates")["oa /cgi-bin/stable_token"] = (span, 10_000)
    assert stable(town)["errcode"] == 45011
    wait(town, 61)
    assert "access_token" in stable(town)


def test_a_rid_explains_the_refused_call(town, follower):
    answer = template(town, follower, template_id="T_NONE")
    rid = answer["errmsg"].rsplit(" ", 1)[1]
    told = town.call("oa", "/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert told["request_url"].startswith(TEMPLATE)
    assert "T_NONE" in told["request_body"]
    assert rid in told["response_body"]


def test_a_rid_that_is_none_or_old_explains_nothing(town, follower):
    path = "/cgi-bin/openapi/rid/get"
    rid = template(town, follower, template_id="T_NONE")["errmsg"].rsplit(" ", 1)[1]
    assert town.call("oa", path, {"rid": "what"})["errcode"] == 76002
    assert town.call("oa", path, {"rid": "00000000-00000000-00000000"})["errcode"] == 76001
    wait(town, 7 * 24 * 3600 + 60)
    assert town.call("oa", path, {"rid": rid})["errcode"] == 76004


def test_who_is_not_on_the_whitelist_gets_no_token(town):
    town.turn(ip_whitelist_oa=["10.0.0.1"])
    for answer in (classic(town), stable(town)):
        assert answer["errcode"] == 40164
        assert answer["errmsg"].startswith("invalid ip 127.0.0.1 ")
    town.turn(ip_whitelist_oa=["10.0.0.1", "127.0.0.1"])
    assert "access_token" in stable(town)
    assert town.token("mp")


def test_an_old_account_hears_40001_of_a_wrong_secret(town):
    town.turn(wrong_secret=40001)
    assert stable(town, secret="wrong")["errcode"] == 40001


def test_tickets_are_counted_and_of_two_kinds(town):
    limit(town, ticket__getticket=3)
    token = town.token("oa")
    kinds = ["jsapi", "wx_card", "jsapi", "jsapi"]
    told = [town.get(TICKET, access_token=token, type=kind) for kind in kinds]
    assert told[0]["ticket"] == told[2]["ticket"] != told[1]["ticket"]
    assert told[3]["errcode"] == 45009
    limit(town, ticket__getticket=9)
    assert town.get(TICKET, access_token=token, type="none")["errcode"] == 40097


def test_paths_and_methods_astray_are_answered_in_json(town):
    assert town.get("/cgi-bin/no/such/path")["errcode"] == 40066
    assert town.post("/cgi-bin/token")["errcode"] == 43001
    assert town.get("/cgi-bin/clear_quota/v2")["errcode"] == 43002


def test_a_fault_may_last_for_ever(town, follower):
    fault = {"endpoint": TEMPLATE, "kind": "errcode", "errcode": 40001, "times": -1}
    town.control("/faults", **fault)
    assert {template(town, follower)["errcode"] for _ in range(5)} == {40001}


def test_an_unknown_switch_or_a_wrong_value_is_refused(town):
    assert town.turn(no_such=1)["error"] == "bad_act"
    assert town.turn(deliveries="four")["error"] == "bad_act"
    assert town.turn(result_seconds=1)["result_seconds"] == 1
    assert town.get("/control/v1/wechat/switches")["deliveries"] == 3


def test_the_type_of_sign_in_answers_is_a_switch(town):
    town.turn(sns_content_type="text/plain")
    assert town.ask("/sns/jscode2session").headers["Content-Type"] == "text/plain"
