"""Companies: their representative, their agents, and who may act today."""

from datetime import timedelta

import pytest

from base import audit, clock
from people import companies, identity, levels, residents
from people.companies import AGENT, REPRESENTATIVE

from .conftest import LI, WANG
from .threads import at_once

USCC = "11370800MB28559184"
OTHER = "12441500196720244T"


def agrees(uscc, name, person):
    return None


def refuses(uscc, name, person):
    raise companies.NotRepresentative


def register(db, by, check=agrees, representative="王小红", uscc=USCC):
    return companies.register(db, uscc, "郎溪县 小红茶叶店", representative, by, check)


@pytest.fixture
def shop(db, verified_wang):
    return register(db, verified_wang.id)


def appoint(db, by, days=30, name="李建国", id_number=LI):
    until = clock.today() + timedelta(days=days)
    return companies.appoint(db, USCC, by, name=name, id_number=id_number, until=until)


def test_a_representative_registers_her_company_once(db, verified_wang, shop):
    assert register(db, verified_wang.id) == shop
    assert (shop.uscc, shop.name) == (USCC, "郎溪县 小红茶叶店")
    assert companies.standing(shop, verified_wang.id) == REPRESENTATIVE
    assert companies.of(db, verified_wang.id) == [shop]


def test_the_register_is_told_who_asks(db, verified_wang):
    asked = []
    register(db, verified_wang.id, lambda *given: asked.append(given))
    assert asked == [(USCC, "郎溪县 小红茶叶店", residents.Person("王小红", WANG, None))]


def test_another_name_or_a_refusal_by_the_register_registers_nothing(db, verified_wang):
    with pytest.raises(companies.NotRepresentative):
        register(db, verified_wang.id, representative="李建国")
    with pytest.raises(companies.NotRepresentative):
        register(db, verified_wang.id, refuses)
    with pytest.raises(companies.NoSuchCompany):
        companies.get(db, USCC)


def test_who_is_not_verified_registers_nothing(db, wang):
    with pytest.raises(levels.LevelTooLow):
        register(db, wang.id)


def test_a_broken_code_is_refused(db, verified_wang):
    with pytest.raises(identity.BadUscc):
        register(db, verified_wang.id, uscc=USCC[:-1] + "5")


def test_a_company_has_one_representative(db, shop, verified_li):
    with pytest.raises(companies.CompanyTaken):
        register(db, verified_li.id, representative="李建国")


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
    for resident, needed in ((verified_li.id, REPRESENTATIVE), ("stranger", AGENT)):
        with pytest.raises(companies.StandingTooLow):
            companies.require(hired, resident, needed)


def test_only_the_representative_appoints(db, shop, verified_li):
    with pytest.raises(companies.StandingTooLow):
        appoint(db, verified_li.id)


def test_a_stranger_and_a_wrong_name_look_the_same(db, shop, verified_wang):
    with pytest.raises(companies.NoSuchAgent):
        appoint(db, verified_wang.id)
    with pytest.raises(companies.NoSuchAgent):
        appoint(db, verified_wang.id, name="李建国", id_number=WANG)


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
    with pytest.raises(companies.StandingTooLow):
        companies.dismiss(db, USCC, "stranger", verified_li.id)


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
