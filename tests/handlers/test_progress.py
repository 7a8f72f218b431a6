"""What a resident is told of her own cases and bills, and of nobody else's."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from base import clock
from catalogue import fees, services
from handlers.exchange import Links
from payments import bills
from people import residents
from people.residents import Account
from tests.tracking.town import Desk, answers

KEY = "driving_license_renewal"


@pytest.fixture
def desk(county):
    resident = residents.arrive(county, Account("oa", "wxoa", "alice"))
    return Desk(county, services.get(county, KEY), replace(resident, level=2, name_masked="王**"))


def test_her_only_case_is_told_in_full(desk, write):
    case = desk.submit()
    words = write("我的办件").words

    assert words.startswith(f"【{case.service_name}】{case.state_name}\n编号{case.spoken}\n")
    assert case.agency_name in words
    assert f"https://county.example/h5/cases/{case.number}" in words


def test_several_cases_are_listed_briefly(desk, write):
    numbers = {desk.submit().spoken for _ in range(6)}
    words = write("我的办件").words

    assert sum(each in words for each in numbers) == 5
    assert "查看全部办件" in words
    assert len(words.encode()) <= 2048


def test_a_case_number_tells_where_it_stands(desk, write):
    case = desk.submit()

    assert f"【{case.service_name}】{case.state_name}" in write(case.spoken).words
    assert write(case.number, openid="bob").words.startswith("没有找到编号")


def test_what_she_owes_is_told_with_a_way_to_pay(county, desk, write):
    case = desk.submit()
    quote = fees.quote(desk.service, answers())
    bill = bills.issue(
        county,
        number_of_case=case.number,
        resident=desk.resident.id,
        lines=quote.lines,
        total=quote.total,
        title=case.service_name,
    )
    reply = write("待缴费")

    assert reply.words.startswith("您有1笔费用待缴，共10.00元")
    assert f"https://county.example/h5/bills/{bill.number}" in reply.words
    last = date.fromisoformat(bill.payable_by)
    assert f"，{last.month}月{last.day}日前缴清" in reply.words
    clock.move(county, timedelta(days=40).total_seconds())
    assert f"已过{last.month}月{last.day}日的期限" in write("待缴费").words
    assert "没有要交的费用" in write("待缴费", openid="bob").words


def test_links_quote_what_they_carry():
    links = Links("https://county.example")

    assert links.service("a/b") == "https://county.example/h5/services/a%2Fb"
    assert links.home() == "https://county.example/h5/"
