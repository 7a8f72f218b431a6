"""Applying in the name of a company: who may, what the case keeps, what it answers itself."""

from datetime import date

import pytest

from base import store
from catalogue import services
from people import companies
from people.companies import Agent, Company
from tracking import acting, cases, receipts

from .town import Desk

USCC = "11370800MB28559184"


@pytest.fixture
def shop(desk: Desk) -> Company:
    """The company of somebody else, with the desk's resident as an agent."""
    return Company(USCC, "小红茶叶店", "boss", (Agent(desk.resident.id, date(2099, 1, 1)),))


def test_a_case_keeps_the_company_and_how_its_applicant_stood(desk: Desk, shop: Company) -> None:
    case = desk.with_service(service_objects=["1", "2"]).submit(company=shop)

    assert cases.get(desk.db, case.number).company == case.company
    assert (case.company.uscc, case.company.name, case.company.standing) == (
        USCC,
        "小红茶叶店",
        "C1",
    )
    assert receipts.receipt(case)["applicant"] == "小红茶叶店（经办人 王**）"


def test_who_applies_for_herself_bears_her_own_name(desk: Desk) -> None:
    case = desk.submit()

    assert case.company is None
    assert receipts.receipt(case)["applicant"] == "王**"


def test_a_service_for_companies_needs_one(desk: Desk, shop: Company) -> None:
    only = desk.with_service(service_objects=["2"], company_level="C1")

    with pytest.raises(acting.CompanyNeeded):
        only.submit()
    assert only.submit(company=shop).company is not None


def test_a_service_for_people_takes_none(desk: Desk, shop: Company) -> None:
    with pytest.raises(acting.NotForCompanies):
        desk.submit(company=shop)


def test_a_standing_too_low_files_nothing(desk: Desk, shop: Company) -> None:
    with pytest.raises(companies.StandingTooLow):
        desk.with_service(service_objects=["2"], company_level="C2").submit(company=shop)
    lapsed = Company(USCC, shop.name, "boss", (Agent(desk.resident.id, date(2020, 1, 1)),))
    with pytest.raises(companies.StandingTooLow):
        desk.with_service(service_objects=["2"]).submit(company=lapsed)
    stranger = Company(USCC, shop.name, "boss", ())
    with pytest.raises(companies.NoSuchCompany):
        desk.with_service(service_objects=["2"]).submit(company=stranger)
    assert desk.db["cases"].count_documents({}) == 0


def test_a_company_answers_what_is_asked_of_itself(guides: store.Database, shop: Company) -> None:
    food = services.get(guides, "food_business_license")

    assert acting.answers(food, shop) == {"org_name": shop.name, "org_uscc": USCC}
    assert acting.answers(food, None) == {}
