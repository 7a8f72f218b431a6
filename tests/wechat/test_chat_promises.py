"""What chats promise a resident: a reminder, a reply, a photograph; and what is given up."""

import secrets
from dataclasses import replace

import pytest

from app import talks as effects
from app.wechat.verdicts import Refused
from base import clock, outbox
from feedback import talks
from handlers import complaining, dialogue, store
from handlers.exchange import Context, Links, Message
from people import operators, residents
from people.residents import Account
from tests import keeping
from tests.people.crashing import dies

SAY, MEDIA = "/cgi-bin/message/custom/send", "/cgi-bin/media/get"
ALICE = Account("oa", "wxoa", "alice")
ZHAO = operators.Operator("zhao", "赵敏", ("clerk",))
CUT_OFF = (502, b"<html>")
DRAFT = {"kind": "oa", "openid": "alice", "key": "m1"}


def write(db, words, key, step):
    message = Message(
        identity=key, account="oa", sender="alice", recipient="gh", kind="text", event="",
        created=1, fields={"Content": words},
    )  # fmt: skip
    links = Links("https://county.example")
    return step(Context(db=db, account=ALICE, message=message, links=links, now=clock.now()))


@pytest.fixture
def half_told(db, platform):
    """A complaint of which the words are told; what it promised."""
    platform.answers[SAY] = {"errcode": 0}
    write(db, "投诉", "m1", complaining.start)
    told = write(db, "路灯坏了", "m2", lambda context: dialogue.hear(context, complaining.TOPICS))
    (promise,) = told.after
    return promise["data"]


def test_who_stops_halfway_through_a_complaint_is_told_it_is_not_filed(
    db, runtime, platform, half_told
):
    assert half_told == DRAFT
    effects.remind(runtime, "push", **half_told)

    (said,) = [body for path, _, body in platform.bodies if path == SAY]
    assert "还没有提交" in said["text"]["content"]


def test_a_complaint_that_was_ended_is_not_reminded_of(db, runtime, platform, half_told):
    store.forget(db, ALICE.key, clock.now())
    effects.remind(runtime, "push", **half_told)

    assert platform.asked[SAY] == 0


@pytest.mark.parametrize(("code", "raises"), [(45015, False), (-1, True)])
def test_a_reminder_that_is_refused_is_tried_again_only_if_that_helps(
    db, runtime, platform, half_told, code, raises
):
    platform.answers[SAY] = {"errcode": code}
    if raises:
        with pytest.raises(Refused):
            effects.remind(runtime, "push", **half_told)
    else:
        effects.remind(runtime, "push", **half_told)


@pytest.fixture
def talk(db):
    resident = residents.arrive(db, ALICE).id
    return talks.open(db, ALICE, resident, secrets.token_hex(8), {"doing": None})


def replied(db, talk):
    talks.reply(db, talk.id, ZHAO, "r1", "您好")
    (line,) = talks.read(db, talk.id, ZHAO, "")[0]
    return line.id


def test_a_reply_waits_while_the_platform_is_away(db, runtime, platform, talk):
    platform.answers[SAY] = {"errcode": -1}
    line = replied(db, talk)
    with pytest.raises(Refused):
        effects.reply(runtime, talk.id, line=line)
    assert talks.line(db, talk.id, line).sent == "waiting"
    platform.answers[SAY] = {"errcode": 0}
    effects.reply(runtime, talk.id, line=line)
    effects.reply(runtime, talk.id, line=line)

    assert talks.line(db, talk.id, line).sent == "sent"
    assert platform.asked[SAY] == 2


@pytest.mark.parametrize(("second", "sent"), [(CUT_OFF, "unknown"), ({"errcode": 0}, "sent")])
def test_a_reply_that_is_cut_off_is_repeated_once_and_then_unknown(
    db, runtime, platform, talk, second, sent
):
    answers = [second, CUT_OFF]
    platform.answers[SAY] = lambda *_: answers.pop()
    line = replied(db, talk)
    keeping.all_due(runtime)
    assert talks.line(db, talk.id, line).sent == "waiting"
    for seconds in (40, 4000):
        clock.move(db, seconds)
        keeping.all_due(runtime)

    assert talks.line(db, talk.id, line).sent == sent
    assert platform.asked[SAY] == 2
    assert (line in unsaid(db)) == (sent == "unknown")
    assert db.messages.count_documents({}) == 0


def told(platform):
    return [body["text"]["content"] for path, _, body in platform.bodies if path == SAY]


def test_a_reply_does_not_overtake_one_that_is_put_off(db, runtime, platform, talk):
    troubles = [CUT_OFF]
    platform.answers[SAY] = lambda *_: troubles.pop() if troubles else {"errcode": 0}
    for words in ("第一句", "第二句"):
        talks.reply(db, talk.id, ZHAO, words, words)
    keeping.all_due(runtime)
    assert told(platform) == ["第一句"]
    clock.move(db, 40)
    keeping.all_due(runtime)

    assert told(platform) == ["第一句", "第一句", "第二句"]


@pytest.mark.parametrize("stuck", [False, True])
def test_a_reply_waits_for_an_earlier_one_but_not_for_one_that_is_stuck(db, talk, stuck):
    for words in ("第一句", "第二句"):
        talks.reply(db, talk.id, ZHAO, words, words)
    first, second = talks.read(db, talk.id, ZHAO, "")[0]
    row = db.talks.find_one({"_id": talk.id})
    (owed,) = [id for id, each in row["outbox"].items() if each["data"].get("line") == first.id]
    db.talks.update_one({}, {"$set": {f"outbox.{owed}.stuck": stuck}})

    assert bool(talks.line(db, talk.id, second.id).waits) != stuck
    assert talks.line(db, talk.id, first.id).waits is None


def unsaid(db):
    return (store.dialogue(db, ALICE.key) or {}).get("unsaid", {})


def test_a_last_word_that_is_refused_is_not_left_in_the_inbox(db, runtime, platform, talk):
    platform.answers[SAY] = {"errcode": 45015}
    talks.close(db, talk.id, ZHAO)
    (line,) = talks.read(db, talk.id, ZHAO, "")[0]
    effects.reply(runtime, talk.id, line=line.id)

    assert talks.line(db, talk.id, line.id).sent == "held"
    assert db.messages.count_documents({}) == 0


@pytest.fixture
def in_doubt():
    token = outbox.at_hand.set((None, {"doubted": True}))
    yield
    outbox.at_hand.reset(token)


@pytest.mark.parametrize(
    ("answer", "sent", "told", "writes"),
    [({"errcode": 45015}, "held", 1, 3), (CUT_OFF, "unknown", 0, 2)],
)
def test_a_reply_not_heard_for_sure_is_kept_wherever_its_worker_was_killed(
    db, runtime, platform, talk, in_doubt, answer, sent, told, writes
):
    platform.answers[SAY] = answer
    line, after = replied(db, talk), 0
    while dies(
        lambda dying: effects.reply(replace(runtime, db=dying), talk.id, line=line), db, after
    ):
        effects.reply(runtime, talk.id, line=line)

        assert talks.line(db, talk.id, line).sent == sent
        assert db.messages.count_documents({}) == told
        assert line in unsaid(db)
        db.talks.update_one({}, {"$set": {f"lines.{line}.sent": "waiting"}})
        db.messages.delete_many({})
        store.forget(db, ALICE.key, clock.now())
        after += 1
    assert after == writes


def test_a_reply_to_somebody_who_has_left_is_dropped(db, runtime, talk):
    line = replied(db, talk)
    talks.forget(db, ALICE.key)
    effects.reply(runtime, talk.id, line=line)
    effects.photo(runtime, "push", talk=talk.id, key="k", media_id="m")


@pytest.mark.parametrize("answer", [{"errcode": 40007}, b"\x89PNG but broken"])
def test_a_photo_that_is_gone_or_none_is_given_up(db, runtime, platform, talk, answer):
    platform.answers[MEDIA] = answer
    talks.hear(db, ALICE.key, "k", "（照片）")
    effects.photo(runtime, "push", talk=talk.id, key="k", media_id="m")

    assert talks.read(db, talk.id, ZHAO, "")[0][0].file is None


def test_a_photo_is_fetched_again_when_waiting_helps(db, runtime, platform, talk):
    platform.answers[MEDIA] = {"errcode": -1}
    with pytest.raises(Refused):
        effects.photo(runtime, "push", talk=talk.id, key="k", media_id="m")
