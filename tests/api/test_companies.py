"""Acting for a company: who may, until when, and who says so."""

from datetime import timedelta

import pytest

from base import clock
from people import companies

from .checked import faults, refusal
from .doing import CLERK, application

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(n):
    """A unified social credit code with its check sign (GB 32100)."""
    body = f"91341821MA{n:07}"
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + SIGNS[(31 - total % 31) % 31]


@pytest.fixture
def firm(api):
    """(token of the representative, the company's code)."""
    person, token = api.citizen()
    me = api.get("/me", token).json()["id"]
    uscc = code(api.db["companies"].count_documents({}) + 1)
    companies.register(api.db, uscc, "郎溪茶业", representative=me, by=CLERK)
    return token, uscc


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
    assert (his["standing"], his["agents"]) == ("C1", [])
    path = f"/companies/{uscc}/agents/{mine['agents'][0]['resident']}"
    assert api.call("DELETE", path, token).status_code == 204
    assert api.call("DELETE", path, token).status_code == 204
    assert api.get("/companies", agent).json()["companies"] == []


def test_an_agent_may_apply_and_a_stranger_may_not(api, firm):
    token, uscc = firm
    person, agent = api.citizen()
    body = application(api, person, agent) | {"company": uscc}
    assert refusal(api.post("/cases", agent, body)) == (404, "no_such_company")
    appointed(api, token, uscc, person)
    assert api.post("/cases", agent, body).status_code == 201


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
