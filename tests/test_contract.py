"""One walk over every route: shapes, identity, and one way of saying no."""

import json
from collections import Counter

import pytest

from app.api import entry, openapi
from base import clock, numbers

PUBLIC = {
    "session.sign_in": "there is no token before it",
    "session.agreement": "it is read before signing in",
    "guides.find": "what the county offers is public",
    "guides.themes": "what the county offers is public",
    "guides.guide": "what the county offers is public",
    "guides.quote": "prices are public",
    "guides.nearest": "places are public",
    "guides.divisions": "regions are public",
}
BODYLESS = {
    "cases.withdraw": "the address says it all",
    "bills.refresh": "the address says it all",
    "messages.read": "the address says it all",
}
USCC = "91110000100000000A"
PATH = {"key": "id_card_renewal", "id": "unknown", "uscc": USCC}
UNKNOWN = {
    "guides.quote": {"answers": {}},
    "cases.supplement": {},
    "bills.pay": {"wallet": "wechat"},
    "companies.appoint": {"name": "张三", "id_number": "1" * 18, "until": "2030-01-01"},
    "tickets.rate": {"grade": "satisfied"},
    "tickets.rate_case": {"grade": "satisfied"},
}


@pytest.fixture
def client(alone):
    return alone.client()


@pytest.fixture
def half_past(alone):
    """It is half past something: no other hour begins meanwhile."""
    clock.follow(alone.db)
    clock.move(alone.db, (30 - clock.now().minute) * 60)
    yield
    clock.move(alone.db, 0)
    clock.stand_alone()


def rules(alone, prefix=""):
    found = [rule for rule in alone.app.url_map.iter_rules() if rule.rule.startswith(prefix)]
    return sorted(found, key=lambda rule: rule.rule)


def operations(alone):
    return openapi.operations(alone.app)


def declared(alone, rule):
    with alone.app.app_context():
        return entry.declared(rule.endpoint)


def address(alone, rule, **values):
    filled = {name: values.get(name, PATH.get(name, "1")) for name in rule.arguments}
    with alone.app.test_request_context():
        adapter = alone.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, filled, force_external=False)


def bodies(alone):
    """(endpoint, address, content type) of every operation that reads a body."""
    return [
        (rule.endpoint, address(alone, rule, number=numbers.new()), noted["content_type"])
        for rule, _ in operations(alone)
        if "body" in (noted := declared(alone, rule))
    ]


def shape(answer, status, code=None):
    """The one error shape, with this status; nothing of our insides in it."""
    assert answer.status_code == status, (answer.request.path, answer.status, answer.text)
    error = answer.json["error"]
    assert set(error) == {"code", "message", "details", "request"}
    assert code in (None, error["code"])
    assert error["message"]
    assert error["request"] == answer.headers["X-Request-ID"]
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    return error


def test_every_operation_declares_what_it_takes_and_gives(alone):
    for rule, method in operations(alone):
        noted = declared(alone, rule)
        assert noted["response"]["schema"] is not None, rule
        takes = method == "POST" and rule.endpoint not in BODYLESS
        assert ("body" in noted) == takes, rule
    assert {rule.endpoint for rule, _ in operations(alone)} >= set(BODYLESS)


def test_every_operation_asks_who_is_there_or_says_why_not(alone, client):
    for rule, method in operations(alone):
        guarded = declared(alone, rule).get("auth") is not None
        assert guarded != (rule.endpoint in PUBLIC), rule
        if guarded:
            answer = client.open(address(alone, rule), method=method)
            shape(answer, 401, "unauthenticated")
    assert {rule.endpoint for rule, _ in operations(alone)} >= set(PUBLIC)


def test_a_dead_session_opens_nothing(alone, client):
    dead = {"Authorization": "Bearer " + alone.token()[:-3] + "abc"}
    for rule, method in operations(alone):
        if rule.endpoint not in PUBLIC:
            answer = client.open(address(alone, rule), method=method, headers=dead)
            shape(answer, 401, "dead_session")


def test_what_does_not_exist_is_missing(alone, client):
    who = alone.bearer() | {"Idempotency-Key": "12345678"}
    asked = 0
    for rule, method in operations(alone):
        if rule.arguments:
            where = address(alone, rule, number=numbers.new(), key="unknown")
            body = UNKNOWN.get(rule.endpoint)
            shape(client.open(where, method=method, headers=who, json=body), 404)
            asked += 1
    assert asked >= 10


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/nothing", "/wechat/xx", "/notices/nobody"])
def test_an_unknown_address_is_missing(client, path):
    for method in ("GET", "POST"):
        shape(client.open(path, method=method), 404, "missing")


def test_no_route_takes_a_method_it_does_not_know(alone, client):
    for rule in rules(alone):
        answer = client.put(address(alone, rule, account="oa", filename="x"))
        assert answer.status_code == 405, rule
        assert answer.headers["Allow"]
        if not rule.rule.startswith(("/h5", "/console")):
            shape(answer, 405, "method_not_allowed")


def test_no_route_breaks_when_it_is_looked_at(alone, client):
    for rule in rules(alone):
        answer = client.get(address(alone, rule, account="oa", filename="x"))
        assert answer.status_code < 500, rule
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "junk",
    [
        b"{",
        b"",
        b'"text"',
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b'{"text": "\\ud800"}',
        b'{"limit": NaN}',
        b'{"limit": 1e999}',
        b"[" * 100_000,
        b'{"unknown": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda junk: repr(junk[:12]),
)
def test_junk_is_refused_plainly_and_leaves_no_trace(alone, client, junk):
    who = alone.bearer() | {"Idempotency-Key": "12345678"}
    before = alone.rows()
    for endpoint, where, kind in bodies(alone):
        if kind == entry.JSON and endpoint != "cases.supplement":
            answer = client.post(where, headers=who, data=junk, content_type=kind)
            assert answer.status_code in (400, 422), (endpoint, answer.text)
            shape(answer, answer.status_code)
    assert alone.rows() == before


def test_ten_megabytes_are_too_much_for_words(alone, client):
    who, before = alone.bearer(), alone.rows()
    huge = json.dumps({"text": "长" * 3_500_000}, ensure_ascii=False).encode()
    for _, where, kind in bodies(alone):
        if kind == entry.JSON:
            shape(client.post(where, headers=who, data=huge, content_type=kind), 413, "too_large")
    assert alone.rows() == before


def test_forty_megabytes_are_too_much_for_a_file(alone, client):
    who, before = alone.bearer(), alone.rows()
    kind, form = "multipart/form-data; boundary=x", bytes(40 * 1024 * 1024)
    answer = client.post("/api/v1/files", headers=who, data=form, content_type=kind)
    shape(answer, 413, "too_large")
    assert alone.rows() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_another_type_of_content_is_refused(alone, client, kind):
    who = alone.bearer()
    for _, where, wanted in bodies(alone):
        if kind != wanted:
            answer = client.post(where, headers=who, data=b"{}", content_type=kind)
            shape(answer, 415, "unsupported_type")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "application/json"])
@pytest.mark.parametrize(
    "junk", [b"", b"\xff\xfe=%ff&csrf_token=%00", b"--x\r\nbroken", b"a=" + b"x" * 10_000_000]
)
def test_no_form_takes_what_it_did_not_hand_out(alone, client, kind, junk):
    before = alone.rows()
    for rule in rules(alone):
        if rule.rule.startswith(("/h5", "/console")) and "POST" in rule.methods:
            answer = client.post(address(alone, rule), data=junk, content_type=kind)
            if rule.endpoint.startswith("h5.returning."):  # whatever a wallet's page brings back
                assert answer.status_code == 303
                continue
            assert 400 <= answer.status_code < 500, (rule, answer.status)
            assert "Traceback" not in answer.text
    assert alone.rows() == before


XML = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">
<!ENTITY file SYSTEM "file:///etc/passwd">]><xml><Encrypt>&b;&file;</Encrypt></xml>"""


@pytest.mark.parametrize("account", ["oa", "mp"])
@pytest.mark.parametrize("push", [XML, b"", b"<xml>", b"\xff\xfe", b"{}", b"x" * 10_000_000])
def test_an_unsigned_push_is_refused_and_leaves_no_trace(alone, client, account, push):
    before = alone.rows()
    query = {"timestamp": "1", "nonce": "n", "msg_signature": "0", "encrypt_type": "aes"}
    answer = client.post(f"/wechat/{account}", query_string=query, data=push)
    assert answer.status_code in (400, 401, 403, 413)
    shape(answer, answer.status_code)
    assert "root:" not in answer.text
    assert alone.rows() == before


@pytest.mark.parametrize("wallet", ["wechat-pay", "alipay", "unionpay"])
@pytest.mark.parametrize(
    "notice", [XML, b"", b"{}", b"\xff\xfe", b"x" * 10_000_000, b"sign=x&trade_no=1&" * 9]
)
def test_an_unsigned_notice_is_refused_as_wallets_read_it(alone, half_past, client, wallet, notice):
    """The first of an hour lies in the quarantine with an alarm; nothing else is left of it."""
    before = alone.rows()
    for _ in "ab":
        answer = client.post(f"/notices/{wallet}", data=notice)
        assert answer.status_code in (401, 413)
        assert answer.json["code"] == "FAIL"
    made = Counter(alone.rows()) - Counter(before)
    assert made <= Counter(quarantine=1, alarms=1)


def test_a_partner_who_is_away_is_said_to_be(alone, client):
    answer = client.post("/api/v1/session", json={"code": "x"})
    shape(answer, 503, "unreachable")
    assert answer.headers["Retry-After"]
