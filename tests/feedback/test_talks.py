"""A talk with a human: one per account, taken by one, each line once."""

from datetime import timedelta

import pytest

from base import ahead, clock
from feedback import rules, talks
from feedback.talks import id_of
from people import operators
from people.residents import Account

from .conftest import CLERK, POLICE, SUPERVISOR

ALICE = Account("oa", "wxoa", "alice")
TOLD = {"doing": None}


@pytest.fixture
def talk(db):
    return talks.open(db, ALICE, "resident-wang", "first", TOLD)


def hear(db, words="在吗", key="m1"):
    return talks.hear(db, ALICE.key, key, words)


def said(db, talk):
    return [(each.words, each.sent) for each in talks.read(db, talk.id, CLERK, "")[0]]


def promises(db, talk):
    row = db.talks.find_one({"_id": talk.id})
    return sorted(each["effect"] for each in row["outbox"].values())


def test_asking_twice_joins_the_same_talk(db, talk):
    again = talks.open(db, ALICE, "resident-wang", "second", TOLD)

    assert (again.number, again.opened) == (talk.number, talk.opened)
    assert promises(db, talk) == ["talk.story"]


def test_a_talk_opens_again_with_another_number(db, talk):
    hear(db)
    talks.close(db, talk.id, CLERK)
    talks.open(db, ALICE, "resident-wang", "first", TOLD)
    assert not talks.get(db, talk.id).is_open
    again = talks.open(db, ALICE, "resident-wang", "second", TOLD)

    assert again.is_open
    assert again.number != talk.number
    assert said(db, again)[0] == ("在吗", "")


def test_nothing_is_heard_without_a_talk(db):
    assert hear(db) is None
    assert not talks.leave(db, ALICE.key, "202611222497188", "resident:x")


def test_what_is_said_is_sealed(db, talk):
    hear(db, "我的秘密")

    assert "我的秘密" not in str(db.talks.find_one({}))


def test_a_reply_takes_the_talk_and_is_promised_once(db, talk):
    for _ in range(2):
        talks.reply(db, talk.id, CLERK, "r1", "您好")

    assert talks.get(db, talk.id).owner == CLERK.username
    assert said(db, talk) == [("您好", "waiting")]
    assert promises(db, talk) == ["talk.reply", "talk.story"]


def test_a_colleagues_talk_is_taken_over_knowingly(db, talk):
    talks.take(db, talk.id, CLERK)
    with pytest.raises(talks.TalkChanged):
        talks.reply(db, talk.id, POLICE, "r1", "我来")
    talks.take(db, talk.id, POLICE)

    assert talks.reply(db, talk.id, POLICE, "r1", "我来").owner == POLICE.username


def test_an_ended_talk_is_neither_taken_nor_answered(db, talk):
    assert talks.leave(db, ALICE.key, talk.number, "resident:resident-wang")
    for act in (
        lambda: talks.take(db, talk.id, CLERK),
        lambda: talks.reply(db, talk.id, CLERK, "r1", "您好"),
    ):
        with pytest.raises(talks.TalkEnded):
            act()


def test_who_may_only_look_does_not_answer(db, talk):
    for act in (
        lambda: talks.take(db, talk.id, SUPERVISOR),
        lambda: talks.reply(db, talk.id, SUPERVISOR, "r1", "您好"),
        lambda: talks.close(db, talk.id, SUPERVISOR),
    ):
        with pytest.raises(operators.NotAllowed):
            act()
    assert talks.read(db, talk.id, SUPERVISOR, "")[0] == []


def test_a_reply_longer_than_wechat_takes_is_refused(db, talk):
    with pytest.raises(talks.TicketInvalid):
        talks.reply(db, talk.id, CLERK, "r1", "长" * 601)


def test_five_replies_are_all_the_platform_allows_until_she_speaks(db, talk):
    hear(db)
    left = [talks.reply(db, talk.id, CLERK, f"r{n}", "好").left for n in range(6)]
    assert left == [4, 3, 2, 1, 0, 0]
    assert hear(db, key="m2").left == 5


def test_a_held_reply_means_that_nothing_goes_out_now(db, talk):
    hear(db)
    talks.reply(db, talk.id, CLERK, "r1", "好")
    (line,) = [each.id for each in talks.read(db, talk.id, CLERK, "")[0] if each.sent]

    assert talks.note(db, talk.id, line, "held", "45015")
    assert not talks.note(db, talk.id, line, "sent")
    assert talks.get(db, talk.id).left == 0
    assert talks.line(db, talk.id, line).reason == "45015"
    assert talks.line(db, talk.id, "nothing") is None


def test_after_two_days_nothing_goes_out(db, talk):
    clock.move(db, timedelta(hours=49).total_seconds())

    assert talks.get(db, talk.id).left == 0


def test_silence_ends_a_talk_once_and_says_so(db, talk):
    assert talks.lapse(db) == 0
    clock.move(db, timedelta(hours=2, minutes=1).total_seconds())

    assert [talks.lapse(db), talks.lapse(db)] == [1, 0]
    assert talks.get(db, talk.id).ended_by == "system"
    assert said(db, talk)[0][1] == "waiting"
    assert [each.id for each in talks.past(db)] == [talk.id]


def test_the_oldest_lines_go_first(db, talk):
    most = rules.talk().lines_most
    row = {"lines": {f"l{n}": {"n": n} for n in range(most)}}

    assert talks._added(row, "new", {})["$unset"] == {"lines.l0": ""}
    assert "$unset" not in talks._added({"lines": {"l0": {"n": 1}}}, "new", {})


def test_the_story_belongs_to_the_talk_it_was_told_for(db, talk):
    trail = [{"at": "x", "said": "社保卡", "answered": "【社保卡】"}]
    talks.remember(db, talk.id, "another", trail)
    assert talks.read(db, talk.id, CLERK, "")[1]["trail"] == []
    talks.remember(db, talk.id, "first", trail)

    assert talks.read(db, talk.id, CLERK, "")[1]["trail"] == trail


def test_a_photo_is_put_into_its_line_once(db, talk):
    hear(db, "（照片）", "m1")

    assert talks.enclose(db, talk.id, "m1", "f1")
    assert not talks.enclose(db, talk.id, "m1", "f2")
    assert not talks.enclose(db, talk.id, "other", "f3")
    assert talks.holds(db, talk.id, "f1")
    assert not talks.holds(db, talk.id, "f2")


def test_the_queue_counts_whoever_waits_longer(db, talk):
    clock.move(db, 5)
    second = talks.open(db, Account("mp", "wxmp", "bob"), "resident-li", "x", TOLD)

    assert talks.ahead(db, second) == 1
    talks.take(db, talk.id, CLERK)
    assert talks.ahead(db, second) == 0
    assert [each.id for each in talks.running(db)] == [talk.id, second.id]


def test_a_merged_residents_talk_goes_along_and_a_lost_one_goes(db, talk):
    talks.rehome(db, "resident-wang", "resident-li")
    assert talks.get(db, talk.id).resident == "resident-li"
    talks.forget(db, ALICE.key)

    with pytest.raises(talks.NoSuchTalk):
        talks.get(db, id_of(ALICE.key))


def test_what_was_promised_is_found_by_the_keeper(db, talk):
    assert ahead.is_due(db.talks)
