"""Pushes at the door: genuine ones are stored once and answered once, others leave no trace."""

import json
import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.wechat import body, envelope, followers, frame, inbox
from app.wechat.verdicts import Refused
from base import clock, outbox
from handlers import table
from handlers.exchange import Card, Transfer
from handlers.table import Row
from people import residents
from people.residents import Account
from tests.people.threads import at_once

from .conftest import KEYS

SAY = "/cgi-bin/message/custom/send"
TOKEN, KEY = KEYS["token"], KEYS["aes_key"]


def text(words, id="1", sender="alice"):
    return {
        "ToUserName": "gh_1",
        "FromUserName": sender,
        "CreateTime": int(clock.now().timestamp()),
        "MsgType": "text",
        "Content": words,
        "MsgId": id,
    }


def event(name, **more):
    told = text("", sender=more.pop("sender", "alice"))
    del told["Content"], told["MsgId"]
    return told | {"MsgType": "event", "Event": name} | more


def knock(app, fields, *, account="oa", appid=None, seconds=0, form=None):
    """Push as the platform does; the answer, opened if it is sealed."""
    form = form or ("json" if account == "mp" else "xml")
    encrypted = frame.encipher(body.write(fields, form), KEY, appid or f"wx{account}")
    stamp = str(int(clock.now().timestamp()) + seconds)
    raw = body.write({"ToUserName": "gh_1", "Encrypt": encrypted}, form)
    query = {"timestamp": stamp, "nonce": "n", "signature": frame.sign(TOKEN, stamp, "n")}
    query |= {"msg_signature": frame.sign(TOKEN, stamp, "n", encrypted), "encrypt_type": "aes"}
    return app.test_client().post(f"/wechat/{account}", query_string=query, data=raw.encode())


def opened(response):
    outer = body.parse(response.data, "xml")
    inner = frame.decipher(outer["Encrypt"], KEY, "wxoa")
    return body.parse(inner, "xml")


def test_the_platform_proves_our_address(app):
    stamp = str(int(clock.now().timestamp()))
    query = {"timestamp": stamp, "nonce": "n", "signature": frame.sign(TOKEN, stamp, "n")}
    client = app.test_client()

    assert client.get("/wechat/oa", query_string=query | {"echostr": "42"}).data == b"42"
    assert client.get("/wechat/oa", query_string={"echostr": "42"}).status_code == 403


def test_a_message_is_answered_sealed(app):
    response = knock(app, text("帮助"))

    assert response.status_code == 200
    assert response.content_type == "text/xml; charset=utf-8"
    answer = opened(response)
    assert (answer["ToUserName"], answer["FromUserName"]) == ("alice", "gh_1")
    assert "您可以这样问我" in answer["Content"]


def test_what_was_said_is_sealed_at_rest(app, db):
    knock(app, text("我的秘密"))

    row = str(db.pushes.find_one({}))
    assert "秘密" not in row
    assert "alice" not in row


def test_a_repeat_is_given_the_first_answer_and_does_nothing(app, db):
    knock(app, text("咨询"))
    first, second = (opened(knock(app, text("几点开门", id="2")))["Content"] for _ in range(2))

    assert first == second
    assert db.tickets.count_documents({}) == 1
    assert db.pushes.count_documents({}) == 2


def test_three_deliveries_at_once_are_answered_as_one(app, db):
    knock(app, text("投诉", id="1"))
    told = text("路灯坏了", id="2")
    met = at_once(*[lambda: knock(app, told)] * 3)
    answers = [opened(each)["Content"] for each in met if each.data != b"success"]

    assert answers
    assert set(answers) == {opened(knock(app, told))["Content"]}
    assert db.pushes.count_documents({}) == 2


def test_a_push_whose_worker_died_is_answered_again(app, db):
    told = text("咨询")
    knock(app, told)
    lost = {"$unset": {"reply": ""}, "$set": {"lease": clock.now() - timedelta(seconds=1)}}
    db.pushes.update_one({}, lost)

    assert "想咨询什么" in opened(knock(app, told))["Content"]
    assert "reply" in db.pushes.find_one({})


def test_a_push_still_worked_on_is_met_with_success_in_the_end(app, db):
    told = text("咨询")
    knock(app, told)
    db.pushes.update_one(
        {}, {"$unset": {"reply": ""}, "$set": {"lease": clock.now() + timedelta(seconds=60)}}
    )
    began = time.monotonic()

    assert knock(app, told).data == b"success"
    assert time.monotonic() - began < 30


def test_who_answers_second_gives_the_first_answer(runtime, settings):
    channel = envelope.channel(settings, "oa")
    fields = {key: str(value) for key, value in text("帮助").items()}
    message = envelope.message("oa", "wxoa", fields)
    first = inbox.receive(runtime, channel, message)
    context = inbox._context(runtime, message)

    assert inbox._answer(runtime, channel, context, table.find(message)) == first


@pytest.mark.parametrize("appid", ["wxmp", "wxffff"])
def test_a_push_sealed_for_another_account_leaves_no_trace(app, db, appid):
    response = knock(app, text("帮助"), appid=appid)

    assert (response.status_code, response.json["error"]["code"]) == (403, "forged_push")
    assert db.pushes.count_documents({}) == db.accounts.count_documents({}) == 0


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"<xml><MsgType>text</MsgType></xml>", 403, "wrong_mode"),
        (b"<xml><Encrypt>AAAA</Encrypt></xml>", 403, "forged_push"),
        (b"", 400, "unreadable_push"),
        (b"\xff\xfe\x00", 400, "unreadable_push"),
        (b"x" * (1024 * 1024 + 1), 413, "push_too_large"),
    ],
)
def test_bad_pushes_are_refused_in_the_one_shape(app, db, raw, status, code):
    response = app.test_client().post("/wechat/oa", data=raw)

    assert (response.status_code, response.json["error"]["code"]) == (status, code)
    assert db.pushes.count_documents({}) == 0


def test_a_body_without_a_length_is_read_no_further_than_the_limit(app):
    class Endless:
        def read(self, size=-1):
            return b"x" * size

    environ = EnvironBuilder("/wechat/oa", method="POST").get_environ()
    environ |= {"wsgi.input": Endless(), "wsgi.input_terminated": True}

    assert run_wsgi_app(app, environ)[1].startswith("413")


@pytest.mark.parametrize("seconds", [-901, 1000])
def test_an_old_push_is_refused(app, db, seconds):
    assert knock(app, text("帮助"), seconds=seconds).json["error"]["code"] == "stale_push"
    assert db.pushes.count_documents({}) == 0


def test_a_problem_is_told_in_words(app):
    knock(app, text("咨询", id="1"))

    answer = opened(knock(app, text("长" * 2001, id="2")))["Content"]
    assert "内容太长" in answer


def test_a_follower_is_linked_by_her_unionid_later(app, runtime, platform, db):
    knock(app, event("subscribe"))
    (held,) = outbox.take(db.pushes)
    (promise,) = held.promises
    platform.answers["/cgi-bin/user/info"] = {
        "subscribe": 1,
        "subscribe_time": 1767225600,
        "unionid": "u1",
    }
    followers.link(runtime, held.id, **promise["data"])

    assert promise["effect"] == "follower.link"
    twin = residents.arrive(db, Account("mp", "wxmp", "m1", "u1"))
    assert twin.id == residents.by_account(db, "oa", "alice").id


def test_who_left_before_being_linked_stays_away(runtime, platform, db):
    platform.answers["/cgi-bin/user/info"] = {
        "subscribe": 1,
        "subscribe_time": 1767225600,
        "unionid": "u1",
    }
    followers.link(runtime, "push", openid="alice")

    assert db.accounts.count_documents({}) == 0


@pytest.mark.parametrize(("code", "again"), [(40003, False), (-1, True)])
def test_whom_the_platform_does_not_know_is_not_asked_about_again(
    runtime, platform, db, code, again
):
    residents.arrive(db, Account("oa", "wxoa", "alice"))
    platform.answers["/cgi-bin/user/info"] = {"errcode": code}
    with pytest.raises(Refused) if again else nullcontext():
        followers.link(runtime, "push", openid="alice")


def test_a_mini_program_is_answered_as_customer_service(app, runtime, platform, db):
    platform.answers[SAY] = {"errcode": 0}
    response = knock(app, text("帮助"), account="mp")
    (held,) = outbox.take(db.pushes)
    inbox.perform(runtime, held.id)

    assert response.data == b"success"
    assert "您可以这样问我" in platform.bodies[-1][2]["text"]["content"]
    assert platform.bodies[-1][2]["touser"] == "alice"


def test_a_mini_programs_conversation_can_go_to_a_human(app):
    rows = {"转接": Row(lambda _: Transfer(), "request")}
    app.extensions["runtime"] = replace(app.extensions["runtime"], answers=rows)
    response = knock(app, text("转接"), account="mp")

    inner = frame.decipher(json.loads(response.data)["Encrypt"], KEY, "wxmp")
    assert json.loads(inner)["MsgType"] == "transfer_customer_service"
    assert response.content_type == "application/json"


@pytest.mark.parametrize(("code", "waits"), [(45015, False), (-1, True)])
def test_a_closed_window_ends_an_answer_and_an_outage_does_not(
    app, runtime, platform, db, code, waits
):
    platform.answers[SAY] = {"errcode": code}
    knock(app, text("帮助"), account="mp")
    id = db.pushes.find_one({})["_id"]
    if waits:
        with pytest.raises(Refused):
            inbox.perform(runtime, id)
    else:
        inbox.perform(runtime, id)

    assert platform.asked[SAY] == 1


def test_a_card_is_said_in_words_with_its_link():
    card = Card(title="题", words="说明", link="https://x.cn/")

    assert inbox._words(card) == "题\n说明\nhttps://x.cn/"


def test_a_promise_about_a_forgotten_push_is_kept_by_doing_nothing(runtime):
    inbox.perform(runtime, "gone")


def test_an_answer_that_is_silence_is_not_sent(app, runtime, platform, db):
    knock(app, event("debug_demo"), account="mp")
    inbox.perform(runtime, db.pushes.find_one({})["_id"])

    assert platform.asked[SAY] == 0
