"""Every door of the console: who may pass, who may not, and how one gets out again."""

import pytest
import requests

from app import create_app
from app.console.guard import ANY_OPERATOR
from people import roles
from tests.town import PASSWORD

from .people import operator, raw, signed_in, token_of

VALUES = {"number": "202611211234567", "id": "0" * 32, "key": "x", "username": "nobody"}
VALUES |= {"stamp": "0", "name": "x"}


@pytest.fixture(scope="module")
def doors(built):
    """(method, path, right) of every console route that asks for one, and the open ones."""
    app = create_app(built.runtime)
    found = {"guarded": [], "open": [], "undeclared": []}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/console"):
            continue
        view = app.view_functions[rule.endpoint]
        path = rule.rule
        for name, value in VALUES.items():
            path = path.replace(f"<{name}>", value)
        for method in rule.methods & {"GET", "POST"}:
            if "needs" in view.__dict__:
                found["guarded"].append((method, path, view.__dict__["needs"]))
            elif view.__dict__.get("open_because"):
                found["open"].append(path)
            else:
                found["undeclared"].append(rule.rule)
    return found


def test_every_route_declares_its_right_or_says_why_not(doors):
    assert doors["undeclared"] == []
    assert {right for *_, right in doors["guarded"]} <= roles.RIGHTS | {ANY_OPERATOR}
    assert len(doors["guarded"]) > 35
    assert all("sign" in path or "asset" in path for path in doors["open"])


def test_a_stranger_is_sent_to_sign_in_from_every_door(town, doors):
    session = requests.Session()
    token = _token(session, town)
    for method, path, _ in doors["guarded"]:
        answer = session.request(
            method, town.web + path, data={"csrf_token": token}, allow_redirects=False
        )
        assert answer.status_code == 303, (method, path, answer.status_code)
        assert answer.headers["Location"].startswith("/console/sign-in"), path


def _token(session, town):
    page = session.get(f"{town.web}/console/sign-in").text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_an_operator_without_the_right_is_refused_at_every_door(town, doors, role):
    browser = signed_in(town, operator(town, role))
    token = token_of(browser.open("/console/me"))
    for method, path, right in doors["guarded"]:
        if right == ANY_OPERATOR or right in roles.ROLES[role]:
            continue
        answer = browser.session.request(method, town.web + path, data={"csrf_token": token})
        assert answer.status_code == 403, (method, path, right, answer.status_code)
        assert "没有权限" in answer.text


def test_no_form_is_taken_without_its_token(town, doors, clerk):
    for method, path, _ in doors["guarded"]:
        if method == "POST":
            assert clerk.session.post(town.web + path).status_code == 400, path


def test_a_wrong_password_is_told_and_the_name_kept(town):
    answer, text = _try(town, "chuangkou", "not the password")
    assert answer.status_code == 401
    assert "用户名或密码不正确" in text
    assert 'value="chuangkou"' in text


def _try(town, username, password):
    session = requests.Session()
    form = {"csrf_token": _token(session, town), "username": username, "password": password}
    answer = session.post(f"{town.web}/console/sign-in", data=form, allow_redirects=False)
    return answer, answer.text


def test_five_failures_lock_a_username_and_the_page_says_so(town):
    username = operator(town, "clerk")
    for _ in range(5):
        assert _try(town, username, "wrong wrong wrong")[0].status_code == 401
    answer, text = _try(town, username, PASSWORD)
    assert answer.status_code == 429
    assert "请15分钟后再试" in text


def test_signing_in_begins_a_new_session(town):
    session = requests.Session()
    token = _token(session, town)
    before = session.cookies["console"]
    form = {"csrf_token": token, "username": "chuangkou", "password": PASSWORD}
    answer = session.post(f"{town.web}/console/sign-in", data=form, allow_redirects=False)
    assert session.cookies["console"] != before
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/console"))
    assert raw(town, "GET", "/console/", cookies={"console": before}).status_code == 303


def test_signing_out_ends_the_session_for_good(town, clerk):
    cookie = clerk.session.cookies["console"]
    page = clerk.send(clerk.open("/console/").form("sign-out"))
    assert "已退出登录" in page.text
    assert raw(town, "GET", "/console/", cookies={"console": cookie}).status_code == 303


def test_nobody_is_signed_out_by_a_link(clerk):
    clerk.open("/console/sign-out", expect=405)
    clerk.open("/console/")


def test_half_an_hour_without_a_click_signs_out(town, later):
    clerk = signed_in(town, operator(town, "clerk"))
    later(29 * 60)
    clerk.open("/console/")
    later(58 * 60)
    clerk.open("/console/")
    later(89 * 60)
    assert clerk.open("/console/").url.endswith("/console/sign-in?next=/console/")


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(town, later):
    clerk = signed_in(town, operator(town, "clerk"))
    for minute in (10, 20, 29):
        later(minute * 60)
        clerk.open("/console/live")
    later(31 * 60)
    answer = clerk.session.get(f"{town.web}/console/live", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/console/sign-in"


def test_twelve_hours_are_the_most(town, later):
    clerk = signed_in(town, operator(town, "clerk"))
    for minutes in range(20, 12 * 60, 20):
        later(minutes * 60)
        clerk.open("/console/me")
    later(12 * 3600 + 60)
    assert "sign-in" in clerk.open("/console/me").url


def test_one_comes_back_to_the_page_one_wanted(town, case):
    browser = signed_in(town, "chuangkou")
    browser.send(browser.open("/console/").form("sign-out"))
    page = browser.open(f"/console/cases/{case}")
    form = page.form("sign-in")
    assert browser.send(form, {"username": "chuangkou", "password": PASSWORD}).url.endswith(case)


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example", "/console\\evil", "/h5/"]
)
def test_signing_in_leads_nowhere_else(town, evil):
    session = requests.Session()
    form = {"csrf_token": _token(session, town), "username": "chuangkou", "password": PASSWORD}
    answer = session.post(
        f"{town.web}/console/sign-in", data=form | {"next": evil}, allow_redirects=False
    )
    assert answer.headers["Location"] == "/console/"


def test_an_expired_form_says_that_nothing_was_saved(town, case, later):
    clerk = signed_in(town, operator(town, "clerk"))
    form = clerk.open(f"/console/cases/{case}").form("/accept")
    later(40 * 60)
    assert "刚才的操作没有保存" in clerk.send(form).text


def test_a_signed_in_operator_needs_no_door(clerk):
    assert clerk.open("/console/sign-in").url.endswith("/console/")


def test_pages_are_hardened(town, clerk):
    for path in ("/console/", "/console/sign-in", "/console/nothing/here"):
        headers = clerk.session.get(town.web + path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"


def test_assets_are_kept_for_a_year_and_stale_ones_refused(town):
    page = raw(town, "GET", "/console/sign-in").text
    path = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in raw(town, "GET", path).headers["Cache-Control"]
    assert raw(town, "GET", "/console/assets/0/console.css").status_code == 404


def test_a_huge_or_broken_form_is_refused_politely(town):
    huge = raw(town, "POST", "/console/sign-in", data={"username": "x" * 10_000_000})
    broken = raw(town, "POST", "/console/sign-in", data=b"username=\xff\xfe&password=\xff")
    assert huge.status_code == 413
    assert broken.status_code == 400
    assert "Traceback" not in huge.text + broken.text
