"""Reductions at the console, and bills that are cancelled and issued anew."""

import pytest

from base import audit
from payments import bills
from tracking import cases, messages

from .people import operator, signed_in
from .test_money_page import owed

__all__ = ["owed"]

WISH = {"amount": "15.00", "basis": "财税〔2016〕79号", "note": "看过低保证"}


@pytest.fixture
def bill(owed):
    return owed[1]


def now(town, bill):
    return bills.get(town.db, bill.number)


def kinds(town, bill):
    """What the resident of a bill was told of."""
    return {each.kind for each in messages.of(town.db, bill.resident)}


def page(browser, bill):
    return browser.open(f"/console/bills/{bill.number}")


def test_a_clerk_asks_finance_grants_and_the_resident_is_told(town, clerk, finance, bill):
    asked = clerk.send(page(clerk, bill).form("/reductions"), WISH)
    assert "等待另一位工作人员审批" in asked.text
    assert "同意减免" not in asked.text
    assert "待审批的减免" in finance.open("/console/").text
    listed = finance.open("/console/reductions")
    assert any(bill.number in url for url, _ in listed.links)
    shown = page(finance, bill)
    assert "看过低保证" in shown.text
    assert "已同意减免" in finance.send(shown.form("/grant")).text
    assert now(town, bill).total == 2500
    town.eventually(lambda: cases.get(town.db, bill.case).payment.amount == 2500)
    assert "减免后应缴 25.00 元" in clerk.open(f"/console/cases/{bill.case}").text
    told = town.eventually(
        lambda: [m for m in messages.of(town.db, bill.resident) if m.kind == "bill_reduced"]
    )
    assert "减免了 15.00 元，现在应缴 25.00 元" in told[0].words
    acts = {row["act"] for row in audit.of_subject(town.db, f"bill:{bill.number}")}
    assert {"reduction.ask", "reduction.grant"} <= acts


def test_a_waived_bill_lets_its_case_go_on(town, finance, bill):
    finance.send(page(finance, bill).form("/reductions"), WISH | {"amount": "40"})
    assert "要由另一位工作人员审批" in page(finance, bill).text
    other = signed_in(town, operator(town, "finance"))
    other.send(page(other, bill).form("/grant"))
    assert "已免缴" in page(other, bill).text
    town.eventually(lambda: cases.get(town.db, bill.case).payment.state == "waived")
    assert any(bill.number in url for url, _ in other.open("/console/bills?state=waived").links)


def test_a_reduction_is_refused_with_a_reason_and_nonsense_is_not_taken(town, clerk, finance, bill):
    token = dict(page(finance, bill).forms[-1].fields)["csrf_token"]
    where, told = f"{finance.base}/console/bills/{bill.number}/reductions/x", {"csrf_token": token}
    assert finance.session.post(f"{where}/grant", data=told).status_code == 404
    assert finance.session.post(f"{where}/dance", data=told).status_code == 404
    for wrong, words in (({"amount": "41"}, "超过了"), ({"amount": "1e1"}, "金额")):
        assert words in clerk.send(page(clerk, bill).form("/reductions"), WISH | wrong).text
    clerk.send(page(clerk, bill).form("/reductions"), WISH)
    refused = finance.send(page(finance, bill).form("/refuse"), {"note": "证明过期"})
    assert "已记录不同意" in refused.text
    assert "证明过期" in refused.text
    assert now(town, bill).total == 4000


def test_a_cancelled_bill_is_issued_anew_while_its_case_owes_it(town, finance, bill):
    assert "200字" in finance.send(page(finance, bill).form("/cancel"), {"note": " "}).text
    town.eventually(lambda: "bill_issued" in kinds(town, bill))
    done = finance.send(page(finance, bill).form("/cancel"), {"note": "开错了"})
    assert "开错了" in done.text
    anew = finance.send(done.form("/reissue"))
    assert not anew.url.endswith(bill.number)
    fresh = bills.get(town.db, now(town, bill).replaced_by)
    town.eventually(lambda: cases.get(town.db, bill.case).payment.bill == fresh.number)
    town.eventually(lambda: {"bill_cancelled", "bill_reissued"} <= kinds(town, bill))
    form = anew.form("/cancel")
    done = finance.send(form, {"note": "不收了"})
    assert "不能取消" in finance.send(form, {"note": "再来"}).text
    case = cases.get(town.db, bill.case)
    cases.move(town.db, case.number, "withdraw", by=f"resident:{case.resident}")
    assert "只有已取消的缴费单" in finance.send(done.form("/reissue")).text
