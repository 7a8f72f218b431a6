"""Who has left is not made anew by what is told late, and where somebody was is not kept."""

from dataclasses import replace

import pytest

from base import clock, privacy
from handlers.exchange import Text
from handlers.table import Row
from people import residents
from tests import keeping
from tests.wechat.telling import progress
from tests.wechat.test_overlooked import LATER, dies_at
from tests.wechat.test_pushes import SAY, event, knock, opened, text

PLACES = {"Latitude": "31.1357", "Longitude": "119.1757", "Precision": "5"}
POINT = {"Location_X": "31.1357", "Location_Y": "119.1757"}


def test_a_follow_that_is_told_after_the_leaving_makes_nobody(app, runtime, db):
    came = event("subscribe", EventKey="qrscene_hall")
    clock.move(db, 60)
    knock(app, event("unsubscribe"))
    assert knock(app, came).data == b"success"
    keeping.all_due(runtime)
    assert db.accounts.count_documents({}) == 0
    assert db.residents.count_documents({}) == 0
    clock.move(db, 120)
    assert "欢迎" in opened(knock(app, event("subscribe")))["Content"]
    assert residents.by_account(db, "oa", "alice")


def test_what_a_worker_answers_after_the_leaving_makes_nobody(app, runtime, db):
    row = Row(lambda context: Text(words=context.resident.id), "worker")
    here = replace(runtime, answers={"我": row})
    app.extensions["runtime"] = here
    knock(app, text("人工", id="1"))
    knock(app, text("我", id="2", sender="bob"))
    knock(app, event("CLICK", EventKey="我"))
    clock.move(db, 60)
    for sender in ("alice", "bob"):
        knock(app, event("unsubscribe", sender=sender))
    for seconds in (60, 1000, 2000):
        clock.move(db, seconds)
        keeping.all_due(here)
    assert [db[name].count_documents({}) for name in ("accounts", "talks")] == [0] * 2
    assert not db.dialogues.count_documents({"state": {"$ne": None}})
    assert not any(row["body"] for row in db.pushes.find())


@pytest.mark.parametrize("returns", [False, True])
def test_who_has_left_is_not_answered_late_and_her_words_are_not_kept(
    app, runtime, db, platform, returns
):
    here = replace(runtime, answers={"天气": Row(lambda _: Text(words="晴"), "worker")})
    app.extensions["runtime"] = here
    platform.answers[SAY] = {"errcode": 45015}
    asked, begun = text("天气", id="1"), text("咨询", id="2")
    for seconds, name in [(60, "unsubscribe"), (62, "subscribe")][: 1 + returns]:
        clock.move(db, seconds)
        knock(app, event(name))
    keeping.all_due(here)
    knock(app, asked)
    dies_at(app, here, begun, 1)
    clock.move(db, 62 + LATER)
    keeping.all_due(here)
    begun = db.dialogues.count_documents({"state": {"$ne": None}})
    assert (platform.asked[SAY] > 0, begun) == (returns, returns)
    assert any(row["body"] for row in db.pushes.find()) == returns


@pytest.mark.parametrize(
    "told",
    [
        event("LOCATION", **PLACES),
        event("location_select", SendLocationInfo=POINT | {"Label": "x"}),
        text("", id="9") | {"MsgType": "location", "Label": "建平镇"} | POINT,
    ],
)
def test_where_somebody_was_is_not_kept_beyond_the_answer(app, runtime, db, told):
    first = knock(app, told)
    (row,) = db.pushes.find()
    kept = privacy.open_json(row["body"], "push.body")

    assert "31.1357" not in str(kept)
    assert kept["FromUserName"] == "alice"
    assert kept.get("Label") == told.get("Label")
    assert opened(knock(app, told)) == opened(first) if first.data != b"success" else True


def test_a_place_that_no_delivery_could_note_is_noted_later(app, runtime, db):
    dies_at(app, runtime, event("LOCATION", **PLACES), 1)
    clock.move(db, LATER)
    keeping.all_due(runtime)
    assert db.whereabouts.count_documents({}) == 1
    assert "31.1357" not in str(privacy.open_json(db.pushes.find_one()["body"], "push.body"))


@pytest.mark.parametrize("name", ["subscribe_msg_popup_event", "subscribe_msg_change_event"])
def test_a_choice_that_is_told_after_the_leaving_leaves_nothing(app, runtime, db, name):
    entry = {"TemplateId": progress("biz"), "SubscribeStatusString": "reject"}
    if "popup" in name:
        entry["SubscribeStatusString"] = "accept"
    shape = name.removesuffix("_event").title().replace("_", "") + "Event"
    chose = event(name, **{shape: {"List": entry}})
    knock(app, event("subscribe"))
    clock.move(db, 60)
    knock(app, event("unsubscribe"))
    keeping.all_due(runtime)
    knock(app, chose)
    assert db.credits.count_documents({}) == 0
    clock.move(db, 120)
    knock(app, chose | {"CreateTime": int(clock.now().timestamp())})
    assert db.credits.count_documents({}) == 1
