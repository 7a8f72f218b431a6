"""What a worker answers is promised at once and said later, or shown at the next contact."""

from dataclasses import replace

import pytest

from base import clock
from handlers.exchange import Text
from handlers.table import Row
from people import residents
from tests import keeping

from .test_pushes import SAY, event, knock, opened, text

CLOSED = {"errcode": 45015}
CUT_OFF = (502, b"<html>")


@pytest.fixture
def asked(app, runtime):
    """A county whose answer to "天气" does not say where it is made; the contexts it was given."""
    given = []

    def weather(context):
        given.append(context)
        return Text(words="今天晴")

    rows = {"天气": Row(weather), "你是谁": Row(lambda _: Text(words="办事通"), "request")}
    app.extensions["runtime"] = replace(runtime, answers=rows)
    return given


def told(platform):
    return [body["text"]["content"] for path, _, body in platform.bodies if path == SAY]


def test_a_row_that_does_not_say_where_is_promised_to_a_worker(app, asked, db):
    assert knock(app, text("天气")).data == b"success"

    (row,) = db.pushes.find({})
    assert [each["effect"] for each in row["outbox"].values()] == ["push.worker"]
    assert "reply" not in row
    assert not asked


def test_a_worker_makes_the_answer_once_and_says_it(app, asked, platform):
    platform.answers[SAY] = {"errcode": 0}
    for _ in range(3):
        assert knock(app, text("天气")).data == b"success"
    keeping.all_due(app.extensions["runtime"])

    assert told(platform) == ["今天晴"]
    assert len(asked) == 1
    assert knock(app, text("天气")).data == b"success"


def test_words_of_a_conversation_are_the_conversations_whoever_else_knows_them(
    app, asked, platform, db
):
    platform.answers[SAY] = {"errcode": 0}
    knock(app, text("咨询", id="1"))
    knock(app, text("天气", id="2"))
    keeping.all_due(app.extensions["runtime"])

    assert not asked
    assert db.tickets.count_documents({}) == 1
    assert "收到了" in told(platform)[0]


def test_a_closed_window_keeps_the_words_for_the_next_contact_and_shows_them_once(
    app, asked, platform, db
):
    platform.answers[SAY] = CLOSED
    knock(app, text("天气", id="1"))
    keeping.all_due(app.extensions["runtime"])
    assert "今天晴" not in str(list(db.dialogues.find({})))

    first, again, later = (
        opened(knock(app, text("你是谁", id=id)))["Content"] for id in ("2", "2", "3")
    )
    assert first == again == "您上次问的，现在回复您：\n今天晴\n\n办事通"
    assert later == "办事通"


def test_what_was_left_unsaid_is_shown_in_a_tap_too_and_survives_a_conversation(
    app, asked, platform
):
    platform.answers[SAY] = CLOSED
    knock(app, text("咨询", id="1"))
    knock(app, text("天气", id="2"))
    keeping.all_due(app.extensions["runtime"])

    shown = opened(knock(app, event("CLICK", EventKey="complain")))["Content"]
    assert shown.startswith("您上次问的")
    assert "什么情况" in shown


def test_words_too_long_for_one_message_follow_in_their_own(app, runtime, platform):
    long = Text(words="长" * 600)
    rows = {"长": Row(lambda _: long, "worker"), "短": Row(lambda _: long, "request")}
    app.extensions["runtime"] = here = replace(runtime, answers=rows)
    platform.answers[SAY] = CLOSED
    knock(app, text("长", id="1"))
    keeping.all_due(here)
    platform.answers[SAY] = {"errcode": 0}
    platform.bodies.clear()

    assert opened(knock(app, text("短", id="2")))["Content"] == long.words
    keeping.all_due(here)
    assert told(platform) == [long.words]


def test_an_answer_longer_than_a_message_is_said_in_several(app, asked, platform, runtime):
    lines = [f"{number}：{'长' * 200}" for number in range(20)]
    long = Text(words="\n".join(lines), more="𠀀" * 1000)
    here = replace(runtime, answers={"长": Row(lambda _: long, "worker")})
    app.extensions["runtime"] = here
    platform.answers[SAY] = {"errcode": 0}
    knock(app, text("长"))
    keeping.all_due(here)

    assert max(len(each.encode()) for each in told(platform)) <= 2048
    assert "\n".join(told(platform)[:-2]).split("\n") == lines
    assert "".join(told(platform)[-2:]) == long.more


@pytest.mark.parametrize(("code", "shown"), [(45002, True), (45047, True), (40003, False)])
def test_whatever_is_refused_for_good_is_shown_at_the_next_contact(
    app, asked, platform, runtime, code, shown
):
    two = Text(words="今天晴", more="明天雨")
    here = replace(app.extensions["runtime"], answers={"天气": Row(lambda _: two, "worker")})
    app.extensions["runtime"] = here
    platform.answers[SAY] = {"errcode": code}
    knock(app, text("天气", id="1"))
    keeping.all_due(here)

    answer = opened(knock(app, text("帮助", id="2")))["Content"]
    assert ("今天晴\n明天雨" in answer) == shown


def test_of_two_answers_at_once_one_shows_what_was_left_unsaid(app, asked, platform, runtime):
    platform.answers[SAY] = CLOSED
    for id in ("1", "2"):
        knock(app, text("天气", id=id))
    keeping.all_due(app.extensions["runtime"])

    shown = opened(knock(app, text("你是谁", id="3")))["Content"]
    assert shown.count("今天晴") == 2
    assert opened(knock(app, text("你是谁", id="4")))["Content"] == "办事通"


def test_a_follower_who_only_asks_for_a_service_is_nobody_yet(app, db, asked):
    knock(app, text("你是谁"))

    assert residents.by_account(db, "oa", "alice") is None
    assert db.residents.count_documents({}) == 0


def test_an_answer_killed_before_it_is_said_is_said_later(app, asked, platform, runtime):
    knock(app, text("天气"))
    keeping.once(app.extensions["runtime"])
    clock.move(runtime.db, 60)
    platform.answers[SAY] = {"errcode": 0}
    keeping.all_due(app.extensions["runtime"])

    assert told(platform)[-1] == "今天晴"


@pytest.mark.parametrize("trouble", [CUT_OFF, {"errcode": -1}])
@pytest.mark.parametrize("cut", [1, 2])
def test_an_answer_that_may_have_been_heard_is_said_once_more_and_then_left_for_the_next_contact(
    app, asked, platform, runtime, trouble, cut
):
    here, lost = app.extensions["runtime"], [trouble] * cut
    platform.answers[SAY] = lambda *_: lost.pop() if lost else {"errcode": 0}
    knock(app, text("天气"))
    for seconds in (0, 20, 60, 3600, 7200):
        clock.move(runtime.db, seconds)
        keeping.all_due(here)
        assert platform.asked[SAY] == (1 if seconds < 30 else 2)

    assert runtime.db.pushes.find_one({})["outbox"] == {}
    answer = opened(knock(app, text("你是谁", id="2")))["Content"]
    assert ("今天晴" in answer) == (cut == 2)


def test_each_message_of_an_answer_is_in_doubt_by_itself(app, asked, platform, runtime):
    two = Text(words="今天晴", more="明天雨")
    here = replace(app.extensions["runtime"], answers={"天气": Row(lambda _: two, "worker")})
    app.extensions["runtime"] = here
    troubles = [CUT_OFF, None, CUT_OFF, None]
    platform.answers[SAY] = lambda *_: troubles.pop(0) or {"errcode": 0}
    knock(app, text("天气", id="1"))
    for seconds in (0, 40, 80, 120):
        clock.move(runtime.db, seconds)
        keeping.all_due(here)

    assert told(platform) == ["今天晴", "今天晴", "明天雨", "明天雨"]
    assert "您上次问的" not in opened(knock(app, text("帮助", id="2")))["Content"]
