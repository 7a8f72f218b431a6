"""The phone's browsers pass our pages through as WeChat's web view and the one outside do."""

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import pytest
import requests
from flask import Flask, redirect, request

from simulator.phone import browser, rewrite
from simulator.world import World

from .standin import config, served, street

ORIGINS = rewrite.Origins("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")


def platforms() -> Flask:
    """Return a stand-in for the simulator's own pages: sign-in, cashier, payment."""
    app = Flask("platforms")

    @app.get("/connect/oauth2/authorize")
    def authorize():
        return redirect(f"{request.args['redirect_uri']}?code={request.headers['X-Phone-Person']}")

    @app.get("/gateway.do")
    def cashier():
        return f"<html><head></head>{request.headers['X-Phone-Person']}</html>"

    @app.post("/control/v1/people/<person>/pay")
    @app.post("/control/v1/people/<person>/subscribe")
    def act(person):
        return {"person": person, "told": request.get_json()}

    return app


@contextmanager
def hasty():
    """Serve, once, a refusal after the first bytes of a request; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse():
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                line.shutdown(socket.SHUT_WR)
                time.sleep(0.1)

        thread = threading.Thread(target=refuse)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


class Phone:
    """A resident's phone: a session of its own at the browser port."""

    def __init__(self, world, app, simulator, url):
        self.world, self.app, self.simulator, self.url = world, app, simulator, url
        self.outside = url.replace("127.0.0.1", "localhost")
        self.session = requests.Session()

    def get(self, path, *, base=None, **told):
        return self.session.get((base or self.url) + path, **told)

    def enter(self, person, to="/h5/", **told):
        return self.get(f"/_phone/as/{person.id}?to={quote(to, safe='')}", **told)


@pytest.fixture
def phone():
    world = World(config())
    with street(platforms(), browser.application(world), world) as (app, simulator, url):
        phone = Phone(world, app, simulator, url)
        yield phone
        phone.session.close()
    world.close()


@pytest.fixture
def wang(phone):
    return phone.world.invent({"name": "王小明"})


def test_the_web_view_says_that_it_is_wechat(phone, wang):
    phone.enter(wang)
    assert "MicroMessenger/8" in phone.app.seen[-1]["User-Agent"]


def test_the_browser_outside_is_an_ordinary_one(phone, wang):
    page = phone.enter(wang, base=phone.outside)
    assert "MicroMessenger" not in phone.app.seen[-1]["User-Agent"]
    assert "bridge.js" not in page.text


def test_a_page_gets_the_bridge_first_in_its_head(phone, wang):
    page = phone.enter(wang).text
    tag = f'<head lang=zh><script src="/_phone/bridge.js" data-phone="{phone.simulator}"></script>'
    assert tag in page
    assert "getBrandWCPayRequest" in phone.get("/_phone/bridge.js").text


def test_links_to_the_service_stay_in_the_web_view_and_values_do_not_change(phone, wang):
    page = phone.enter(wang).text
    assert f"href='{phone.url}/h5/next?a=1'" in page
    assert f"value='{phone.app.url}/h5/pay/1'" in page


def test_a_framed_page_is_allowed_and_the_bridge_may_run(phone, wang):
    headers = phone.enter(wang).headers
    assert "X-Frame-Options" not in headers
    policy = f"default-src 'none'; script-src 'self'; form-action {phone.url}; connect-src 'self'"
    assert headers["Content-Security-Policy"] == policy


def test_cookies_stay_in_the_phone_of_each_person(phone, wang):
    li = phone.world.invent({})
    visits = [phone.enter(one).text.split("id=n>")[1][0] for one in (wang, wang, li, wang)]
    assert visits == ["1", "2", "1", "3"]
    assert set(phone.session.cookies.keys()) == {"phone_person"}


def test_the_browser_outside_has_cookies_of_its_own(phone, wang):
    phone.enter(wang)
    assert "id=n>1" in phone.enter(wang, base=phone.outside).text


def test_sign_in_comes_back_to_the_web_view_as_the_chosen_person(phone, wang):
    back = quote(phone.app.url + "/h5/back", safe="")
    way = f"{phone.simulator}/connect/oauth2/authorize?appid=a&redirect_uri={back}#wechat_redirect"
    landed = phone.enter(wang, "/h5/leave?to=" + quote(way, safe=""))
    assert landed.url.split("#")[0] == f"{phone.url}/h5/back?code={wang.id}"


def test_sign_in_with_wechat_is_refused_outside(phone, wang):
    phone.enter(wang, base=phone.outside)
    page = phone.get("/connect/oauth2/authorize", base=phone.outside)
    assert 'data-notice="wechat_only"' in page.text


def test_alipay_does_not_open_inside_wechat_but_its_link_can_be_copied(phone, wang):
    way = phone.simulator + "/gateway.do?sign=x"
    page = phone.enter(wang, "/h5/leave?to=" + quote(way, safe="")).text
    assert 'data-notice="alipay"' in page
    assert f'value="{way}"' in page


def test_alipay_opens_outside_for_the_same_person(phone, wang):
    assert wang.id in phone.enter(wang, "/gateway.do?sign=x", base=phone.outside).text


def test_the_browser_outside_knows_its_person_without_a_cookie(phone, wang):
    phone.enter(wang)
    assert wang.id in requests.get(phone.outside + "/gateway.do", timeout=60).text


def test_a_redirect_to_another_host_is_left_alone(phone, wang):
    phone.enter(wang)
    answer = phone.get("/h5/leave?to=https://example.com/x", allow_redirects=False)
    assert answer.headers["Location"] == "https://example.com/x"


def test_entering_goes_nowhere_else(phone, wang):
    assert phone.enter(wang, "https://example.com/").status_code == 400
    assert phone.enter(wang, "//example.com/").status_code == 400


def test_nobody_sees_a_page_before_a_person_is_chosen(phone, wang):
    assert phone.get("/h5/").status_code == 409
    assert phone.get("/_phone/as/p_nobody").status_code == 404


def test_an_upload_passes_through_whole(phone, wang):
    phone.enter(wang)
    answer = phone.session.post(phone.url + "/h5/upload", files={"photo": b"x" * 3_000_000})
    assert answer.json()["bytes"] > 3_000_000
    assert answer.json()["type"].startswith("multipart/form-data; boundary=")


def test_an_upload_above_thirty_megabytes_is_refused(phone, wang):
    phone.enter(wang)
    with served(phone.app):
        parts = urlsplit(phone.url)
        line = http.client.HTTPConnection(parts.hostname, parts.port)
        line.putrequest("POST", "/h5/upload")
        line.putheader("Content-Length", str(31 * 1024 * 1024))
        line.endheaders()
        assert line.getresponse().status == 413
        line.close()


def test_an_answer_before_the_end_of_an_upload_is_passed_on(phone, wang):
    with hasty() as url:
        phone.world.config["public_url"] = url
        phone.session.get(f"{phone.url}/_phone/as/{wang.id}", allow_redirects=False)
        answer = phone.session.post(phone.url + "/h5/upload", data=b"x" * 20_000_000)
    assert answer.status_code == 413


def test_a_form_comes_from_the_service_itself_as_it_sees_it(phone, wang):
    phone.enter(wang)
    headers = {"Origin": phone.url, "Referer": phone.url + "/h5/form"}
    phone.session.post(phone.url + "/h5/upload", data={"a": 1}, headers=headers)
    seen = phone.app.seen[-1]
    assert (seen["Origin"], seen["Referer"]) == (phone.app.url, phone.app.url + "/h5/form")
    assert seen["Host"] == urlsplit(phone.app.url).netloc


def test_a_service_that_is_down_is_said_in_plain_words(phone, wang):
    phone.world.config["public_url"] = "http://127.0.0.1:1"
    answer = phone.enter(wang)
    assert answer.status_code == 502
    assert 'data-notice="unanswered"' in answer.text


def test_the_bridge_pays_through_the_control_api(phone, wang):
    phone.enter(wang)
    told = {"params": {"package": "prepay_id=wx1"}, "prepay_id": "wx1"}
    answer = phone.session.post(phone.url + "/_phone/pay", json=told, headers={"Origin": phone.url})
    assert answer.json() == {"person": wang.id, "told": {"wallet": "wechat"} | told}


@pytest.mark.parametrize(("id", "answered"), [("T", {"errCode": 20001}), ("N", {"accept": True})])
def test_the_bridge_answers_a_popup_for_what_may_be_asked(phone, wang, id, answered):
    templates = [{"account": "oa", "id": "T"}, {"account": "oa", "id": "N", "notice": True}]
    phone.world.config["templates"] = templates
    phone.enter(wang)
    told, headers = {"template_ids": [id], "accept": True}, {"Origin": phone.url}
    answer = phone.session.post(phone.url + "/_phone/subscribe", json=told, headers=headers).json()
    assert answer.get("told", answer).items() >= answered.items()


@pytest.mark.parametrize("act", ["pay", "subscribe"])
def test_another_page_cannot_act_for_the_person(phone, wang, act):
    phone.enter(wang)
    headers = {"Origin": "https://example.com"}
    answer = phone.session.post(f"{phone.url}/_phone/{act}", data=json.dumps({}), headers=headers)
    assert answer.status_code == 403


def test_a_page_without_a_head_still_gets_the_script():
    assert rewrite.with_script(b"<p>x", b"<s>") == b"<s><p>x"
    assert rewrite.with_script(b"<!DOCTYPE html><p>x", b"<s>") == b"<!DOCTYPE html><s><p>x"


def test_links_to_the_cashier_stay_and_signed_values_are_untouched():
    page = b'<form action="http://127.0.0.1:2/gateway.do?a=1"><input value="http://127.0.0.1:1/n">'
    moved = rewrite.links(page, ORIGINS)
    assert b'action="http://127.0.0.1:3/gateway.do?a=1"' in moved
    assert b'value="http://127.0.0.1:1/n"' in moved


def test_an_address_that_is_no_page_is_nowhere_in_the_phone():
    assert rewrite.local("mailto:somebody@example.com", ORIGINS) is None


def test_a_longer_host_is_not_taken_for_the_service():
    page = b'<a href="http://127.0.0.1:12/x">'
    assert rewrite.links(page, ORIGINS) == page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/h5/a", "http://127.0.0.1:3/h5/a"),
        ("b", "http://127.0.0.1:3/h5/b"),
        ("http://127.0.0.1:1", "http://127.0.0.1:3/"),
        ("http://127.0.0.1:2/cgi-bin/x", "http://127.0.0.1:2/cgi-bin/x"),
    ],
)
def test_a_redirect_leads_where_the_phone_can_follow(value, shown):
    assert rewrite.location(value, "http://127.0.0.1:1/h5/x", ORIGINS) == shown


@pytest.mark.parametrize(
    ("strict", "relaxed"),
    [
        ("frame-ancestors 'none'", ""),
        ("default-src 'self'; sandbox", "default-src 'self'"),
        (
            "default-src data:",
            "default-src data:; script-src data: 'self'; connect-src data: 'self'",
        ),
    ],
)
def test_a_policy_is_relaxed_no_more_than_needed(strict, relaxed):
    assert rewrite.policy(strict, ORIGINS) == relaxed
