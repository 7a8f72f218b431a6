"""Asking, complaining and rating, from the mini-program."""

import uuid

import pytest

from feedback import tickets

from .checked import faults, refusal
from .doing import filed, move, operator, upload

QUESTION = {"kind": "consultation", "text": "几点下班？", "category": "guide"}
GRADE = {"grade": "satisfied", "tags": ["fast"], "words": "谢谢"}


def answered(api, ticket):
    number = ticket["number"].replace("-", "")
    return tickets.answer(api.db, number, operator(api), "工作日17:00下班。")


def test_a_question_is_answered_and_the_answer_rated(api):
    _, token = api.citizen()
    ticket = api.post("/tickets", token, QUESTION).json()
    assert (ticket["state"], ticket["advice"]) == ("open", [])
    answered(api, ticket)
    path = f"/tickets/{ticket['number']}"
    told = api.get(path, token).json()
    assert (told["text"], told["answer"]) == (QUESTION["text"], "工作日17:00下班。")
    assert api.post(f"{path}/rating", token, GRADE).json()["grade"] == "satisfied"
    again = api.post(f"{path}/rating", token, GRADE | {"grade": "dissatisfied"})
    assert refusal(again) == (409, "wrong_ticket_state")


def test_the_answer_is_told(api):
    _, token = api.citizen()
    answered(api, api.post("/tickets", token, QUESTION).json())
    kinds = api.eventually(
        lambda: (
            {each["kind"] for each in api.get("/messages", token).json()["messages"]}
            >= {"ticket_received", "ticket_answered"}
        )
    )
    assert kinds


def test_a_complaint_carries_a_photo_and_a_place(api):
    _, token, case = filed(api)
    body = {
        "kind": "complaint",
        "category": "conduct",
        "text": "窗口没有人。",
        "files": [upload(api, token)],
        "place": {"latitude": 31.1, "longitude": 119.2, "label": "便民服务中心"},
        "case": case["number"],
        "service": "id_card_renewal",
    }
    ticket = api.post("/tickets", token, body).json()
    told = api.get(f"/tickets/{ticket['number']}", token).json()
    assert told["files"] == body["files"]
    row = api.db["tickets"].find_one({"_id": ticket["number"].replace("-", "")})
    assert "便民" not in str(row)


def test_an_emergency_is_told_at_once_whom_to_call(api):
    _, token = api.citizen()
    ticket = api.post("/tickets", token, QUESTION | {"text": "我家着火了"}).json()
    assert "119" in ticket["advice"][0]


def test_two_taps_are_one_ticket(api):
    _, token = api.citizen()
    key = uuid.uuid4().hex
    one, two = (api.post("/tickets", token, QUESTION, key).json()["number"] for _ in "ab")
    assert one == two
    assert len(api.get("/tickets", token).json()["tickets"]) == 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"text": " "}, "ticket_invalid", "text"),
        ({"text": "长" * 2001}, "ticket_invalid", "text"),
        ({"category": "nothing"}, "ticket_invalid", "category"),
        ({"kind": "praise"}, "invalid", "kind"),
        ({"place": {"latitude": 0}}, "invalid", "place.longitude"),
        ({"files": ["x"] * 10}, "invalid", "files"),
    ],
)
def test_what_is_wrong_with_a_ticket_is_named(api, change, code, field):
    _, token = api.citizen()
    answer = api.post("/tickets", token, QUESTION | change)
    assert refusal(answer) == (422, code)
    assert field in faults(answer)


def test_a_ticket_is_about_ones_own_case_and_a_real_service(api):
    _, _, case = filed(api)
    _, token = api.citizen()
    for more, code in (
        ({"case": case["number"]}, "no_such_case"),
        ({"service": "nothing"}, "no_such_service"),
        ({"files": ["unknown"]}, "no_such_file"),
    ):
        assert refusal(api.post("/tickets", token, QUESTION | more)) == (404, code)


def test_anybody_elses_ticket_does_not_exist(api):
    _, token = api.citizen()
    _, stranger = api.citizen()
    path = f"/tickets/{api.post('/tickets', token, QUESTION).json()['number']}"
    assert refusal(api.get(path, stranger)) == (404, "no_such_ticket")
    assert refusal(api.post(f"{path}/rating", stranger, GRADE)) == (404, "no_such_ticket")


def test_a_finished_case_is_rated_once(api):
    _, token, case = filed(api)
    path = f"/cases/{case['number']}/rating"
    assert refusal(api.post(path, token, GRADE)) == (409, "not_rateable")
    move(api, case, "decline", note="不属于受理范围")
    assert refusal(api.post(path, token, GRADE | {"tags": ["x"]})) == (422, "rating_invalid")
    assert api.post(path, token, GRADE).status_code == 201
    assert refusal(api.post(path, token, GRADE)) == (409, "already_rated")
