"""Companies: their representative, their agents, and who may act today."""

from datetime import timedelta

import pytest

from base import audit, clock
from people import companies, finding, identity, levels, records
from people.companies import AGENT, REPRESENTATIVE

from .conftest import LI, WANG
from .threads import at_once

USCC = "11370800MB28559184"
OTHER = "12441500196720244T"


CLERK = "operator:chuangkou"


def register(db, representative, name="郎溪县 小红茶叶店", uscc=USCC):
    return companies.register(db, uscc, name, representative=representative, by=CLERK)


@pytest.fixture
def shop(db, verified_wang):
    return register(db, verified_wang.id)


def appoint(db, by, days=30, name="李建国", id_number=LI):
    until = clock.today() + timedelta(days=days)
    return companies.appoint(db, USCC, by, name=name, id_number=id_number, until=until)


def test_a_company_is_registered_once_by_word_of_an_operator(db, verified_wang, shop):
    assert register(db, verified_wang.id, name=" 郎溪县  小红茶叶店 ") == shop
    assert (shop.uscc, shop.name) == (USCC, "郎溪县 小红茶叶店")
    assert companies.standing(shop, verified_wang.id) == REPRESENTATIVE
    assert companies.of(db, verified_wang.id) == [shop]
    (line,) = audit.of_subject(db, f"company:{USCC}")
    assert (line["actor"], line["act"]) == (CLERK, "company.register")
    (step,) = db["companies"].find_one({"_id": USCC})["history"]
    assert (step["move"], step["by"]) == ("register", CLERK)


def test_who_is_not_verified_represents_nothing(db, wang):
    with pytest.raises(levels.LevelTooLow):
        register(db, wang.id)
    with pytest.raises(companies.NoSuchCompany):
        companies.get(db, USCC)


@pytest.mark.parametrize("name", ["", " 店 ", "店" * 101, "小红\x00茶叶店"])
def test_a_name_no_licence_bears_is_refused(db, verified_wang, name):
    with pytest.raises(companies.BadCompanyName):
        register(db, verified_wang.id, name=name)


def test_a_broken_code_is_refused(db, verified_wang):
    with pytest.raises(identity.BadUscc):
        register(db, verified_wang.id, uscc=USCC[:-1] + "5")


def test_a_company_has_one_representative_and_one_name(db, shop, verified_wang, verified_li):
    with pytest.raises(companies.CompanyTaken):
        register(db, verified_li.id)
    with pytest.raises(companies.CompanyTaken):
        register(db, verified_wang.id, name="另一家茶叶店")
    assert companies.get(db, USCC) == shop


def test_an_agent_may_act_until_the_last_day(db, shop, verified_wang, verified_li):
    hired = appoint(db, verified_wang.id, days=1)
    assert companies.standing(hired, verified_li.id) == AGENT
    assert companies.of(db, verified_li.id) == [hired]
    clock.move(db, 2 * 86_400)
    assert companies.standing(hired, verified_li.id) is None
    assert companies.of(db, verified_li.id) == []


def test_standings_are_asked_for(db, shop, verified_wang, verified_li):
    hired = appoint(db, verified_wang.id)
    companies.require(hired, verified_li.id, AGENT)
    companies.require(hired, verified_wang.id, AGENT)
    with pytest.raises(companies.StandingTooLow):
        companies.require(hired, verified_li.id, REPRESENTATIVE)


def test_an_agent_whose_time_is_over_is_refused_but_may_leave(db, shop, verified_wang, verified_li):
    appoint(db, verified_wang.id, days=1)
    clock.move(db, 2 * 86_400)
    with pytest.raises(companies.StandingTooLow):
        companies.require(companies.get(db, USCC), verified_li.id, AGENT)
    assert companies.dismiss(db, USCC, verified_li.id, verified_li.id) == shop


def test_to_strangers_a_company_is_not_there(db, shop, verified_wang, verified_li):
    with pytest.raises(companies.NoSuchCompany):
        companies.require(shop, verified_li.id, AGENT)
    with pytest.raises(companies.NoSuchCompany):
        appoint(db, verified_li.id)
    for agent in (verified_li.id, verified_wang.id):
        with pytest.raises(companies.NoSuchCompany):
            companies.dismiss(db, USCC, verified_li.id, agent)


def test_an_agent_appoints_nobody(db, shop, verified_wang, verified_li):
    appoint(db, verified_wang.id)
    with pytest.raises(companies.StandingTooLow):
        appoint(db, verified_li.id)


@pytest.mark.parametrize(
    ("name", "number"), [("李建国", LI), ("李建国", WANG), ("？", WANG), ("王小红", "1")]
)
def test_every_wrong_name_and_number_look_the_same(db, shop, verified_wang, name, number):
    with pytest.raises(finding.NoSuchPerson):
        appoint(db, verified_wang.id, name=name, id_number=number)
    line = audit.of_subject(db, f"company:{USCC}")[0]
    assert (line["act"], line["facts"]["found"]) == ("person.find", "no")


def test_a_claim_without_a_verified_record_finds_nobody(db, shop, verified_wang, wang):
    db["identities"].update_one({"resident": verified_wang.id}, {"$set": {"resident": "x"}})
    db["residents"].insert_one(records.fresh("x"))
    with pytest.raises(finding.NoSuchPerson):
        appoint(db, verified_wang.id, name="王小红", id_number=WANG)


def test_who_was_found_can_see_who_looked(db, shop, verified_wang, verified_li):
    appoint(db, verified_wang.id)
    line = audit.of_subject(db, f"resident:{verified_li.id}")[0]
    assert (line["act"], line["actor"]) == ("person.find", f"resident:{verified_wang.id}")


def test_a_day_gone_by_is_no_end_date(db, shop, verified_wang, verified_li):
    with pytest.raises(companies.BadAgentDate):
        appoint(db, verified_wang.id, days=-1)


def test_an_agent_is_dismissed_or_leaves(db, shop, verified_wang, verified_li):
    for by in (verified_wang.id, verified_li.id):
        appoint(db, verified_wang.id)
        left = companies.dismiss(db, USCC, by, verified_li.id)
        assert left.agents == ()
    acts = [line["act"] for line in audit.of_subject(db, f"company:{USCC}")]
    assert acts.count("company.agent.dismiss") == 2
    assert companies.dismiss(db, USCC, verified_wang.id, verified_li.id) == left


def test_a_representative_stays_when_she_names_herself_agent(db, shop, verified_wang):
    appoint(db, verified_wang.id, name="王小红", id_number=WANG)
    left = companies.dismiss(db, USCC, verified_wang.id, verified_wang.id)
    assert companies.of(db, verified_wang.id) == [left]


def test_appointments_at_once_are_all_kept(db, shop, verified_wang, verified_li):
    came = at_once(*[lambda n=n: appoint(db, verified_wang.id, days=n) for n in range(1, 5)])
    assert {each.uscc for each in came} == {USCC}
    assert [each.resident for each in companies.get(db, USCC).agents] == [verified_li.id]


def test_agents_are_counted(db, shop, verified_wang, verified_li):
    many = {f"r{n}": {"until": "2000-01-01"} for n in range(companies.MOST_AGENTS)}
    db["companies"].update_one({"_id": USCC}, {"$set": {"agents": many}})
    with pytest.raises(companies.TooManyAgents):
        appoint(db, verified_wang.id)
