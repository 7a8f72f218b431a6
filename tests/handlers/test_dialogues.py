"""Conversations of several messages end in one ticket, and there is a way out at each step."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base import clock
from feedback import tickets
from feedback.enclosing import enclose
from handlers.exchange import Reply
from people import residents
from tests.people.crashing import Crash, Crashing


def filed(db, openid="alice"):
    resident = residents.by_account(db, "oa", openid)
    return tickets.of(db, resident.id) if resident else []


def content(db, ticket):
    return tickets.read(db, ticket.number, f"resident:{ticket.resident}", "test")


def test_a_question_becomes_a_consultation(db, write):
    assert "想咨询什么" in write("咨询").words
    reply = write("社保卡丢了怎么补办？")

    (ticket,) = filed(db)
    assert (ticket.kind, ticket.channel) == ("consultation", "chat")
    assert content(db, ticket).text == "社保卡丢了怎么补办？"
    assert ticket.spoken in reply.words
    assert f"{ticket.due_day.month}月{ticket.due_day.day}日前" in reply.words


def test_a_picture_is_no_question(db, write):
    write("咨询")

    assert "用文字或语音" in write(MsgType="image", MediaId="p").words
    assert "收到了" in write("那就写字：几点开门？").words
    assert len(filed(db)) == 1


def test_words_photos_and_a_place_become_one_complaint(db, write):
    write("投诉")
    assert "照片" in write("路灯坏了三天").words
    assert "第1张" in write(MsgType="image", MediaId="p1").words
    assert "补充记下了" in write("晚上很黑").words
    assert "第2张" in write(MsgType="image", MediaId="p2").words
    assert "哪里发生" in write("完成").words
    reply = write(MsgType="location", Location_X="31.1", Location_Y="119.2", Label="建平镇")

    (ticket,) = filed(db)
    told = content(db, ticket)
    assert (ticket.kind, told.text) == ("complaint", "路灯坏了三天\n晚上很黑")
    assert told.place == {"latitude": 31.1, "longitude": 119.2, "label": "建平镇"}
    assert [each["data"] for each in reply.after] == [
        {"ticket": ticket.number, "kind": "oa", "media_id": "p1"},
        {"ticket": ticket.number, "kind": "oa", "media_id": "p2"},
    ]


@pytest.mark.parametrize("again", [0, 1, 2])
def test_a_message_met_again_is_answered_as_before_and_moves_nothing(db, write, again):
    told = [("投诉", "m1"), ("路灯坏了", "m2"), ("晚上很黑", "m3")]
    said = [write(words, identity=identity).words for words, identity in told]
    before = db.dialogues.find_one({})

    assert write(told[again][0], identity=told[again][1]).words == said[again]
    assert db.dialogues.find_one({}) == before


def promised(reply):
    return [(each["effect"], each["data"]) for each in reply.after]


@pytest.mark.parametrize("step", [1, 4])
def test_what_a_message_promised_is_promised_again_after_later_ones(db, write, step):
    fields = [{"words": "投诉"}, {"words": "路灯坏了"}, {"MsgType": "image", "MediaId": "p1"}]
    fields += [{"words": "跳过"}, {"words": "跳过"}, {"words": "咨询"}]
    first = [promised(write(**each, identity=f"m{n:07}")) for n, each in enumerate(fields)]

    assert promised(write(**fields[step], identity=f"m{step:07}")) == first[step] != []
    assert len(filed(db)) == 1


def test_a_place_may_be_told_in_words_or_not_at_all(db, write):
    for ending in ("建平镇示例路1号", "跳过"):
        for words in ("投诉", "路灯坏了", "跳过", ending):
            write(words)

    texts = {content(db, each).text for each in filed(db)}
    assert texts == {"路灯坏了\n地点：建平镇示例路1号", "路灯坏了"}


def test_a_place_without_coordinates_keeps_its_name(db, write):
    for words in ("投诉", "路灯坏了", "跳过"):
        write(words)
    write(MsgType="location", Location_X="", Label="村口")

    assert content(db, filed(db)[0]).text == "路灯坏了\n地点：村口"


def test_each_step_asks_again_when_it_cannot_use_an_answer(db, write):
    write("投诉")
    assert "先用文字" in write(MsgType="video", MediaId="v").words
    assert "先用文字" in write("完成").words
    write("路灯坏了")
    assert "照片" in write(MsgType="video", MediaId="v").words
    write("没有")
    assert "发送位置" in write(MsgType="video", MediaId="v").words
    assert filed(db) == []


@pytest.mark.parametrize(
    "steps", [["投诉"], ["投诉", "路灯坏了"], ["投诉", "坏", "完成"], ["咨询"]]
)
def test_there_is_a_way_out_at_each_step(db, write, steps):
    for words in steps:
        write(words)

    assert "已取消" in write("取消").words
    assert filed(db) == []
    assert "还没有办过事" in write("我的办件").words


@pytest.mark.parametrize(("words", "minutes"), [("咨询", 31), ("投诉", 121)])
def test_a_conversation_is_forgotten_after_a_while(county, write, words, minutes):
    write(words)
    clock.move(county, timedelta(minutes=minutes).total_seconds())

    assert "没有办过事" in write("我的办件").words


def test_another_conversation_takes_the_place_of_the_first(db, write):
    write("投诉")
    write(MsgType="event", Event="CLICK", EventKey="ask")
    write("几点开门？")

    assert filed(db)[0].kind == "consultation"


def test_two_residents_do_not_hear_each_other(db, write):
    write("投诉", openid="alice")
    write("咨询", openid="bob")
    write("几点开门？", openid="bob")

    assert (len(filed(db, "alice")), len(filed(db, "bob"))) == (0, 1)


def test_a_message_met_again_after_a_crash_changes_nothing(db, write):
    write("投诉", identity="begin-0001")
    write("投诉", identity="begin-0001")
    first = write("路灯坏了", identity="words-0001")
    again = write("路灯坏了", identity="words-0001")
    write("跳过")
    write("跳过", identity="place-0001")
    write("跳过", identity="place-0001")

    assert first.words == again.words
    assert [content(db, each).text for each in filed(db)] == ["路灯坏了"]


def test_too_long_a_question_is_refused_and_may_be_told_again(db, write):
    write("咨询")
    with pytest.raises(tickets.TicketInvalid):
        write("长" * 2001)
    write("短一点")

    assert len(filed(db)) == 1


def test_a_story_that_grows_too_long_is_filed_as_far_as_it_goes(db, write):
    write("投诉")
    assert "太长" in write("长" * 2001).words
    heard = [write(sign * 700).words for sign in "天地人和"]
    for count in range(5):
        write(MsgType="image", MediaId=f"p{count}")
    assert ["写不下了" in each for each in heard] == [False, False, True, True]
    assert "补充记下了" in write("路灯" * 100).words
    write("完成")
    reply = write("建平镇" * 100)

    (ticket,) = filed(db)
    story = ["天" * 700, "地" * 700, "路灯" * 100, "地点：" + ("建平镇" * 100)[:200]]
    assert content(db, ticket).text == "\n".join(story)
    assert len(reply.after) == 5


def test_signs_nobody_can_see_are_no_story(db, write):
    write("投诉")
    assert "先用文字" in write("\u200b\u2060").words
    write("路灯坏了")
    assert "照片" in write("\u200b").words
    write("跳过")
    assert "发送位置" in write("\u200b").words
    write("跳过")

    assert content(db, filed(db)[0]).text == "路灯坏了"


def test_done_is_not_the_name_of_a_place(db, write):
    for words in ("投诉", "路灯坏了", "跳过"):
        write(words)

    assert "哪里发生" in write("完成").words
    assert filed(db) == []


def test_what_is_told_is_sealed(db, write):
    write("投诉")
    write("路灯坏了三天")

    assert "路灯" not in str(list(db.dialogues.find({})))


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f00050001ff89993d1d0000000049454e44ae426082"
)


def test_a_photo_is_enclosed_once_and_never_beyond_the_limit(db, write):
    for words in ("投诉", "路灯坏了", "跳过", "跳过"):
        write(words)
    number = filed(db)[0].number

    for media in ("p0", "p0", *(f"p{count}" for count in range(1, 9))):
        assert enclose(db, number, media, "photo", PNG)

    assert not enclose(db, number, "p9", "photo", PNG)
    assert len(filed(db)[0].files) == 9


SAID = st.sampled_from(
    ["投诉", "咨询", "路灯坏了", "完成", "跳过", "取消", "我的办件", "", "x" * 700]
)
KIND = st.sampled_from(["text", "voice", "image", "location", "video", "event"])


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(KIND, SAID), max_size=7))
def test_whatever_is_sent_is_answered_and_cancelling_ends_it(write, db, sent):
    for kind, words in sent:
        fields = {"MediaId": "m", "Location_X": "31", "Location_Y": "119", "EventKey": "complain"}
        assert isinstance(write(words, MsgType=kind, Event="CLICK", **fields), Reply)
    write("取消")

    assert "没有办过事" in write("我的办件").words


def test_no_words_of_a_question_are_lost_when_an_answer_to_the_first_was_lost(db, write):
    write("咨询")
    with pytest.raises(Crash):
        write("几点开门？", store=Crashing(db, 2))
    write("社保卡丢了怎么补办？")

    assert "社保卡丢了怎么补办？" in {content(db, each).text for each in filed(db)}
