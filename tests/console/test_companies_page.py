"""Companies at the window: what a clerk vouches for, sees, and leaves behind."""

import pytest

from base import audit
from people import companies
from tests import firms

from .people import filed, signed_in

PATH = "/console/companies"


@pytest.fixture
def owner(town):
    """(person, token) of somebody verified who owns a tea shop."""
    return town.citizen()


def told(who, **more):
    code = more.pop("uscc", None) or firms.fresh_code()
    said = {"uscc": code, "name": firms.NAME, "person": who["name"]}
    return said | {"id_number": who["id_number"], "vouched": "yes"} | more


def sent(clerk, values, expect=200):
    forms = clerk.open(PATH).forms
    return clerk.send(
        next(each for each in forms if "vouched" in each.choices), values, expect=expect
    )


def lines(town, subject):
    return [(row["act"], row["actor"]) for row in audit.of_subject(town.db, subject)]


def test_a_clerk_registers_a_company_for_a_verified_resident(town, clerk, owner):
    person, token = owner
    said = told(person)
    page = sent(clerk, said)
    assert "已登记" + firms.NAME in page.text
    assert page.url.endswith(said["uscc"])
    assert person["name"][0] + "*" in page.text
    for secret in (person["name"], person["id_number"], person["phone"]):
        assert secret not in page.answer.text
    (mine,) = companies.of(town.db, firms.mine(town, token))
    assert (mine.uscc, mine.name) == (said["uscc"], firms.NAME)


def test_who_vouched_and_who_looked_is_recorded(town, clerk, owner):
    person, token = owner
    said = told(person)
    sent(clerk, said)
    acts = lines(town, f"company:{said['uscc']}")
    assert acts == [("company.see", firms.CLERK), ("company.register", firms.CLERK)]
    me = firms.mine(town, token)
    assert ("person.find", firms.CLERK) in lines(town, f"resident:{me}")
    assert "登记单位" in clerk.open(f"{PATH}/{said['uscc']}").text


@pytest.mark.parametrize("wrong", [{"person": "王无名"}, {"id_number": "1"}, {"person": "1"}])
def test_whatever_is_wrong_about_the_person_sounds_the_same(town, clerk, owner, wrong):
    person, _ = owner
    said = told(person, **wrong)
    page = sent(clerk, said, expect=422)
    assert "没有找到已实名认证的这位居民" in page.text
    assert dict(page.form(PATH).fields)["name"] == firms.NAME
    assert person["id_number"] not in page.answer.text
    assert lines(town, f"company:{said['uscc']}") == [("person.find", firms.CLERK)]
    with pytest.raises(companies.NoSuchCompany):
        companies.get(town.db, said["uscc"])


def test_a_resident_nobody_has_verified_is_not_found(town, clerk):
    person = town.person(follow=True)
    town.sign_in(person)
    assert "没有找到已实名认证" in sent(clerk, told(person), expect=422).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"uscc": "91341821MA00000010"}, "统一社会信用代码不正确"),
        ({"name": "店"}, "单位名称不正确"),
    ],
)
def test_a_wrong_code_or_name_is_named(clerk, owner, wrong, words):
    assert words in sent(clerk, told(owner[0], **wrong), expect=422).text


def test_nothing_is_registered_unseen(clerk, owner):
    said = told(owner[0])
    del said["vouched"]
    assert "当面核对" in sent(clerk, said, expect=422).text


def test_a_company_is_not_taken_over(town, clerk, owner):
    said = told(owner[0])
    sent(clerk, said)
    assert "已登记" in sent(clerk, said).text
    other, _ = town.citizen()
    assert "已经登记" in sent(clerk, told(other, uscc=said["uscc"]), expect=409).text


def test_a_clerk_finds_a_company_and_sees_its_agents(town, clerk, owner):
    code, agent, until = firms.with_agent(town, owner[1])
    forms = [each for each in clerk.open(PATH).forms if each.action.endswith(PATH)]
    page = clerk.send(next(each for each in forms if each.method == "GET"), {"uscc": code.lower()})
    for words in (firms.NAME, agent["name"][0] + "*", until.isoformat(), "有效", "指定经办人"):
        assert words in page.text
    assert agent["name"] not in page.answer.text


def test_an_agent_whose_time_is_over_is_marked(town, owner, later):
    code, _, _ = firms.with_agent(town, owner[1], days=1)
    later(2 * 86_400)
    assert "已过期" in signed_in(town, "chuangkou").open(f"{PATH}/{code}").text


@pytest.mark.parametrize(("code", "status"), [("1", 422), (firms.fresh_code(), 404)])
def test_a_code_nobody_has_is_told(clerk, code, status):
    page = clerk.open(f"{PATH}?uscc={code}", expect=status)
    assert "没有找到这家单位" in page.text or "代码不正确" in page.text


def test_a_companys_case_bears_its_name(town, clerk, owner):
    person, token = owner
    code = firms.registered(town, token)
    number = filed(town, firms.SERVICE, owner, company=code)
    page = clerk.open(f"/console/cases/{number}")
    assert firms.NAME in page.text
    assert "法定代表人" in page.text
    assert firms.NAME in clerk.open(page.link(code)).text
    assert firms.NAME in clerk.open("/console/?view=submitted&limit=500").text
    receipt = clerk.open(f"/console/cases/{number}/receipt").text
    assert f"{firms.NAME}（法定代表人 {person['name'][0]}*" in receipt


def test_the_guide_says_who_may_act_for_a_company(town, clerk):
    path = f"/console/services/{firms.SERVICE}"
    assert "法定代表人或经办人都可以办" in clerk.open(path).text
    with firms.only_for_companies(town, "C2"):
        assert "只能以单位名义；只能由法定代表人本人办" in clerk.open(path).text
    assert "单位办理" not in clerk.open("/console/services/id_card_renewal").text
