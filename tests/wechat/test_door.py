"""The door answers pushes as the framework would, and what an answer costs the store."""

import time
from dataclasses import replace

import pymongo
import pytest
from pymongo import monitoring

from app import create_app, jobs
from app.wechat import body, frame
from catalogue import load
from handlers.exchange import Text
from handlers.table import Row
from script import demo
from script.pushes import Account
from script.pushes import text as told
from tests.journey.platform import eventually

from .test_pushes import knock, opened, text


def account(alone):
    names = ("APPID", "TOKEN", "AES_KEY")
    return Account("/wechat/oa", *(alone.environment[f"WECHAT_OA_{name}"] for name in names))


def push(client, raw, **headers):
    head, _, sent = raw.partition(b"\r\n\r\n")
    return client.post(head.split(b" ")[1].decode(), data=sent, headers=headers)


def say(alone, words, client=None, **headers):
    raw = account(alone).push(told("door", words, str(time.time_ns())))
    return push(client or alone.client(), raw, **headers)


def test_a_push_is_answered_with_closed_headers_and_its_id(alone):
    answer = say(alone, "帮助", **{"X-Request-ID": "proxy-given-id"})

    outer = body.parse(answer.data, "xml")
    inner = frame.decipher(outer["Encrypt"], account(alone).aes_key, account(alone).appid)
    assert "您可以这样问我" in inner.decode()
    assert answer.headers["X-Request-ID"] == "proxy-given-id"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_push_is_counted(alone):
    say(alone, "帮助")
    metrics = alone.client().get("/metrics").text

    assert 'route="/wechat/<any(oa, mp):account>",status="200"' in metrics


def test_what_is_refused_is_refused_in_the_one_shape(alone):
    raw = account(alone).push(told("door", "帮助", "1"), signature="0" * 40)
    answer = push(alone.client(), raw)

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forged_push")
    assert answer.headers["X-Request-ID"] == answer.json["error"]["request"]


def failing(_context):
    raise RuntimeError("a bug")


@pytest.mark.parametrize("reads", [False, True])
def test_a_bug_in_an_answer_is_met_with_success_and_the_message_is_kept(alone, reads):
    client = create_app(
        replace(alone.runtime, answers={"坏": Row(failing, "request", reads)})
    ).test_client()
    answer = say(alone, "坏", client)

    assert (answer.status_code, answer.data) == (200, b"success")
    (row,) = alone.db["pushes"].find({"reply": {"$exists": False}})
    assert [each["effect"] for each in row["outbox"].values()] == ["push.overlooked"]
    alone.db["pushes"].delete_many({})


def test_what_a_worker_is_to_answer_rings_for_one(alone, redis):
    rows = {"慢": Row(lambda _: Text(words="好"), "worker")}
    client = create_app(replace(alone.runtime, redis=redis, answers=rows)).test_client()

    assert say(alone, "慢", client).data == b"success"
    eventually(lambda: jobs.bell(redis).count == 1)
    alone.db["pushes"].delete_many({})


def test_other_methods_and_addresses_go_inside(alone):
    assert alone.client().put("/wechat/oa").status_code == 405
    assert alone.client().get("/wechat/oa").status_code == 403
    assert alone.client().post("/wechat/tv").status_code == 404


class Counted(monitoring.CommandListener):
    """The names of the commands a client sends."""

    def __init__(self):
        self.names = []

    def started(self, event):
        self.names.append(event.command_name)

    def succeeded(self, event): ...

    def failed(self, event): ...


@pytest.fixture
def counted(app, runtime, store_uri):
    """The commands that answering costs, once the catalogue is in memory."""
    load.everything(runtime.db, demo.ROOT / "config")
    knock(app, text("护照", id="warm"))
    listener = Counted()
    client = pymongo.MongoClient(store_uri(), tz_aware=True, event_listeners=[listener])
    app.extensions["runtime"] = replace(runtime, db=client[runtime.db.name])
    knock(app, text("护照", id="warmer"))
    listener.names.clear()
    yield listener.names
    client.close()


def test_a_search_is_answered_with_one_command(app, counted):
    assert "【" in opened(knock(app, text("补办身份证", id="1")))["Content"]
    assert counted == ["update"]


def test_a_step_of_a_conversation_costs_what_it_writes(app, counted):
    knock(app, text("咨询", id="1"))
    assert counted == ["insert", "find", "update", "update"]
