"""Applying once, following it, adding what was asked for, taking it back."""

import threading
import uuid

import pytest

from base import numbers

from .checked import faults, refusal
from .doing import application, filed, move, upload


def test_an_application_becomes_a_case_with_a_readable_number(api):
    _, token, case = filed(api)
    assert case["state"] == "submitted"
    assert numbers.spoken(numbers.tidy(case["number"])) == case["number"]
    assert [each["number"] for each in api.get("/cases", token).json()["cases"]] == [case["number"]]
    assert api.get(f"/cases/{case['number']}", token).json() == case


def test_every_fault_is_named_at_once(api):
    person, token = api.citizen()
    body = application(api, person, token, applicant_mobile="1", strange=1)
    body["answers"].pop("apply_kind")
    body["files"] = {"nothing": ["x"]}
    answer = api.post("/cases", token, body)
    assert refusal(answer) == (422, "application_invalid")
    wanted = {"applicant_mobile", "strange", "apply_kind", "files.nothing"}
    assert wanted <= faults(answer)
    assert api.get("/cases", token).json()["cases"] == []


def test_a_missing_paper_is_named(api):
    person, token = api.citizen()
    body = application(api, person, token, apply_kind="damaged")
    answer = api.post("/cases", token, body | {"files": {}})
    assert faults(answer) == {"files.old_id"}


def test_two_taps_are_one_application(api):
    person, token = api.citizen()
    body, key = application(api, person, token), uuid.uuid4().hex
    answers = []
    taps = [
        threading.Thread(target=lambda: answers.append(api.post("/cases", token, body, key)))
        for _ in range(3)
    ]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert {each.json()["number"] for each in answers} == {answers[0].json()["number"]}
    assert len(api.get("/cases", token).json()["cases"]) == 1


def test_one_key_is_not_shared_by_two_people(api):
    first, token = api.citizen()
    second, other = api.citizen()
    key = uuid.uuid4().hex
    one = api.post("/cases", token, application(api, first, token), key).json()
    two = api.post("/cases", other, application(api, second, other), key).json()
    assert one["number"] != two["number"]


def test_who_is_not_known_by_name_may_not_apply(api):
    person = api.person()
    token = api.sign_in(person)
    body = application(api, person, token)
    assert refusal(api.post("/cases", token, body)) == (403, "agreement_needed")
    version = api.get("/agreement").json()["version"]
    api.post("/me/agreement", token, {"version": version})
    assert refusal(api.post("/cases", token, body)) == (403, "level_too_low")


def test_other_peoples_papers_are_not_ones_own(api):
    person, token = api.citizen()
    _, other = api.citizen()
    body = application(api, person, token)
    stolen = upload(api, other)
    answer = api.post("/cases", token, body | {"files": {"hukou_or_other": [stolen]}})
    assert refusal(answer) == (422, "application_invalid")
    assert faults(answer) == {"files.hukou_or_other"}


def test_a_paper_serves_one_application(api):
    person, token = api.citizen()
    body = application(api, person, token)
    assert api.post("/cases", token, body).status_code == 201
    assert refusal(api.post("/cases", token, body)) == (409, "file_taken")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"service": "nothing"}, 404, "no_such_service"),
        ({"company": "nobody"}, 404, "no_such_company"),
        ({"answers": []}, 422, "invalid"),
        ({"extra": 1}, 422, "invalid"),
    ],
)
def test_what_does_not_exist_cannot_be_applied_for(api, change, status, code):
    person, token = api.citizen()
    answer = api.post("/cases", token, application(api, person, token) | change)
    assert refusal(answer) == (status, code)


def test_a_tap_without_a_key_is_refused(api):
    person, token = api.citizen()
    body = application(api, person, token)
    for key in ("short", "x" * 101):
        answer = api.post("/cases", token, body, key)
        assert faults(answer) == {"Idempotency-Key"}
    assert faults(api.call("POST", "/cases", token, json=body)) == {"Idempotency-Key"}


def test_the_receipt_says_what_was_handed_in(api):
    person, token, case = filed(api)
    receipt = api.get(f"/cases/{case['number']}/receipt", token).json()["receipt"]
    assert receipt["number"] == case["number"]
    assert person["name"] not in receipt["applicant"]
    assert len(receipt["materials"]) == 3


def test_everything_asked_for_is_supplemented_at_once(api):
    _, token, case = filed(api)
    asked = [{"material": "hukou_or_other", "words": "照片不清楚"}]
    move(api, case, "ask_supplement", defects=asked)
    path = f"/cases/{case['number']}"
    told = api.get(path, token).json()
    assert (told["state"], told["defects"]) == ("supplementing", asked)
    empty = api.post(f"{path}/supplement", token, {})
    assert refusal(empty) == (422, "supplement_invalid")
    given = {"files": {"hukou_or_other": [upload(api, token)]}}
    done = api.post(f"{path}/supplement", token, given).json()
    assert (done["state"], done["defects"]) == ("submitted", [])
    assert api.post(f"{path}/supplement", token, given).status_code == 200


def test_a_supplement_nobody_asked_for_is_refused(api):
    _, token, case = filed(api)
    given = {"files": {"hukou_or_other": [upload(api, token)]}}
    answer = api.post(f"/cases/{case['number']}/supplement", token, given)
    assert refusal(answer) == (409, "wrong_state")


def test_an_application_can_be_taken_back_until_it_is_decided(api):
    _, token, case = filed(api)
    path = f"/cases/{case['number']}/withdraw"
    assert api.post(path, token).json()["state"] == "withdrawn"
    assert api.post(path, token).json()["state"] == "withdrawn"
    rating = f"/cases/{case['number']}/rating"
    assert refusal(api.post(rating, token, {"grade": "satisfied"})) == (409, "not_rateable")
    _, token, decided = filed(api)
    move(api, decided, "decline", note="不属于受理范围")
    answer = api.post(f"/cases/{decided['number']}/withdraw", token)
    assert refusal(answer) == (409, "wrong_state")


@pytest.mark.parametrize("what", ["", "/receipt", "/supplement", "/withdraw", "/rating"])
def test_anybody_elses_case_does_not_exist(api, what):
    _, _, case = filed(api)
    _, stranger = api.citizen()
    path = f"/cases/{case['number']}{what}"
    body = {"grade": "satisfied"} if what == "/rating" else {}
    shown = what in ("", "/receipt")
    answer = api.get(path, stranger) if shown else api.post(path, stranger, body)
    assert refusal(answer) == (404, "no_such_case")


@pytest.mark.parametrize("number", ["20261121-483107-0", "x", "%00"])
def test_a_mistyped_number_is_said_to_be_one(api, number):
    _, token = api.citizen()
    assert refusal(api.get(f"/cases/{number}", token)) == (422, "bad_number")
