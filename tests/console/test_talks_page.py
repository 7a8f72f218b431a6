"""Talks at the console: a resident asks for a human, an operator answers in her chat."""

from datetime import UTC, datetime, time

import pytest

from base import audit, calendar, clock
from feedback import talks
from people import residents
from people.operators import Operator

from .people import asked, filed, operator, raw, signed_in

ZHAO = Operator("zhao", "赵敏", ("clerk",))
MORNING = datetime.combine(calendar.due(datetime.now(UTC), 1).day, time(10), clock.SHANGHAI)


@pytest.fixture
def office(town):
    """A town at ten on a working day, for us and for the platform."""
    ahead = (MORNING - datetime.now(UTC)).total_seconds()
    move(town, ahead)
    yield town
    move(town, 0)
    town.put_back()


def move(town, seconds):
    clock.move(town.db, seconds)
    town.control("POST", "/clock", {"offset_seconds": seconds})


def write(town, person, words):
    return town.control("POST", f"/people/{person['id']}/text", {"content": words})


def chat(town, person):
    lines = town.control("GET", f"/people/{person['id']}/chat")["lines"]
    return [each["text"] for each in lines if each["side"] == "account" and "text" in each]


@pytest.fixture
def caller(office):
    """Somebody who follows, asks about something a while later, and then for a human."""
    person = office.person(follow=True)
    move(office, (MORNING - datetime.now(UTC)).total_seconds() + 90)
    for words in ("换身份证", "人工", "照片一直传不上去"):
        write(office, person, words)
    return person


def talk_of(person):
    return talks.id_of(f"oa:{person['oa_openid']}")


def opened(browser, person):
    return browser.open(f"/console/talks/{talk_of(person)}")


def test_the_story_comes_along_and_the_reply_reaches_her_chat(office, caller, clerk):
    office.eventually(lambda: "换身份证" in opened(clerk, caller).text)
    page = opened(clerk, caller)
    assert "照片一直传不上去" in page.text
    told = clerk.send(page.form("/reply"), {"text": "请把照片压缩到10MB以内再传。"})

    assert "请把照片压缩到10MB以内再传。" in told.text
    office.eventually(lambda: "请把照片压缩到10MB以内再传。" in chat(office, caller))
    office.eventually(lambda: "已发出" in opened(clerk, caller).text)


def level(office, person):
    """How well the owner of this official account is known; None before she has arrived."""
    found = residents.by_account(office.db, "oa", person["oa_openid"])
    return found.level if found else None


def test_what_is_not_finished_is_beside_the_talk(office, clerk):
    who = office.citizen()
    case, letter = filed(office, who=who), asked(office, who)
    office.eventually(lambda: level(office, who[0]) == 2)
    write(office, who[0], "人工")

    page = opened(clerk, who[0])
    assert any(case in url for url, _ in page.links)
    assert any(letter in url for url, _ in page.links)


def test_who_waits_is_listed_until_taken(office, caller, clerk, approver):
    number = talks.get(office.db, talk_of(caller)).spoken
    assert number in clerk.open("/console/talks").text
    assert number in clerk.open("/console/talks/live?view=running").text
    clerk.send(opened(clerk, caller).form("/take"))

    assert number in clerk.open("/console/talks?view=mine").text
    assert number not in approver.open("/console/talks").text
    approver.send(opened(approver, caller).form("/take"))
    assert talks.get(office.db, talk_of(caller)).owner == "shenpi"


def test_a_colleagues_talk_is_not_answered_into(office, caller, clerk, approver):
    form = opened(clerk, caller).form("/reply")
    approver.send(opened(approver, caller).form("/take"))

    assert "已由同事接手" in clerk.send(form, {"text": "我来说"}, expect=409).text


def test_the_same_reply_sent_twice_is_one_line(office, caller, clerk):
    form = opened(clerk, caller).form("/reply")
    for _ in range(2):
        clerk.send(form, {"text": "马上看"})

    said = [each.words for each in talks.read(office.db, talk_of(caller), ZHAO, "")[0]]
    assert said.count("马上看") == 1


def test_an_empty_reply_is_sent_back(office, caller, clerk):
    page = opened(clerk, caller)
    assert "请写下内容" in clerk.send(page.form("/reply"), {"text": " "}, expect=422).text


def test_the_end_is_told_to_her(office, caller, clerk):
    told = clerk.send(opened(clerk, caller).form("/close"))

    assert "对话已结束" in told.text
    office.eventually(lambda: any("结束了这次对话" in each for each in chat(office, caller)))
    assert "由" in opened(clerk, caller).text
    assert "结束" in clerk.open("/console/talks?view=past").text


def test_after_five_messages_the_operator_is_told_and_the_words_wait(office, caller, clerk):
    for count in range(6):
        clerk.send(opened(clerk, caller).form("/reply"), {"text": f"第{count}句"})
    office.eventually(lambda: "没有发出：这一轮已发满5条" in opened(clerk, caller).text)
    assert "微信现在不允许再发消息" in opened(clerk, caller).text

    me = residents.by_account(office.db, "oa", caller["oa_openid"]).id
    told = {"resident": me, "kind": "talk_replied"}
    office.eventually(lambda: office.db.messages.find_one(told))
    assert not any("第5句" in each for each in chat(office, caller))
    write(office, caller, "我在")
    office.eventually(lambda: any("第5句" in each for each in chat(office, caller)))


def test_two_hours_of_silence_end_a_talk_and_both_are_told(office, caller):
    move(office, (MORNING - datetime.now(UTC)).total_seconds() + 7300)

    office.eventually(lambda: talks.lapse(office.db) or ended(office, caller))
    office.eventually(lambda: any("好一会儿没有新消息" in each for each in chat(office, caller)))
    assert "自动结束" in opened(signed_in(office, "chuangkou"), caller).text


def ended(town, person):
    return not talks.get(town.db, talk_of(person)).is_open


def test_a_photo_is_shown_to_the_operator(office, caller, clerk):
    office.control("POST", f"/people/{caller['id']}/image", {})
    page = office.eventually(lambda: with_photo(clerk, caller))
    photo = clerk.session.get(next(url for url, _ in page.links if "/files/" in url))

    assert photo.headers["Content-Type"].startswith("image/")
    clerk.open(f"/console/talks/{talk_of(caller)}/files/{'0' * 32}", expect=404)


def with_photo(browser, person):
    page = opened(browser, person)
    return page if any("/files/" in url for url, _ in page.links) else None


def test_every_look_is_written_down_and_polling_is_not(office, caller, clerk):
    number = talks.get(office.db, talk_of(caller)).number
    opened(clerk, caller)
    clerk.open(f"/console/talks/{talk_of(caller)}/lines")

    acts = [row["act"] for row in audit.of_subject(office.db, f"talk:{number}")]
    assert acts == ["talk.read"]


def test_a_talk_nobody_knows_is_not_there(town, clerk):
    clerk.open(f"/console/talks/{'0' * 32}", expect=404)
    clerk.open("/console/talks?view=elsewhere", expect=404)


def test_only_who_may_answer_is_shown_the_box(office, caller, supervisor):
    page = opened(supervisor, caller)
    assert not any("/reply" in form.action for form in page.forms)
    assert raw(office, "GET", f"/console/talks/{talk_of(caller)}").status_code == 303
    browser = signed_in(office, operator(office, "finance"))
    browser.open(f"/console/talks/{talk_of(caller)}", expect=403)
