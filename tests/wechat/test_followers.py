"""Who follows is known though no push told us: the platform is asked when she comes."""

from datetime import UTC, datetime

import pytest

from app import sending
from base import clock
from people import residents
from people.residents import Account
from tests import keeping
from tests.wechat.telling import NOTICE, TEMPLATE, progress, tell, told
from tests.wechat.test_pushes import event, knock, text
from tracking import subscriptions

USER = "/cgi-bin/user/info"
SINCE = 1767225600
FOLLOWS = {"subscribe": 1, "subscribe_time": SINCE}
CASES = event("CLICK", EventKey="my_cases")


def account(db, openid="alice"):
    return db.accounts.find_one({"_id": f"oa:{openid}"})


@pytest.mark.parametrize("push", [CASES, event("SCAN", EventKey="hall-3"), text("我的办件")])
def test_who_followed_before_we_heard_of_it_is_known_once_she_comes(
    app, runtime, platform, db, push
):
    twin = residents.arrive(db, Account("mp", "wxmp", "m1", "u1"))
    platform.answers[USER] = FOLLOWS | {"unionid": "u1"}
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    knock(app, push)
    keeping.all_due(runtime)

    assert residents.reach(db, twin.id).openids["oa"] == "alice"
    assert account(db)["followed"] == datetime.fromtimestamp(SINCE, UTC)
    sending.deliver(runtime, tell(db, twin))
    assert (told(db).state, told(db).channel) == ("sent", "oa")
    knock(app, push | ({"MsgId": "2"} if "MsgId" in push else {"CreateTime": SINCE}))
    keeping.all_due(runtime)
    assert platform.asked[USER] == 1


def test_a_search_asks_nobody(app, runtime, platform, db):
    knock(app, text("身份证"))
    keeping.all_due(runtime)
    assert platform.asked[USER] == db.accounts.count_documents({}) == 0


def test_who_only_visits_our_pages_stays_and_is_asked_about_once_at_a_time(
    app, runtime, platform, db
):
    platform.answers[USER] = {"subscribe": 0}
    for _ in range(2):
        residents.meet(db, Account("oa", "wxoa", "alice", "u1"))
    keeping.all_due(runtime)
    assert platform.asked[USER] == 1
    assert account(db)["following"] is False


def test_a_unionid_the_platform_did_not_have_is_asked_for_once_a_day(app, runtime, platform, db):
    platform.answers[USER] = FOLLOWS
    knock(app, event("subscribe"))
    keeping.all_due(runtime)
    for hour, asked in [(0, 1), (1, 1), (25, 2), (26, 2), (60, 2)]:
        clock.move(db, hour * 3600)
        knock(app, text("我的办件", id=str(hour)))
        keeping.all_due(runtime)
        assert platform.asked[USER] == asked
        if hour == 1:
            platform.answers[USER] = FOLLOWS | {"unionid": "u1"}
    assert residents.arrive(db, Account("mp", "wxmp", "m1", "u1")).id == account(db)["resident"]


@pytest.mark.parametrize("stays", [True, False])
def test_whom_a_message_finds_not_following_is_forgotten_if_she_has_left(
    app, runtime, platform, db, stays
):
    clock.move(db, -60)
    knock(app, event("subscribe"))
    knock(app, text("投诉"))
    clock.move(db, 0)
    platform.answers |= {USER: FOLLOWS, TEMPLATE: {"errcode": 43004}, NOTICE: {"errcode": 0}}
    keeping.all_due(runtime)
    subscriptions.credit(db, "alice", progress("biz"), source="popup", report="r1")
    if not stays:
        platform.answers[USER] = {"subscribe": 0}
    sending.deliver(runtime, tell(db, residents.by_account(db, "oa", "alice")))
    keeping.all_due(runtime)

    known = [db[name].count_documents({}) > 0 for name in ("accounts", "credits")]
    told = db.dialogues.count_documents({"state": {"$ne": None}}) > 0
    assert [*known, told] == [stays] * 3
    assert any(row["body"] for row in db.pushes.find()) == stays


def test_what_was_said_before_an_unheard_leaving_is_forgotten_though_she_has_come_back(
    app, runtime, platform, db
):
    clock.move(db, -60)
    platform.answers[USER] = FOLLOWS
    knock(app, event("subscribe"))
    keeping.all_due(runtime)
    clock.move(db, 0)
    who = Account("oa", "wxoa", "alice")
    assert residents.looked(db, who, None, clock.now())
    clock.move(db, 60)
    knock(app, event("subscribe", CreateTime=int(clock.now().timestamp())))
    keeping.all_due(runtime)

    assert [bool(row["body"]) for row in db.pushes.find().sort("at")] == [False, True]
    assert account(db)["following"]


def test_who_comes_back_while_we_ask_has_not_left(app, runtime, platform, db):
    residents.arrive(db, Account("oa", "wxoa", "alice", "u1"))
    residents.follow(db, "oa", "alice", at=datetime.fromtimestamp(SINCE, UTC))

    def answer(_params, _body):
        residents.follow(db, "oa", "alice", at=clock.now().replace(microsecond=0))
        return {"subscribe": 0}

    platform.answers[USER] = answer
    residents.look(db, account(db)["resident"], "alice")
    keeping.all_due(runtime)
    assert account(db)["following"]


def test_who_leaves_while_we_ask_is_not_made_anew(runtime, platform, db):
    residents.arrive(db, Account("oa", "wxoa", "alice"))

    def answer(_params, _body):
        residents.unfollow(db, "oa", "alice", clock.now())
        return FOLLOWS | {"unionid": "u1"}

    platform.answers[USER] = answer
    residents.look(db, account(db)["resident"], "alice")
    keeping.all_due(runtime)
    assert db.accounts.count_documents({}) == 0
