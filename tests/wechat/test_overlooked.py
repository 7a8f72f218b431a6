"""A push whose every delivery failed is answered all the same, a little later, and once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from app import jobs
from app.wechat import trail
from base import clock
from feedback import rules
from handlers import talking, unsaid
from handlers.exchange import Text
from handlers.table import Row
from people import residents
from tests import keeping
from tests.handlers.test_dialogues import PNG
from tests.people.crashing import Crash, Crashing
from tests.wechat.test_pushes import SAY, event, knock, opened, text

LATER = 21
MEDIA = "/cgi-bin/media/get"


def dies_at(app, runtime, fields, after):
    """Deliver a push to a worker that is killed before its n-th write."""
    whole = app.extensions["runtime"]
    broken = replace(whole, db=Crashing(whole.db, after))
    app.extensions["runtime"] = broken
    try:
        with pytest.raises(Crash):
            knock(app, fields)
    finally:
        app.extensions["runtime"] = whole


def test_words_that_no_delivery_could_answer_are_answered_later(app, runtime, platform):
    platform.answers[SAY] = {"errcode": 0}
    dies_at(app, runtime, text("咨询"), 1)
    keeping.all_due(runtime)
    assert not platform.asked[SAY]
    clock.move(runtime.db, LATER)
    keeping.all_due(runtime)
    keeping.all_due(runtime)
    ((_, _, said),) = [each for each in platform.bodies if each[0] == SAY]
    assert "想咨询什么" in said["text"]["content"]


@pytest.mark.parametrize("where", ["request", "worker"])
def test_whoever_could_not_be_handed_over_in_time_is_asked_to_call_again(
    app, runtime, platform, where
):
    platform.answers[SAY] = {"errcode": 0}
    desk = replace(rules.talk(), desk="wechat")
    county = replace(runtime, answers={"转接": Row(partial(talking.start, desk=desk), where)})
    app.extensions["runtime"] = county
    if where == "request":
        dies_at(app, county, text("转接"), 1)
        clock.move(runtime.db, LATER)
    else:
        knock(app, text("转接"))
    keeping.all_due(county)

    ((_, _, said),) = [each for each in platform.bodies if each[0] == SAY]
    assert "请再回复一次“人工”" in said["text"]["content"]


@pytest.mark.parametrize("reads", [False, True])
def test_what_a_bug_left_unanswered_is_answered_once_it_is_mended(app, runtime, platform, reads):
    def broken(_context):
        raise RuntimeError

    platform.answers[SAY] = {"errcode": 0}
    app.extensions["runtime"] = replace(runtime, answers={"天气": Row(broken, "request", reads)})
    assert knock(app, text("天气")).data == b"success"
    fine = Row(lambda _: Text(words="今天晴"), "request", reads)
    mended = replace(runtime, answers={"天气": fine})
    clock.move(runtime.db, LATER)
    keeping.all_due(mended)
    ((_, _, said),) = [each for each in platform.bodies if each[0] == SAY]
    assert said["text"]["content"] == "今天晴"


def test_a_leaving_that_no_delivery_could_note_is_noted_later(app, runtime):
    knock(app, event("subscribe"))
    keeping.all_due(runtime)
    clock.move(runtime.db, 60)
    dies_at(app, runtime, event("unsubscribe"), 1)
    clock.move(runtime.db, 60 + LATER)
    keeping.all_due(runtime)
    assert residents.by_account(runtime.db, "oa", "alice") is None


def test_what_somebody_said_is_emptied_once_she_leaves(app, runtime, db, platform):
    platform.answers[SAY] = {"errcode": 0}
    knock(app, text("咨询", id="0"))
    knock(app, text("电话 13900000000", id="1"))
    knock(app, text("咨询", id="2", sender="bob"))
    clock.move(db, 60)
    knock(app, event("unsubscribe"))
    keeping.all_due(runtime)

    rows = list(db.pushes.find().sort("at", 1))
    assert [bool(row["body"]) for row in rows] == [False, False, True, False]
    assert [("who" in row) for row in rows] == [False, False, True, False]
    assert not any(row["outbox"] for row in rows)
    assert knock(app, text("电话 13900000000", id="1")).data == b"success"


def test_what_is_owed_for_a_push_is_waited_for_before_it_is_emptied(app, runtime, db):
    knock(app, text("咨询"))
    late = {"id": "p1", "effect": "push.answer", "data": {}, "attempts": 0}
    late["due"] = clock.now() + timedelta(minutes=5)
    db.pushes.update_one({}, {"$set": {"outbox": {"p1": late}, "due": late["due"]}})
    clock.move(db, 60)
    knock(app, event("unsubscribe"))
    keeping.all_due(runtime)
    assert all(row["body"] for row in db.pushes.find())
    clock.move(db, 900)
    keeping.all_due(runtime)
    assert not any(row["body"] for row in db.pushes.find())


def test_a_leaving_that_comes_after_the_return_forgets_nothing(app, runtime, db):
    gone = event("unsubscribe")
    clock.move(db, 60)
    knock(app, event("subscribe"))
    knock(app, text("投诉"))
    knock(app, gone)
    assert db.dialogues.count_documents({}) == 1
    assert all(row["body"] for row in db.pushes.find())


def test_a_push_that_was_answered_owes_nothing_and_rings_nobody(app, db, redis):
    knock(app, text("咨询"))
    row = db.pushes.find_one({})
    assert (row["outbox"], "due" in row) == ({}, False)
    assert not redis.keys("rq:*")


def test_an_answer_sent_as_customer_service_is_sent_once(app, runtime, platform):
    platform.answers[SAY] = {"errcode": 0}
    knock(app, text("帮助"), account="mp")
    (row,) = runtime.db.pushes.find({})
    for _ in range(2):
        jobs.EFFECTS["push.answer"](runtime, row["_id"])
    assert platform.asked[SAY] == 1


def test_answering_late_what_was_answered_meanwhile_changes_nothing(app, runtime, db):
    knock(app, text("咨询"))
    before = db.pushes.find_one({})
    jobs.EFFECTS["push.overlooked"](runtime, before["_id"])
    jobs.EFFECTS["push.overlooked"](runtime, "forgotten by now")
    assert db.pushes.find_one({}) == before


def test_a_promise_made_by_the_answer_is_kept_at_once(app, runtime, db):
    clock.move(db, timedelta(hours=1).total_seconds())
    knock(app, event("subscribe"))
    row = db.pushes.find_one({})
    (owed,) = row["outbox"].values()
    assert owed["effect"] == "follower.link"
    assert row["due"] == owed["due"] <= clock.now()


def test_a_question_killed_anywhere_is_one_ticket_and_is_answered_once(app, runtime, platform):
    """Its first write finds the conversation under way and changes nothing."""
    platform.answers[SAY] = {"errcode": 0}
    for after in range(2, 20):
        platform.bodies.clear()
        knock(app, text("咨询", f"a{after}", f"user{after}"))
        told = text("几点开门", f"b{after}", f"user{after}")
        try:
            dies_at(app, runtime, told, after)
        except pytest.fail.Exception:
            break
        clock.move(runtime.db, LATER * after)
        keeping.all_due(runtime)
        assert runtime.db.tickets.count_documents({}) == after - 1
        assert len([each for each in platform.bodies if each[0] == SAY]) == 1
    assert after > 3


def test_a_photo_killed_anywhere_is_fetched_though_another_came_meanwhile(app, runtime, platform):
    platform.answers |= {SAY: {"errcode": 0}, MEDIA: PNG}
    for after in range(1, 20):
        sender = f"user{after}"
        knock(app, text("人工", f"a{after}", sender))
        seen = [text("", f"{n}{after}", sender) | {"MsgType": "image"} for n in "bc"]
        first, second = ({**each, "MediaId": each["MsgId"]} for each in seen)
        try:
            dies_at(app, runtime, first, after)
        except pytest.fail.Exception:
            break
        knock(app, second)
        clock.move(runtime.db, LATER * after)
        keeping.all_due(runtime)
        talk = runtime.db.talks.find_one({"openid": sender})
        assert ["file" in each for each in talk["lines"].values()] == [True, True]
    assert after > 3


def test_a_question_answered_is_known_by_its_repeats_even_after_the_leaving(app, db):
    told = text("电话 13900000000", id="1")
    first = opened(knock(app, told))
    assert opened(knock(app, told))["Content"] == first["Content"]
    clock.move(db, 1)
    knock(app, event("unsubscribe"))

    assert knock(app, told).data == b"success"
    ((kept,),) = [row["lately"] for row in db.dialogues.find()]
    assert (kept["body"], kept["reply"]) == ("", "")


def test_a_question_met_by_a_conversation_after_its_answer_keeps_the_answer(app, db):
    told = text("护照", id="1")
    first = opened(knock(app, told))["Content"]
    knock(app, text("咨询", id="2"))

    assert opened(knock(app, told))["Content"] == first
    assert db.tickets.count_documents({}) == 0


def test_words_left_unsaid_are_shown_by_the_next_answer_though_its_chat_was_idle(app, runtime, db):
    knock(app, text("护照", id="1"))
    unsaid.keep(db, "oa:alice", "x", "昨天的话", clock.now())

    told = text("护照", id="2")
    assert "昨天的话" in opened(knock(app, told))["Content"]
    assert "昨天的话" in opened(knock(app, told))["Content"]
    assert "昨天的话" not in opened(knock(app, text("护照", id="3")))["Content"]


def test_who_left_and_came_back_has_a_story_without_what_was_forgotten(app, runtime, db):
    knock(app, text("护照", id="1"))
    clock.move(db, 1)
    knock(app, event("unsubscribe"))
    clock.move(db, 2)
    knock(app, event("subscribe"))
    knock(app, text("身份证", id="2"))

    told = trail.lines(runtime, "oa", "alice", clock.now())
    assert [each["said"] for each in told] == ["身份证"]


def test_a_message_that_met_a_conversation_is_met_so_by_its_repeats_when_that_is_over(app, db):
    knock(app, text("咨询", id="1"))
    clock.move(db, 1790)
    told = text("护照", id="2")
    db.dialogues.update_one({}, {"$set": {"until": clock.now()}})
    first = opened(knock(app, told))["Content"]
    clock.move(db, 1805)

    assert opened(knock(app, told))["Content"] == first
    assert db.pushes.count_documents({}) == 2
    assert not [row for row in db.dialogues.find() if row.get("lately")]
