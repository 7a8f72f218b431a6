"""Acting for a company: who may, until when, and who says so."""

from datetime import timedelta

import pytest

from base import clock
from tests import firms

from .checked import faults, refusal
from .doing import application


@pytest.fixture
def firm(api):
    """(token of the representative, the company's code)."""
    _, token = api.citizen()
    return token, firms.registered(api.town, token)


@pytest.fixture
def later(api):
    """Move the clock of the town forward; it is put back afterwards."""
    yield lambda days: clock.move(api.db, days * 86_400)
    api.put_back()


def appointed(api, token, uscc, person, days=30):
    until = (clock.today() + timedelta(days=days)).isoformat()
    body = {"name": person["name"], "id_number": person["id_number"], "until": until}
    return api.post(f"/companies/{uscc}/agents", token, body)


def test_the_representative_lets_somebody_act_and_no_longer(api, firm):
    token, uscc = firm
    person, agent = api.citizen()
    assert appointed(api, token, uscc, person).status_code == 201
    (mine,) = api.get("/companies", token).json()["companies"]
    (his,) = api.get("/companies", agent).json()["companies"]
    assert (mine["standing"], len(mine["agents"])) == ("C2", 1)
    assert mine["agents"][0]["name"] == person["name"][0] + "*" * (len(person["name"]) - 1)
    assert (his["standing"], his["agents"]) == ("C1", [])
    path = f"/companies/{uscc}/agents/{mine['agents'][0]['resident']}"
    assert api.call("DELETE", path, token).status_code == 204
    assert api.call("DELETE", path, token).status_code == 204
    assert api.get("/companies", agent).json()["companies"] == []


def record(api, person, token, uscc):
    """An application for a record without offences, for a company."""
    body = application(api, person, token, purpose="other")
    del body["answers"]["apply_kind"]
    files = {"proxy": body["files"]["hukou_or_other"]}
    return body | {"service": firms.SERVICE, "files": files, "company": uscc}


def test_an_agent_may_apply_and_a_stranger_may_not(api, firm):
    token, uscc = firm
    person, agent = api.citizen()
    body = record(api, person, agent, uscc)
    assert refusal(api.post("/cases", agent, body)) == (404, "no_such_company")
    appointed(api, token, uscc, person)
    case = api.post("/cases", agent, body).json()
    wanted = {"uscc": uscc, "name": firms.NAME, "standing": "C1"}
    assert case["company"] == wanted
    assert api.get(f"/cases/{case['number']}", agent).json()["company"] == wanted
    assert api.get("/cases", agent).json()["cases"][0]["company"] == wanted
    receipt = api.get(f"/cases/{case['number']}/receipt", agent).json()["receipt"]
    assert receipt["applicant"].startswith(f"{firms.NAME}（经办人 {person['name'][0]}*")


def test_an_agent_whose_time_is_over_applies_no_more(api, firm, later):
    token, uscc = firm
    person, agent = api.citizen()
    appointed(api, token, uscc, person, days=1)
    body = record(api, person, agent, uscc)
    later(2)
    assert api.get("/companies", agent).json()["companies"] == []
    assert refusal(api.post("/cases", agent, body)) == (403, "standing_too_low")


def test_a_service_for_companies_says_whom_it_takes(api, firm):
    token, uscc = firm
    person, agent = api.citizen()
    appointed(api, token, uscc, person)
    body = record(api, person, agent, uscc)
    with firms.only_for_companies(api.town, "C2"):
        guide = api.get(f"/services/{firms.SERVICE}").json()
        alone = api.post("/cases", agent, body | {"company": None})
        answer = api.post("/cases", agent, body)
    assert (guide["service_objects"], guide["company_level"]) == (["2"], "C2")
    assert refusal(alone) == (422, "company_needed")
    assert refusal(answer) == (403, "standing_too_low")


def test_a_service_for_people_takes_no_company(api, firm):
    token, uscc = firm
    person, _ = api.citizen()
    body = application(api, person, token) | {"company": uscc}
    assert refusal(api.post("/cases", token, body)) == (422, "not_for_companies")


def test_nobody_appoints_agents_of_others_companies(api, firm):
    _, uscc = firm
    person, stranger = api.citizen()
    assert refusal(appointed(api, stranger, uscc, person)) == (404, "no_such_company")
    path = f"/companies/{uscc}/agents/x"
    assert refusal(api.call("DELETE", path, stranger)) == (404, "no_such_company")


def test_an_agent_is_a_verified_person_with_a_day_ahead(api, firm):
    token, uscc = firm
    person, _ = api.citizen()
    assert refusal(appointed(api, token, uscc, person, -1)) == (422, "bad_agent_date")
    unknown = person | {"name": "王无名"}
    assert refusal(appointed(api, token, uscc, unknown)) == (422, "no_such_person")
    body = {"name": "王无名", "id_number": person["id_number"], "until": "soon"}
    answer = api.post(f"/companies/{uscc}/agents", token, body)
    assert faults(answer) == {"until"}
