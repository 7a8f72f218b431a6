"""Talking to a human in the chat: the story goes along, words reach the operator, one way out."""

from datetime import UTC, datetime, timedelta

import pytest

from base import clock
from feedback import talks
from feedback.rules import Desk
from handlers import talking
from handlers.exchange import Silence, Transfer
from people import residents
from people.operators import Operator

from .conftest import context, told

ZHAO = Operator("zhao", "赵敏", ("clerk",), "civil_affairs")
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def talk_id():
    return talks.id_of("oa:alice")


def at(db, moment):
    clock.move(db, 0)
    clock.move(db, (moment - clock.now()).total_seconds())


@pytest.fixture
def office(county):
    """The county on a Monday morning."""
    at(county, MONDAY)
    return county


def said(db):
    return [each.words for each in talks.read(db, talk_id(), ZHAO, "")[0]]


def test_who_asks_for_a_human_waits_in_a_talk(office, write):
    assert "已经转给工作人员" in write("人工").words
    assert "已记下" in write("我的社保卡一直没有寄到").words

    (talk,) = talks.running(office)
    assert (talk.owner, talk.resident) == (None, residents.by_account(office, "oa", "alice").id)
    assert said(office) == ["我的社保卡一直没有寄到"]


def test_a_county_with_wechats_own_client_hands_over(office):
    message = told("人工", "alice", "", {})
    reply = talking.start(context(office, message), Desk("wechat", "", 120, 600, 200))

    assert isinstance(reply, Transfer)
    assert talks.running(office) == []


def test_a_desk_without_hours_is_always_open(county):
    at(county, SUNDAY)
    for place in ("", "nowhere"):
        message = told("人工", f"at-{place}", "", {})
        reply = talking.start(context(county, message), Desk("console", place, 120, 600, 200))
        assert "已经转给工作人员" in reply.words


def test_the_queue_is_told_to_whoever_joins_it(office, write):
    write("人工", openid="bob")
    clock.move(office, (MONDAY - datetime.now(UTC)).total_seconds() + 60)

    assert "前面还有1位" in write("人工").words


def test_once_an_operator_is_there_nothing_talks_in_between(office, write):
    write("人工")
    talks.take(office, talk_id(), ZHAO)

    assert isinstance(write("我的办件"), Silence)
    assert "工作人员已经在这里了" in write("人工").words
    assert said(office) == ["我的办件"]


def test_photos_places_and_speech_go_to_the_operator(office, write):
    write("人工")
    photo = write(MsgType="image", MediaId="p1", identity="the-photo")
    write(MsgType="location", Location_X="31.1", Location_Y="119.1", Label="十字镇")
    write(MsgType="voice", Recognition="您好在吗", MediaId="v")
    write(MsgType="voice", MediaId="v")

    told = {"talk": talk_id(), "key": "the-photo", "media_id": "p1"}
    assert [each["data"] for each in photo.after] == [told]
    assert said(office) == [
        "（照片）",
        "（位置）十字镇",
        "您好在吗",
        "（一段语音，没有识别出文字）",
    ]


def test_the_way_out_is_one_word(office, write):
    write("人工")
    assert "对话结束了" in write("结束").words

    assert talks.get(office, talk_id()).ended_by.startswith("resident:")
    assert "还没有办过事" in write("我的办件").words


def test_giving_up_is_ordinary_speech_to_a_human(office, write):
    write("人工")
    write("算了，不办了")
    write("取消")

    assert said(office) == ["算了，不办了", "取消"]


def test_a_talk_the_operator_has_ended_takes_no_more(office, write):
    write("人工")
    talks.close(office, talk_id(), ZHAO)

    assert "【" in write("换身份证").words
    assert said(office) == [
        "工作人员结束了这次对话。还有问题，随时回复“人工”；想评价或者投诉，回复“投诉”。"
    ]


def test_what_she_was_doing_goes_along(office, write):
    write("投诉")
    write("窗口一直没有人")
    write("人工")

    _, told = talks.read(office, talk_id(), ZHAO, "")
    assert told["doing"] == {"topic": "complain", "words": ["窗口一直没有人"]}


def test_the_photos_of_what_she_was_doing_go_along_once(office, write):
    write("投诉")
    write("窗口一直没有人")
    for id in ("p1", "p2"):
        write(MsgType="image", MediaId=id)
    first, again = (write("人工", identity="the-same") for _ in range(2))

    promised = [each["data"] for each in first.after]
    assert promised == [{"talk": talk_id(), "key": id, "media_id": id} for id in ("p1", "p2")]
    assert [each["data"] for each in again.after] == promised
    assert said(office) == ["（照片）"] * 2


def test_out_of_hours_a_question_is_taken_down(county, write):
    at(county, SUNDAY)

    reply = write("人工")
    assert "11月23日08:30上班" in reply.words
    assert "咨询我们收到了" in write("社保卡丢了怎么办").words
    assert talks.running(county) == []


def test_an_emergency_in_a_talk_is_told_whom_to_call(office, write):
    write("人工")
    talks.take(office, talk_id(), ZHAO)

    assert write("有人晕倒了").words.startswith("如有人生命危险")


def test_a_message_met_twice_is_one_line(office, write):
    write("人工")
    for _ in range(2):
        write("在吗", identity="the-same")

    assert said(office) == ["在吗"]


def test_a_photo_met_again_is_promised_again_also_when_the_talk_has_ended(office, write):
    write("人工")
    photos = [{"MsgType": "image", "MediaId": f"p{n}", "identity": f"photo-{n}"} for n in "12"]
    first, _ = [write(**each) for each in photos]
    talks.close(office, talk_id(), ZHAO)
    again = write(**photos[0])

    assert [each["data"]["media_id"] for each in again.after] == ["p1"]
    assert again.words == first.words
    assert said(office)[:2] == ["（照片）"] * 2


def test_an_end_met_again_does_not_end_the_next_talk(office, write):
    write("人工")
    write("结束", identity="the-end-1")
    write("人工")
    write("结束", identity="the-end-1")

    assert [each.id for each in talks.running(office)] == [talk_id()]


def test_who_leaves_takes_the_talk_along(office, write):
    write("人工")
    write(MsgType="event", Event="unsubscribe")

    assert talks.running(office) == []


def test_a_talk_outlasts_half_an_hour_of_silence(office, write):
    write("人工")
    at(office, MONDAY + timedelta(minutes=90))
    write("还在吗")

    assert said(office) == ["还在吗"]
