"""Consultations and complaints at the console: heard by deadline, answered, passed on."""

import pytest

from base import audit
from feedback import tickets

from .people import PICTURE, asked, filed, operator, signed_in, token_of, uploaded

PLACE = {"latitude": 31.1262, "longitude": 119.1797, "label": "十字镇便民服务中心"}


def spoken(number):
    return f"{number[:8]}-{number[8:14]}-{number[14:]}"


def test_a_question_is_read_and_answered(town, clerk):
    number = asked(town, text="换证要不要本人去？")
    assert spoken(number) in clerk.open("/console/tickets").text
    page = clerk.open(f"/console/tickets/{number}")
    assert "换证要不要本人去？" in page.text
    told = clerk.send(page.form("/answer"), {"text": "需要本人到场采集指纹。"})
    assert "答复已保存" in told.text
    assert "需要本人到场采集指纹。" in told.text
    assert tickets.get(town.db, number).state == "answered"
    assert spoken(number) in clerk.open("/console/tickets?state=answered&kind=consultation").text


def test_every_look_into_a_letter_is_written_down(town, clerk):
    number = asked(town)
    clerk.open(f"/console/tickets/{number}")
    (row,) = audit.of_subject(town.db, f"ticket:{number}")
    assert (row["actor"], row["act"]) == ("operator:chuangkou", "ticket.read")


def test_an_empty_answer_is_sent_back(town, clerk):
    page = clerk.open(f"/console/tickets/{asked(town)}")
    assert "请写下内容" in clerk.send(page.form("/answer"), {"text": " "}, expect=422).text


def test_an_answered_letter_is_not_answered_again(town, clerk, approver):
    number = asked(town)
    form = clerk.open(f"/console/tickets/{number}").form("/answer")
    approver.send(approver.open(f"/console/tickets/{number}").form("/answer"), {"text": "可以。"})
    assert "状态已变化" in clerk.send(form, {"text": "不可以。"}, expect=409).text


def test_what_is_written_in_a_letter_is_never_markup(town, clerk):
    number = asked(town, text="<b onclick=alert(1)>怎么办</b><script>alert(1)</script>")
    page = clerk.open(f"/console/tickets/{number}")
    assert "<script>alert" not in page.answer.text
    assert "<b onclick" not in page.answer.text


def test_a_complaint_shows_its_photograph_and_its_place(town, clerk):
    who = town.citizen()
    more = {"category": "visits", "files": [uploaded(town, who[1])], "place": PLACE}
    number = asked(town, who, "complaint", "跑了三趟。", **more)
    page = clerk.open(f"/console/tickets/{number}")
    assert PLACE["label"] in page.text
    photo = clerk.session.get(next(url for url, _ in page.links if "/files/" in url))
    assert photo.content[:4] == PICTURE[:4]
    assert "sandbox" in photo.headers["Content-Security-Policy"]
    acts = [row["act"] for row in audit.of_subject(town.db, f"ticket:{number}")]
    assert "ticket.file" in acts


def test_another_letters_photograph_is_not_there(town, clerk):
    clerk.open(f"/console/tickets/{asked(town)}/files/{'0' * 32}", expect=404)


def test_what_sounds_urgent_comes_first_and_says_so(town, clerk):
    ordinary = asked(town)
    number = asked(town, kind="complaint", text="大厅里有人晕倒了")
    listed = [url[-15:] for url, _ in clerk.open("/console/tickets").links if "/tickets/2" in url]
    assert listed.index(number) < listed.index(ordinary)
    assert "紧急情况" in clerk.open(f"/console/tickets/{number}").text


def test_integrity_matters_are_the_supervisors_alone(town, clerk, supervisor):
    number = asked(town, kind="complaint", text="窗口要红包", category="integrity")
    clerk.open(f"/console/tickets/{number}", expect=404)
    assert spoken(number) not in clerk.open("/console/tickets").text
    page = supervisor.open(f"/console/tickets/{number}")
    assert "廉洁问题" in page.text
    supervisor.send(page.form("/answer"), {"text": "已转纪检部门核实。"})
    assert tickets.get(town.db, number).state == "answered"


def test_a_supervisor_may_not_answer_ordinary_letters(town, supervisor):
    number = asked(town)
    page = supervisor.open(f"/console/tickets/{number}")
    assert not [form for form in page.forms if "/answer" in form.action]
    form = {"csrf_token": token_of(page), "version": "1", "text": "x"}
    where = f"{town.web}/console/tickets/{number}/answer"
    assert supervisor.session.post(where, data=form).status_code == 403


def test_a_letter_is_passed_on_to_the_agency_it_concerns(town, supervisor):
    number = asked(town)
    page = supervisor.open(f"/console/tickets/{number}")
    told = supervisor.send(page.form("/transfer"), {"agency": "police", "note": "请核实。"})
    assert "已转给郎溪县公安局" in told.text
    police = signed_in(town, operator(town, "clerk", agency="police"))
    assert "请核实。" in police.open(f"/console/tickets/{number}").text
    assert signed_in(town, operator(town, "clerk", agency="education")).open(
        f"/console/tickets/{number}", expect=404
    )


def test_nothing_is_passed_on_to_nowhere(town, supervisor):
    form = supervisor.open(f"/console/tickets/{asked(town)}").form("/transfer")
    supervisor.send(form, {"agency": "moon"}, expect=404)


def test_a_letter_about_a_case_leads_to_it(town, clerk):
    who = town.citizen()
    case = filed(town, who=who)
    number = asked(town, who, case=case, service="no_criminal_record", category="progress")
    page = clerk.open(f"/console/tickets/{number}")
    assert any(url.endswith(f"/cases/{case}") for url, _ in page.links)
    assert "无犯罪记录" in page.text
    assert clerk.open(f"/console/find?number={number}").url.endswith(number)


def test_how_well_an_answer_was_received_is_shown(town, clerk):
    who = town.citizen()
    number = asked(town, who)
    clerk.send(clerk.open(f"/console/tickets/{number}").form("/answer"), {"text": "请看指南。"})
    rating = {"grade": "dissatisfied", "tags": ["unclear"], "words": "没说清楚"}
    town.call("POST", f"/api/v1/tickets/{number}/rating", who[1], json=rating)
    page = clerk.open(f"/console/tickets/{number}")
    assert "不满意" in page.text
    assert "没说清楚" in page.text
    assert "不满意" in clerk.open("/console/tickets?state=done").text


@pytest.mark.parametrize("address", ["?state=lost", "/202611211234567", "/abc"])
def test_what_is_not_there_is_said_to_be_missing(clerk, address):
    answer = clerk.session.get(f"{clerk.base}/console/tickets{address}")
    assert answer.status_code in (404, 422)


def test_a_letter_about_a_service_that_is_gone_keeps_its_key(town, clerk):
    number = asked(town)
    town.db["tickets"].update_one({"_id": number}, {"$set": {"service": "gone_for_ever"}})
    assert "gone_for_ever" in clerk.open(f"/console/tickets/{number}").text
