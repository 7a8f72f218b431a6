"""Asking, complaining, reading the answer, rating it."""

import pytest

from feedback import tickets
from people import operators

from .phone import fields, picture

PASSWORD = "correct horse battery"


def clerk(town):
    return operators.sign_in(town.db, "chuangkou", PASSWORD)


def asked(phone, text="老人可以上门办吗？", path="/h5/ask"):
    page = phone.send(phone.open(path).form("/ask"), {"text": text})
    return page, page.url.rpartition("/")[2]


def test_a_question_is_filed_answered_and_rated(town, newcomer):
    page, number = asked(newcomer)
    assert "我们会在" in page.text
    tickets.answer(town.db, number, clerk(town), "可以，请打电话预约。")
    page = newcomer.open(f"/h5/tickets/{number}")
    assert "可以，请打电话预约。" in page.text
    assert "看答复并打分" in newcomer.open("/h5/").text
    form = page.form("/rating")
    page = newcomer.send(form, {"grade": "satisfied", "tags": "kind", "words": "谢谢"})
    assert "您的评价：满意" in page.text
    assert newcomer.send(form, {"grade": "satisfied"}).url.endswith(number)
    assert newcomer.open(f"/h5/tickets/{number}/rating").url.endswith(number)


def test_a_rating_without_a_grade_is_sent_back(town, newcomer):
    _, number = asked(newcomer)
    tickets.answer(town.db, number, clerk(town), "可以。")
    form = newcomer.open(f"/h5/tickets/{number}").form("/rating")
    page = newcomer.send(form, {}, expect=422)
    newcomer.send(page.form("/rating"), {"grade": "dissatisfied", "tags": "slow"})
    assert tickets.get(town.db, number).grade == "dissatisfied"


def test_a_question_may_be_about_a_service(town, newcomer):
    _, number = asked(newcomer, path="/h5/ask?service=senior_card")
    assert tickets.get(town.db, number).service == "senior_card"
    newcomer.open("/h5/ask?service=nonsense", expect=404)


def test_a_complaint_may_be_about_ones_own_case_only(town, citizen, other):
    number = citizen.case()
    page = citizen.open(f"/h5/complain?case={number}")
    done = citizen.send(page.form("/complain"), {"text": "太慢了", "category": "delay"})
    ticket = tickets.get(town.db, done.url.rpartition("/")[2])
    assert (ticket.case, ticket.category) == (number, "delay")
    page = other.open(f"/h5/complain?case={number}")
    other.send(page.form("/complain"), {"text": "太慢了"}, expect=404)


def complaint(phone, files=None, expect=200, **told):
    form = phone.open("/h5/complain").form("/complain")
    return phone.send(form, {"text": "窗口没人"} | told, files, expect)


def content(town, page):
    number = page.url.rpartition("/")[2]
    return tickets.read(town.db, number, "operator:duban", "test")


def test_a_place_in_words_goes_with_the_text(town, newcomer):
    page = complaint(newcomer, place="建平镇便民服务中心")
    assert content(town, page).text == "窗口没人\n地点：建平镇便民服务中心"


def test_a_place_with_its_degrees_is_kept_as_a_place(town, newcomer):
    told = {"place": "桥头", "latitude": "31.12", "longitude": "119.18"}
    page = complaint(newcomer, **told)
    kept = content(town, page).place
    assert (kept["latitude"], kept["longitude"], kept["label"]) == (31.12, 119.18, "桥头")
    assert "地点：桥头" in page.text


@pytest.mark.parametrize("latitude", ["99", "nan"])
def test_degrees_beyond_the_earth_are_refused(newcomer, latitude):
    page = complaint(newcomer, latitude=latitude, longitude="119", expect=422)
    assert "位置不正确" in page.text


def test_photos_survive_a_fault_and_can_be_looked_at(town, newcomer):
    sent = {"file.photos": ("路灯.png", picture())}
    page = complaint(newcomer, sent, expect=422, text="", place="桥头")
    assert "请写下内容" in page.text
    assert "✓ 路灯.png" in page.text
    assert fields(page.form("/complain"))["place"] == "桥头"
    page = newcomer.send(page.form("/complain"), {"text": "路灯坏了"})
    ticket = tickets.get(town.db, page.url.rpartition("/")[2])
    path = f"/h5/tickets/{ticket.number}/files/"
    assert newcomer.open(path + ticket.files[0]).answer.content.startswith(b"\x89PNG")
    newcomer.open(path + "nothing", expect=404)


def test_a_photo_may_be_taken_away_again(newcomer):
    page = complaint(newcomer, {"file.photos": ("a.png", picture())}, expect=422, text="")
    drop = next(value for _, value in page.form("/complain").fields if value.startswith("drop:"))
    page = newcomer.send(page.form("/complain"), {"draft.do": drop})
    assert "a.png" not in page.text


def test_an_emergency_is_told_whom_to_call(newcomer):
    page = complaint(newcomer, text="楼道里燃气泄漏")
    assert "拨打119" in page.text


def test_two_taps_are_one_ticket(town, newcomer):
    form = newcomer.open("/h5/ask").form("/ask")
    first, second = (newcomer.send(form, {"text": "几点开门？"}).url for _ in range(2))
    assert first == second
    assert newcomer.open("/h5/tickets").text.count("编号") == 1


@pytest.mark.parametrize("page", ["", "/rating", "/files/x"])
def test_anothers_ticket_does_not_exist(newcomer, other, page):
    _, number = asked(newcomer)
    other.open(f"/h5/tickets/{number}{page}", expect=404)
    other.open(f"/h5/tickets/123{page}", expect=404)
