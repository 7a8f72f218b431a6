"""Signing in through WeChat, staying signed in, and what ends it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface

from app.h5 import session
from base import clock

from .phone import Phone, straight

WECHAT = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.57"}


def test_the_first_page_needs_no_sign_in(town):
    page = Phone(town, town.person()).open("/h5/")
    assert "您想办什么事" in page.text
    assert "微信登录" in page.text


def test_a_page_of_ones_own_leads_through_consent_and_back(town):
    phone = Phone(town, town.person())
    consent = phone.open("/h5/me/looks")
    back = phone.send(consent.form("/connect/oauth2/"), {"decision": "allow"})
    assert back.url.endswith("/h5/me/looks")


def test_both_channels_lead_to_one_resident(town, citizen):
    assert citizen.person["name"][0] + "*" in citizen.open("/h5/me").text
    assert citizen.open("/h5/sign-in?to=/h5/me").url.endswith("/h5/me")


def test_outside_wechat_the_page_says_how_to_come_in(town):
    answer = straight(town, "/h5/sign-in?to=/h5/me")
    assert answer.status_code == 403
    assert "请在微信中打开" in answer.text


def test_who_comes_back_without_having_left_is_not_signed_in(town):
    answer = straight(town, "/h5/sign-in/back?code=abc&state=def", headers=WECHAT)
    assert answer.status_code == 403
    assert "回到首页" in answer.text


def test_a_return_that_comes_twice_does_no_harm(newcomer):
    page = newcomer.open("/h5/sign-in/back?code=abc&state=def")
    assert page.url.endswith("/h5/")
    assert newcomer.open("/h5/me").url.endswith("/h5/me")


def test_a_return_asked_for_twice_with_one_cookie_signs_in_twice(town):
    """The browser or a proxy repeats it: the answer that carried the new cookie was lost."""
    begun = straight(town, "/h5/sign-in?to=/h5/me", headers=WECHAT)
    state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
    person, scope = town.person()["id"], {"scope": "snsapi_userinfo"}
    code = town.control("POST", f"/people/{person}/oauth-code", scope)["code"]
    back = f"/h5/sign-in/back?code={code}&state={state}"
    for _ in range(2):
        done = straight(town, back, cookies=begun.cookies, headers=WECHAT)
        assert done.headers["Location"] == "/h5/me"
        assert straight(town, "/h5/me", cookies=done.cookies, headers=WECHAT).status_code == 200


def test_a_snapshot_page_signs_nobody_in(town):
    phone = Phone(town, town.person())
    town.control("PATCH", f"/people/{phone.person['id']}", {"snapshot": True})
    consent = phone.open("/h5/sign-in")
    page = phone.send(consent.form("/connect/oauth2/"), {"decision": "allow"}, expect=403)
    assert "使用完整服务" in page.text


def test_signing_out_ends_it(newcomer):
    home = newcomer.send(newcomer.open("/h5/me").form("/sign-out"))
    assert "微信登录" in home.text
    assert "/connect/oauth2/" in newcomer.open("/h5/me").url


def test_who_leaves_the_account_is_signed_out(town, newcomer):
    town.control("POST", f"/people/{newcomer.person['id']}/unfollow")
    town.eventually(lambda: "/connect/" in newcomer.open("/h5/me").url)


def test_a_verified_stranger_becomes_who_she_is_and_stays_signed_in(town, citizen):
    twin = town.person(**{name: citizen.person[name] for name in ("name", "id_number")})
    phone = Phone(town, twin)
    phone.sign_in()
    page = phone.open("/h5/register")
    page = phone.send(page.form("/register/agreement"))
    proof = {"name": twin["name"], "id_number": twin["id_number"], "consent": "yes"}
    phone.send(page.form("/register/identity"), proof)
    me = phone.open("/h5/me").text
    assert citizen.person["phone"][-4:] in me


def kept(town, **changed):
    """A session cookie of ours, however old, as the browser would send it."""
    app = Flask("forger")
    app.secret_key = town.environment["SECRET_KEY"]
    now = int(clock.now().timestamp())
    told = {"resident": {"id": "r" * 24, "account": "a" * 24, "since": now} | changed}
    signed = SecureCookieSessionInterface().get_signing_serializer(app).dumps(told)
    return {"headers": WECHAT, "cookies": {"session": signed}}


HOURS_AGO = int(timedelta(hours=13).total_seconds())


@pytest.mark.parametrize("age", [0, HOURS_AGO, -600])
def test_a_dead_session_leads_to_sign_in(town, age):
    since = int(clock.now().timestamp()) - age
    answer = straight(town, "/h5/cases?page=1", **kept(town, since=since))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/h5/sign-in?to=/h5/cases?page%3D1")


def test_a_session_that_is_no_table_is_dead(town):
    app = Flask("forger")
    app.secret_key = town.environment["SECRET_KEY"]
    with app.test_request_context():
        cookie["resident"] = "somebody"
        signed = SecureCookieSessionInterface().get_signing_serializer(app).dumps(dict(cookie))
    answer = straight(town, "/h5/me", cookies={"session": signed}, headers=WECHAT)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example", "/console/", "/h5", "", "/h5/a b", "/h5/\\evil"],
)
def test_whatever_leads_elsewhere_becomes_the_first_page(to):
    assert session.own_path(to) == "/h5/"


def test_pages_of_ours_are_gone_back_to():
    assert session.own_path("/h5/services/a?b=c") == "/h5/services/a?b=c"


def test_who_follows_though_no_push_told_us_is_known_to_when_she_signs_in(town):
    person = town.person()
    lost = {"push": {"forge": "signature", "deliveries": 1}}
    town.control("POST", f"/people/{person['id']}/follow", lost)
    asked = {"_id": f"oa:{person['oa_openid']}"}
    assert town.db["accounts"].find_one(asked) is None

    Phone(town, person).sign_in()
    town.eventually(lambda: town.db["accounts"].find_one(asked | {"following": True}))
