"""Two families of access tokens, with WeChat's rules for each."""

import pytest

from simulator.wechat import token as tokens

INFO = "/cgi-bin/user/info"


def classic(town, **told):
    account = town.world.account("oa")
    asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    return town.get("/cgi-bin/token", **asked | told)


def stable(town, **told):
    account = town.world.account("oa")
    asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    return town.post("/cgi-bin/stable_token", asked | told)


def errcode(town, token, person):
    answer = town.get(INFO, access_token=token, openid=person["oa_openid"])
    return answer.get("errcode", 0)


def wait(town, seconds):
    town.control("/clock", advance_seconds=seconds)


def test_a_new_classic_token_ends_the_old_one_after_five_minutes(town, follower):
    first, second = classic(town)["access_token"], classic(town)["access_token"]
    assert first != second
    assert errcode(town, first, follower) == 0
    wait(town, 301)
    assert errcode(town, first, follower) == 40001
    assert errcode(town, second, follower) == 0


def test_a_stable_token_stays_the_same_until_its_last_five_minutes(town, follower):
    first = stable(town)
    wait(town, 6800)
    again = stable(town)
    assert again["access_token"] == first["access_token"]
    assert 300 <= again["expires_in"] <= 400
    wait(town, 150)
    second = stable(town)
    assert second["access_token"] != first["access_token"]
    assert errcode(town, first["access_token"], follower) == 0
    wait(town, 300)
    assert errcode(town, first["access_token"], follower) == 42001
    assert errcode(town, second["access_token"], follower) == 0


def test_force_kills_the_former_token_but_not_twice_within_thirty_seconds(town, follower):
    first = stable(town)["access_token"]
    second = stable(town, force_refresh=True)["access_token"]
    assert errcode(town, first, follower) == 40001
    assert stable(town, force_refresh=True)["access_token"] == second
    wait(town, 31)
    assert stable(town, force_refresh=True)["access_token"] != second


def test_force_is_used_up_after_twenty_times_a_day(town):
    town.at("2026-11-21T12:00:00+08:00")
    for _ in range(tokens.FORCED_DAILY):
        town.world.part("wechat.forced").clear()
        assert "access_token" in stable(town, force_refresh=True)
    town.world.part("wechat.forced").clear()
    assert stable(town, force_refresh=True)["errcode"] == 45009
    wait(town, 24 * 3600)
    assert "access_token" in stable(town, force_refresh=True)


def test_the_families_do_not_touch_each_other(town, follower):
    kept = stable(town)["access_token"]
    classic(town), classic(town)
    wait(town, 400)
    assert errcode(town, kept, follower) == 0


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"appid": "wx_nobody"}, 40013),
        ({"appid": ""}, 41002),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_who_is_not_the_owner_gets_no_token(town, told, expected):
    for answer in (classic(town, **told), stable(town, **told)):
        assert answer["errcode"] == expected
        assert len(answer["errmsg"].rsplit(" rid: ", 1)[1].split("-")) == 3


def test_a_call_without_a_good_token_is_refused(town, follower):
    assert errcode(town, "", follower) == 41001
    assert errcode(town, "short", follower) == 40014
    assert errcode(town, "x" * 140, follower) == 40001
    revoked = stable(town)["access_token"]
    town.control("/tokens/revoke")
    assert errcode(town, revoked, follower) == 40001
    assert town.get(INFO, access_token=town.token("mp"))["errcode"] == 48001


def test_a_body_that_is_no_json_object_is_refused(town):
    path = "/cgi-bin/stable_token"
    assert town.get(path)["errcode"] == 43002
    assert town.post(path, b"")["errcode"] == 44002
    assert town.post(path, b"a=1")["errcode"] == 47001
    assert town.post(path, b"[1]")["errcode"] == 47001


def test_the_page_ticket_lasts_two_hours(town):
    first = town.get("/cgi-bin/ticket/getticket", access_token=town.token("oa"))
    wait(town, 60)
    again = town.get("/cgi-bin/ticket/getticket", access_token=town.token("oa"))
    assert again["ticket"] == first["ticket"]
    wait(town, 7000)
    last = town.get("/cgi-bin/ticket/getticket", access_token=town.token("oa"))
    assert last["ticket"] != first["ticket"]
