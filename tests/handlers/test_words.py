"""What a resident writes, and what she is answered."""

from datetime import UTC, datetime, timedelta

import pytest

from base import clock, numbers, texts
from base.outbox import Promise
from handlers import dialogue, guides, store
from handlers.exchange import Message, Silence, Text
from people import residents
from people.residents import Account

from .conftest import context, told


def test_a_service_is_found_in_plain_words(county, write):
    reply = write("孩子落户要带什么")

    assert "【" in reply.words
    assert "要带：" in reply.words
    assert "费用：不收费" in reply.words
    assert "https://county.example/h5/services/" in reply.words
    assert len(reply.words.encode()) <= 2048


def test_a_charged_service_says_what_it_costs(county, write):
    assert "元" in write("换身份证").words.split("费用：")[1].split("\n")[0]


def test_every_guide_fits_into_one_message(county, write):
    for name in ("护照", "营业执照", "食品经营许可", "不动产过户", "低保", "公租房", "驾照换证"):
        assert 0 < len(write(name).words.encode()) <= 2048


def test_unknown_words_are_met_with_a_helpful_menu(county, write):
    reply = write("今天天气怎么样呀呀呀")

    assert "没有找到和“今天天气怎么样呀呀呀”相关的事项" in reply.words
    assert "我的办件" in reply.words


@pytest.mark.parametrize("words", ["帮助", " 你好！", "？", "HELP"])
def test_help_is_given_however_it_is_asked_for(write, words):
    assert "您可以这样问我" in write(words).words


def test_speech_is_understood_as_words(write):
    heard = write(MsgType="voice", Recognition="帮助。", MediaId="v1")

    assert "您可以这样问我" in heard.words


def test_speech_without_words_is_asked_for_again(write):
    assert "没有听清" in write(MsgType="voice", MediaId="v1").words


@pytest.mark.parametrize("kind", ["video", "shortvideo", "link", "miniprogrampage"])
def test_what_we_cannot_use_is_met_kindly(write, kind):
    assert "收到了" in write(MsgType=kind).words


def test_a_picture_alone_is_shown_the_way_to_complain(write):
    assert "投诉" in write(MsgType="image", MediaId="p1").words


def test_kinds_and_events_nobody_knows_are_met_with_silence(write):
    assert isinstance(write(MsgType="hologram"), Silence)
    assert isinstance(write(MsgType="event", Event="debug_demo"), Silence)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("my_cases", "还没有办过事"),
        ("owed", "没有要交的费用"),
        ("near", "发给我"),
        ("gone", "您可以"),
    ],
)
def test_a_menu_button_answers_like_its_word(write, key, words):
    assert words in write(MsgType="event", Event="CLICK", EventKey=key).words


def test_an_emergency_is_told_first_whom_to_call(county, write):
    reply = write("我家着火了")

    assert reply.words.startswith("如有火情")


def test_a_case_number_nobody_knows_is_said_so(write):
    number = numbers.new()

    assert f"没有找到编号为{numbers.spoken(number)}的办件" in write(numbers.spoken(number)).words


def test_a_new_follower_is_greeted_and_known_by_her_scene(db, write):
    reply = write(MsgType="event", Event="subscribe", EventKey="qrscene_hall-3")

    assert "欢迎关注" in reply.words
    assert promised(reply)["effect"] == "follower.link"
    assert residents.by_account(db, "oa", "alice") is not None
    assert db.accounts.find_one({"_id": "oa:alice"})["scene"] == "hall-3"


def promised(reply: Text) -> Promise:
    (promise,) = reply.after
    return promise


def test_a_follower_who_scans_a_counter_is_welcomed_back(write):
    assert "欢迎回来" in write(MsgType="event", Event="SCAN", EventKey="hall-3").words


def test_who_leaves_is_forgotten(db, write):
    write(MsgType="event", Event="subscribe")
    write("投诉")
    write(MsgType="event", Event="LOCATION", Latitude="31.1", Longitude="119.1")
    write(MsgType="event", Event="unsubscribe")

    assert residents.by_account(db, "oa", "alice") is None
    assert db.dialogues.find_one({})["state"] is None
    assert db.whereabouts.count_documents({}) == 0


def test_the_nearest_points_answer_a_location(county, write):
    night = datetime(2026, 11, 23, 22, tzinfo=clock.SHANGHAI)
    clock.move(county, (night - datetime.now(UTC)).total_seconds())
    reply = write(MsgType="location", Location_X="31.1284", Location_Y="119.1846", Label="x")

    assert "郎溪县政务服务中心（约10米）" in reply.words
    assert reply.words.count("\n· ") == 3


def test_a_place_chosen_in_the_menu_answers_too(county, write):
    info = {"Location_X": "31.9", "Location_Y": "119.1846", "Label": "x"}
    reply = write(MsgType="event", Event="location_select", SendLocationInfo=info)

    assert "公里）" in reply.words


@pytest.mark.parametrize("x", ["", "far", "91", "nan", None])
def test_a_place_that_is_none_is_asked_for_again(write, x):
    assert "位置发给我" in write(MsgType="location", Location_X=x, Location_Y="119").words


def test_a_place_without_coordinates_is_asked_for_again(write):
    reply = write(MsgType="event", Event="location_select", SendLocationInfo="")

    assert "位置发给我" in reply.words


def test_without_service_points_nothing_is_near(db, write):
    reply = write(MsgType="location", Location_X="31.1", Location_Y="119.1")

    assert "没有找到办事点" in reply.words


def test_where_the_phone_was_lately_is_remembered_silently(county, write):
    seen = write(MsgType="event", Event="LOCATION", Latitude="31.1284", Longitude="119.1846")

    assert isinstance(seen, Silence)
    assert "郎溪县政务服务中心" in write("附近").words


def test_where_the_phone_was_is_forgotten_after_an_hour(county, write):
    write(MsgType="event", Event="LOCATION", Latitude="31.1284", Longitude="119.1846")
    write(MsgType="event", Event="LOCATION", Latitude="somewhere", Longitude="119.1846")
    clock.move(county, timedelta(hours=2).total_seconds())

    assert "位置发给我" in write("附近").words


def test_where_people_are_is_sealed(db, write):
    write(MsgType="event", Event="LOCATION", Latitude="31.1284", Longitude="119.1846")

    assert "31.1284" not in str(db.whereabouts.find_one({}))


def test_a_message_shows_nothing_when_printed():
    printed = Message(
        identity="i", account="oa", sender="o", recipient="g", kind="text", event="",
        created=1, fields={"Content": "secret", "odd": ["x"]},
    )  # fmt: skip

    assert "secret" not in repr(printed)
    assert printed.text("odd") == ""


def test_account_keys_are_those_of_people():
    assert Account("oa", "wx", "alice").key == "oa:alice"


def test_no_sentence_of_the_chat_shows_a_backslash():
    def sentences(table):
        for value in table.values():
            if isinstance(value, dict):
                yield from sentences(value)
            else:
                yield from [value] if isinstance(value, str) else value

    assert [each for each in sentences(texts.table("chat")) if "\\" in each] == []


def test_a_service_without_materials_or_unit_is_told_simply():
    fee = {"name": "工本费", "amount": 1050, "unit": ""}

    assert guides._line(fee) == "工本费 10.50元"
    assert guides._materials([]) == "不用带材料"


def test_messages_that_overtake_one_another_for_ever_are_refused(write, db):
    def overtake(_state):
        db.dialogues.update_one({"_id": "oa:alice"}, {"$inc": {"version": 1}})
        return Silence(), None

    write("投诉")
    with pytest.raises(dialogue.TooManyAtOnce):
        dialogue._turn(context(db, told("x", "alice", "", {})), overtake)


def test_two_first_messages_at_once_are_told_one_after_the_other(write, db):
    write("投诉")

    assert not store.keep(db, db.dialogues.find_one({}) | {"version": 1}, None)
