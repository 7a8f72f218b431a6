"""One JSON line a request, with its id and nothing personal, whatever happened in it."""

import json
import os
import subprocess
import sys

import pytest

from base import numbers
from script import demo

NAME, NUMBER, PHONE = "欧阳测试", "11010519491231002X", "13912345678"
CALLS = """
import json, logging, sys
from app.wsgi import application
client = application.test_client()
for method, path, headers, body in json.load(sys.stdin):
    client.open(path, method=method, headers=headers, data=body.encode())
"""
BUG = """
from app import logs
logs.start("INFO")
name = "欧阳测试"
try:
    raise ValueError(f"{name} 11010519491231002X")
except ValueError as error:
    logs.log.error("bug", error=error)
"""


def run(alone, code, given=""):
    """What a fresh process of ours writes to standard error, line by line."""
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    environment = alone.environment | passed | {"PYTHONPATH": str(demo.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=demo.ROOT,
        input=given,
        capture_output=True,
        check=True,
        text=True,
    )
    assert not any(word in done.stderr for word in (NAME, NUMBER, PHONE, "Traceback"))
    return [json.loads(line) for line in done.stderr.splitlines()]


def personal(alone):
    """Requests that carry a name, a number and a phone in every place there is."""
    said = json.dumps({"name": NAME, "id_number": NUMBER, "consent": True, "phone": PHONE})
    kind = {"Content-Type": "application/json", "User-Agent": NAME.encode().decode("latin-1")}
    who = kind | alone.bearer()
    return [
        ("POST", "/api/v1/me/identity", who, said),
        ("POST", "/api/v1/me/identity", who, said.replace(', "phone"', ', "x"')),
        ("POST", "/api/v1/me/identity", who, json.dumps({"name": NAME, "id_number": NUMBER})),
        ("POST", "/api/v1/session", kind, said[:-3]),
        ("GET", f"/api/v1/services?words={NAME}{NUMBER}", {}, ""),
        ("GET", f"/api/v1/services/{NUMBER}", {}, ""),
        ("GET", f"/{PHONE}?{NAME}", {}, ""),
        ("POST", f"/wechat/oa?openid={NUMBER}", {}, NAME),
        ("POST", "/notices/alipay", {}, f"buyer={NAME}&sign=x"),
        ("GET", f"/h5/services?words={NAME}", {}, ""),
        ("POST", "/console/sign-in", {}, f"username={NAME}&password={NUMBER}"),
    ]


def test_no_request_leaves_anything_personal_in_the_log(alone):
    lines = run(alone, CALLS, json.dumps(personal(alone)))
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == len(personal(alone))
    assert all(line["request"] and line["status"] and line["ms"] >= 0 for line in requests)
    assert {line["route"] for line in requests} >= {"/api/v1/services/<key>", None}


def test_the_proxys_request_id_is_kept_where_it_is_sane(alone):
    client = alone.client()
    for given, kept in (("a1b2c3d4-e5f6", True), ("x", False), (f"{NUMBER} {PHONE}", False)):
        answer = client.get("/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) == kept


def test_a_bug_is_logged_by_place_and_never_by_its_words(alone):
    (line,) = run(alone, BUG)
    assert line["error"] == "ValueError"
    assert line["frames"] == ["<string>:6"]


def test_a_bug_is_answered_like_anything_else(alone):
    """A row that is not what we write: whatever breaks, the asker learns a code and an id."""
    number, who = numbers.new(), alone.bearer("bug")
    alone.db["cases"].insert_one({"_id": number, "resident": NAME})
    answer = alone.client().get(f"/api/v1/cases/{number}", headers=who)
    alone.db["cases"].delete_one({"_id": number})
    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "bug"
    assert answer.json["error"]["request"] == answer.headers["X-Request-ID"]
    assert "KeyError" not in answer.text


@pytest.mark.parametrize("level", ["DEBUG", "ERROR"])
def test_the_level_is_a_setting(alone, level):
    alone.environment["LOG_LEVEL"] = level
    lines = run(alone, CALLS, json.dumps([("GET", "/healthz", {}, "")]))
    del alone.environment["LOG_LEVEL"]
    assert bool(lines) == (level == "DEBUG")
