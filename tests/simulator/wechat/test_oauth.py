"""Web authorisation: the page, the redirect with a code, and what the code is worth."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

AUTHORIZE = "/connect/oauth2/authorize"


def asked(town, **more):
    base = {"appid": "wx_oa", "redirect_uri": town.world.config["public_url"] + "/h5/back?a=1"}
    return base | {"response_type": "code", "scope": "snsapi_base", "state": "abc123"} | more


def visit(town, person, *, headers=None, **more):
    sent = {"X-Phone-Person": person["id"]} | (headers or {}) if person else {}
    return requests.get(
        town.url + AUTHORIZE, params=asked(town, **more), headers=sent, timeout=60,
        allow_redirects=False,
    )  # fmt: skip


def code_in(answer):
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(town, code, **more):
    told = {"appid": "wx_oa", "secret": "secret-oa", "code": code}
    return town.get(
        "/sns/oauth2/access_token", **told | {"grant_type": "authorization_code"} | more
    )


def test_base_scope_comes_back_at_once_with_code_and_state(town, follower):
    answer = visit(town, follower)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (answer.status_code, query["a"], query["state"]) == (302, ["1"], ["abc123"])
    told = exchange(town, query["code"][0])
    assert (told["openid"], told["scope"]) == (follower["oa_openid"], "snsapi_base")
    assert "unionid" not in told
    assert exchange(town, query["code"][0])["errcode"] == 40163


def test_userinfo_asks_first_and_goes_back_only_with_consent(town, follower):
    page = visit(town, follower, scope="snsapi_userinfo")
    assert page.status_code == 200
    assert "同意" in page.text
    form = asked(town, scope="snsapi_userinfo")
    sent = {"cookies": {"phone_person": follower["id"]}, "timeout": 60, "allow_redirects": False}
    yes = requests.post(town.url + AUTHORIZE, form | {"decision": "allow"}, **sent)
    no = requests.post(town.url + AUTHORIZE, form | {"decision": "refuse"}, **sent)
    assert exchange(town, code_in(yes))["unionid"] == follower["unionid"]
    assert (no.status_code, "已拒绝" in no.text) == (200, True)
    stranger = requests.post(town.url + AUTHORIZE, form, timeout=60)
    assert stranger.status_code == 400


def granted(town, person):
    consent = {"X-Simulator-Consent": "yes"}
    answer = visit(town, person, headers=consent, scope="snsapi_userinfo")
    return exchange(town, code_in(answer))


def test_userinfo_names_who_consented(town, follower):
    told = granted(town, follower)
    asking = {"access_token": told["access_token"], "openid": told["openid"]}
    assert town.get("/sns/userinfo", **asking)["nickname"] == follower["nickname"]
    assert town.get("/sns/auth", **asking)["errcode"] == 0
    assert town.get("/sns/auth", **asking | {"openid": "o"})["errcode"] == 40003
    town.control("/clock", advance_seconds=7201)
    assert town.get("/sns/auth", **asking)["errcode"] == 42001
    assert town.get("/sns/auth", access_token="x", openid="o")["errcode"] == 40001


def test_base_scope_gives_no_userinfo(town, follower):
    told = exchange(town, town.act(follower, "oauth-code")["code"])
    asking = {"access_token": told["access_token"], "openid": told["openid"]}
    assert town.get("/sns/userinfo", **asking)["errcode"] == 48001


def test_a_refresh_token_lasts_thirty_days(town, follower):
    kept = granted(town, follower)["refresh_token"]
    asking = {"appid": "wx_oa", "grant_type": "refresh_token", "refresh_token": kept}
    assert town.get("/sns/oauth2/refresh_token", **asking)["openid"] == follower["oa_openid"]
    assert town.get("/sns/oauth2/refresh_token", appid="wx_mp")["errcode"] == 40013
    assert town.get("/sns/oauth2/refresh_token", appid="wx_oa")["errcode"] == 40030
    town.control("/clock", advance_seconds=31 * 24 * 3600)
    assert town.get("/sns/oauth2/refresh_token", **asking)["errcode"] == 42002
    granted(town, follower)
    assert town.get("/sns/oauth2/refresh_token", **asking)["errcode"] == 40030


def test_a_snapshot_is_nobody_real(town):
    person = town.person(follow=True, snapshot=True)
    told = granted(town, person)
    assert told["is_snapshotuser"] == 1
    assert told["openid"] != person["oa_openid"]
    assert "unionid" not in told


def test_a_code_must_be_told_and_lives_five_minutes(town, follower):
    late = town.act(follower, "oauth-code")["code"]
    assert exchange(town, "")["errcode"] == 41008
    assert exchange(town, late, grant_type="x")["errcode"] == 40002
    assert exchange(town, "0unknown")["errcode"] == 40029
    town.control("/clock", advance_seconds=300)
    assert exchange(town, late)["errcode"] == 42003


@pytest.mark.parametrize(
    "wrong",
    [
        {"appid": "wx_mp"},
        {"scope": "everything"},
        {"response_type": "token"},
        {"state": "with space"},
        {"redirect_uri": "http://elsewhere.example/h5/back"},
    ],
)
def test_a_wrong_request_goes_nowhere(town, follower, wrong):
    answer = visit(town, follower, **wrong)
    assert (answer.status_code, "网页授权无法进行" in answer.text) == (400, True)


def test_nobody_is_sent_to_wechat(town):
    answer = visit(town, None)
    assert (answer.status_code, "请在微信客户端打开链接" in answer.text) == (400, True)
