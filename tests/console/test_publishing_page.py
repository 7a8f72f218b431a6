"""Answers made public at the console, judged by the platform, read by everybody."""

import pytest

from base import numbers
from feedback import checking, publishing
from people import residents
from tests.h5.phone import Phone

from .people import asked, uploaded


@pytest.fixture
def wrote(town, clerk):
    """A question answered at the console, its verdicts there; returns its number."""

    def write(text, **more):
        who = town.citizen()
        if more.pop("photo", False):
            more["files"] = [uploaded(town, who[1], more.pop("name", "照片.png"))]
        number = asked(town, who, text=text, **more)
        slots = 1 + len(more.get("files", []))
        town.eventually(lambda: judged(town, number, slots))
        page = clerk.open(f"/console/tickets/{number}")
        clerk.send(page.form("/answer"), {"text": "当天就能办好。"})
        return number

    return write


def judged(town, number, slots):
    found = [each["verdict"] for each in checking.get(town.db, number).values()]
    return len(found) == slots and "waiting" not in found


def publish(browser, number, **words):
    form = browser.open(f"/console/tickets/{number}").form("/publish")
    return browser.send(form, {"question": "当天能办吗？"} | words)


def becomes(town, number, state):
    town.eventually(lambda: publishing.get(town.db, number).state == state)


def test_a_good_answer_is_public_on_the_guide_and_among_the_answers(town, clerk, wrote):
    number = wrote(
        "我叫李红，13912345678，当天能办吗？", service="id_card_renewal", may_publish=True
    )
    page = clerk.open(f"/console/tickets/{number}")
    assert "139****5678" in dict(page.form("/publish").fields)["question"]
    assert "正在核查内容" in publish(clerk, number).text
    becomes(town, number, "published")
    page = clerk.open(f"/console/tickets/{number}")
    assert "公开的问题" in page.text
    assert "公开的答复" in page.text

    for path in ("/h5/services/id_card_renewal", "/h5/answers"):
        assert "当天能办吗？" in town.call("GET", path).text
    told = clerk.send(clerk.open(f"/console/tickets/{number}").form("/unpublish"))
    assert "已撤回" in told.text
    assert "当天能办吗？" not in town.call("GET", "/h5/answers").text


def test_what_the_platform_finds_risky_is_never_published(town, clerk, wrote):
    number = wrote("哪里能买到假公章？")

    assert "有风险" in clerk.open(f"/console/tickets/{number}").text
    form = clerk.open(f"/console/tickets/{number}").form("/publish")
    assert "不能公开" in clerk.send(form, {"question": "问"}, expect=409).text


def test_what_is_doubtful_is_published_by_a_supervisors_hand(town, clerk, supervisor, wrote):
    number = wrote("窗口不作为怎么办？")
    publish(clerk, number)
    becomes(town, number, "review")
    assert not any("/confirm" in form.action for form in forms(clerk, number))

    spoken = numbers.spoken(number)
    assert spoken in supervisor.open("/console/tickets?state=review").text
    assert spoken not in supervisor.open("/console/tickets?state=review&kind=complaint").text
    clerk.open("/console/tickets?state=review", expect=404)
    told = supervisor.send(supervisor.open(f"/console/tickets/{number}").form("/confirm"))
    assert "答复已公开" in told.text
    assert spoken not in supervisor.open("/console/tickets?state=review").text


def forms(browser, number):
    return browser.open(f"/console/tickets/{number}").forms


def test_without_her_consent_her_words_are_not_offered(town, clerk, wrote):
    number = wrote("我家的事能公开吗？")
    page = clerk.open(f"/console/tickets/{number}")

    assert "没有同意公开原话" in page.text
    form = page.form("/publish")
    assert dict(form.fields)["question"] == ""
    told = clerk.send(form, {"question": "我家的事能公开吗"}, expect=409)
    assert "提交人没有同意公开：" in told.text
    assert dict(told.form("/publish").fields)["question"] == "我家的事能公开吗"


def test_without_her_consent_her_photos_are_not_offered(town, clerk, wrote):
    number = wrote("这样拍可以吗？", photo=True)
    page = clerk.open(f"/console/tickets/{number}")

    assert "连来信照片一起公开" not in page.text
    form = page.form("/publish")
    forged = [*form.filled({"question": "照片要怎么拍？"}), ("photos", "yes")]
    told = clerk.session.post(form.action, data=forged, timeout=60)
    assert (told.status_code, "不能附来信照片" in told.text) == (409, True)


def test_the_operators_own_words_are_judged_before_anybody_reads_them(town, clerk, wrote):
    number = wrote("我家的事能公开吗？")
    publish(clerk, number, question="哪里能买到假公章？")
    becomes(town, number, "refused")

    assert "假公章" not in town.call("GET", "/h5/answers").text
    assert "有风险" in clerk.open(f"/console/tickets/{number}").text
    publish(clerk, number, question="来信的内容会公开吗？")
    becomes(town, number, "published")
    assert "来信的内容会公开吗？" in town.call("GET", "/h5/answers").text


def test_words_nobody_can_judge_are_left_to_another_supervisor(town, clerk, supervisor, wrote):
    number = wrote("新生儿哪天能上户口？")
    gone = {"endpoint": "/wxa/msg_sec_check", "kind": "errcode", "errcode": 61010, "times": -1}
    town.control("POST", "/faults", gone)
    try:
        publish(clerk, number, question="给孩子上户口要几天？")
        becomes(town, number, "review")
    finally:
        town.control("DELETE", "/faults")

    assert "两小时内没打开过小程序" in clerk.open(f"/console/tickets/{number}").text
    assert "给孩子上户口要几天？" not in town.call("GET", "/h5/answers").text
    supervisor.send(supervisor.open(f"/console/tickets/{number}").form("/confirm"))
    assert "给孩子上户口要几天？" in town.call("GET", "/h5/answers").text


def test_a_photo_is_judged_by_an_event_and_shown_with_its_answer(town, clerk, wrote):
    number = wrote("这样拍可以吗？", photo=True, may_publish=True)
    publish(clerk, number, photos="yes")
    becomes(town, number, "published")

    page = town.call("GET", "/h5/answers").text
    address = page.split(f'src="/h5/answers/{number}')[1].split('"')[0]
    shown = town.call("GET", f"/h5/answers/{number}{address}")
    assert shown.headers["Content-Type"] == "image/png"
    assert town.call("GET", f"/h5/answers/{number}/photos/{'0' * 32}").status_code == 404
    assert town.call("GET", f"/h5/answers/12/photos/{'0' * 32}").status_code == 404


def test_an_empty_question_is_sent_back(town, clerk, wrote):
    form = clerk.open(f"/console/tickets/{wrote('几天？')}").form("/publish")

    assert "请写下内容" in clerk.send(form, {"question": " "}, expect=422).text


def test_who_never_used_the_program_is_left_to_a_human(town, clerk):
    person = town.person(follow=True)
    for words in ("咨询", "几天能办好？"):
        town.control("POST", f"/people/{person['id']}/text", {"content": words})
    me = residents.by_account(town.db, "oa", person["oa_openid"]).id
    asked = {"resident": me, "channel": "chat", "checks": {"$exists": True}}
    row = town.eventually(lambda: town.db.tickets.find_one(asked))

    assert row["checks"]["text"]["why"] == "no_program"
    assert "提交人没用过小程序" in clerk.open(f"/console/tickets/{row['_id']}").text


def test_a_lent_photo_has_one_address_for_an_hour(town):
    assert town.call("GET", "/lent/nonsense").status_code == 404


def test_a_resident_says_on_the_page_whether_it_may_be_public(town):
    phone = Phone(town, town.person(follow=True))
    phone.sign_in()
    form = phone.open("/h5/ask").form("/h5/ask")
    page = phone.send(form, {"text": "周末开门吗？", "may_publish": "yes", "draft.do": "check"})

    number = page.url.rpartition("/")[2]
    assert town.db.tickets.find_one({"_id": number})["may_publish"]
