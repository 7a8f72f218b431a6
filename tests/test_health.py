"""Whether we live, whether we can serve, how much we do; and what we say when the store is away."""

import os
import subprocess
import sys
import time

import pymongo
import pytest

from app import create_app, runtime
from base import clock, outbox
from base.errors import Unreachable
from config.settings import Settings
from script import demo

from .alone import settings

SEND = "/cgi-bin/message/template/send"


@pytest.fixture(scope="module")
def dead(tmp_path_factory, keys):
    """The application with a store and a queue where nobody listens."""
    there = "127.0.0.1:9"
    environment = settings(
        tmp_path_factory.mktemp("dead"),
        MONGODB_URI=f"mongodb://{there}/nobody",
        REDIS_URL=f"redis://{there}/0",
        PRIVACY_KEYS=keys,
    )
    here = runtime.build(Settings.from_env(environment))
    clock.stand_alone()
    yield create_app(here).test_client()
    here.db.client.close()


def test_a_living_process_says_so(alone, dead):
    for client in (alone.client(), dead):
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


def test_we_are_ready_when_store_and_queue_answer(alone):
    answer = alone.client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "store": "ok", "queue": "ok"}


def test_we_are_not_ready_when_they_are_away_and_say_so_soon(dead):
    began = time.monotonic()
    answer = dead.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "down", "store": "down", "queue": "down"}
    assert time.monotonic() - began < 30  # the driver's own patience


def test_a_store_that_is_away_is_no_bug(dead):
    with pymongo.timeout(0.5):
        answer = dead.get("/api/v1/services")
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unreachable"
    assert answer.headers["Retry-After"] == "5"


def test_a_queue_that_is_away_is_no_bug(dead):
    answer = dead.post("/api/v1/session", json={"code": "x"})
    assert answer.status_code == 503


def test_the_figures_come_even_when_the_store_is_away(dead):
    with pymongo.timeout(0.5):
        answer = dead.get("/metrics")
    assert answer.status_code == 200
    assert "banshitong_requests_total" in answer.text


def figure(client, name, collection):
    lines = client.get("/metrics").text.splitlines()
    wanted = f'{name}{{collection="{collection}"}} '
    return float(next(line for line in lines if line.startswith(wanted)).removeprefix(wanted))


def test_requests_and_owed_promises_are_counted(alone):
    client = alone.client()
    client.get("/healthz")
    page = client.get("/metrics").text
    assert 'banshitong_requests_total{method="GET",route="/healthz",status="200"}' in page
    assert figure(client, "banshitong_promises_stuck", "cases") == 0
    owed = outbox.promise("case.closed") | {"stuck": True}
    late = {"_id": "late", "stuck": True} | outbox.pledged(owed)
    alone.db["tickets"].insert_one(late)
    assert figure(client, "banshitong_promises_stuck", "tickets") == 1
    assert figure(client, "banshitong_promises_late_seconds", "tickets") >= 0
    alone.db["tickets"].delete_one({"_id": "late"})


def test_what_is_wrong_and_what_is_shut_is_told(alone):
    appid = alone.runtime.settings.wechat_oa_appid
    valves = alone.runtime.wechat.oa.valves
    valves.failed(appid, SEND, "slow", Unreachable("wechat"))
    valves.failed(appid, "token", "token", Unreachable("wechat"))
    page = alone.client().get("/metrics").text
    valves.reopen(f"{appid} {SEND}")
    valves.reopen(f"{appid} token")
    assert f'banshitong_valve_closed{{account="oa",endpoint="{SEND}",why="slow"}} 1.0' in page
    assert 'banshitong_token_breaker{account="oa"} 1.0' in page
    assert 'banshitong_token_breaker{account="mp"} 0.0' in page
    assert 'banshitong_alarms{kind="wechat_token"} 1.0' in page
    assert 'banshitong_messages{state="waiting"} 0.0' in page


SEVERAL = """
from app.wsgi import application
client = application.test_client()
client.get("/healthz")
print(client.get("/metrics").text)
"""


def test_several_processes_are_counted_together(alone, tmp_path):
    more = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(demo.ROOT)}
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    for count in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL],
            env=alone.environment | more | passed,
            capture_output=True,
            check=True,
            text=True,
            cwd=demo.ROOT,
        )
        route = 'banshitong_requests_total{method="GET",route="/healthz",status="200"}'
        assert f"{route} {count}.0" in done.stdout


def test_a_process_with_broken_settings_says_what_is_wrong(alone):
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    broken = alone.environment | passed | {"PUBLIC_URL": "", "PYTHONPATH": str(demo.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", "import app.wsgi"],
        env=broken,
        capture_output=True,
        check=False,
        text=True,
        cwd=demo.ROOT,
    )
    assert done.returncode == 1
    assert "PUBLIC_URL: missing" in done.stderr
    assert "Traceback" not in done.stderr
