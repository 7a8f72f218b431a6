"""Cash and cards at the console: taken by one, signed by another, given back at the counter."""

import secrets

import pytest

from payments import bills, slips, telling
from tracking import cases

from .people import key, operator, signed_in
from .test_money_page import owed, silent

__all__ = ["owed"]


@pytest.fixture
def bill(owed):
    return owed[1]


@pytest.fixture
def voucher():
    return {"method": "cash", "voucher": secrets.token_hex(6).upper()}


def now(town, bill):
    return bills.get(town.db, bill.number)


def page(browser, bill):
    return browser.open(f"/console/bills/{bill.number}")


def taken(browser, bill, voucher, amount="40.00"):
    return browser.send(page(browser, bill).form("/counter"), voucher | {"amount": amount})


def missing(finance, bill):
    token = dict(page(finance, bill).forms[-1].fields)["csrf_token"]
    given = {"csrf_token": token, "method": "cash", "voucher": "0001"}
    for path in ("slips/x/sign", "slips/x/dance", "refunds/x/payout"):
        where = f"{finance.base}/console/bills/{bill.number}/{path}"
        assert finance.session.post(where, data=given).status_code == 404


def test_cash_is_taken_by_a_clerk_and_signed_by_finance(town, clerk, finance, bill, voucher):
    missing(finance, bill)
    assert "一次缴清" in taken(clerk, bill, voucher, "39").text
    assert "凭证号不对" in taken(clerk, bill, voucher | {"method": "pos"}).text
    done = taken(clerk, bill, voucher)
    assert "已登记收款" in done.text
    assert "复核无误" not in done.text
    town.eventually(lambda: cases.get(town.db, bill.case).payment.state == "paid")
    shown = page(finance, bill)
    assert "现金" in shown.text
    doubted = finance.send(shown.form("/dispute"), {"note": "少了四十元"})
    assert "少了四十元" in doubted.text
    assert "有异议" in finance.open("/console/counter").text
    assert "已复核" in finance.send(doubted.form("/slips/")).text
    assert [each.state for each in now(town, bill).slips.values()] == ["signed"]


def test_a_counter_form_is_answered_once_and_takes_no_other_sum(town, clerk, bill, voucher):
    form = page(clerk, bill).form("/counter")
    for _ in range(2):
        assert "已登记收款" in clerk.send(form, voucher | {"amount": "40.00"}).text
    assert "同一个请求编号" in clerk.send(form, voucher | {"amount": "39.00"}).text
    assert len(bills.facts(town.db, bill.number)) == 1


def test_an_order_at_a_silent_wallet_stops_the_card_for_a_while(town, finance, owed, voucher):
    who, bill = owed
    where = f"/api/v1/bills/{bill.number}/attempts"
    town.call("POST", where, who[1], json={"wallet": "wechat"}, headers=key())
    cashier, card = signed_in(town, operator(town, "clerk")), {"terminal": "T1234567"}
    voucher |= card | {"method": "pos"}
    with silent(town):
        assert "上一次支付还没有结果" in taken(cashier, bill, voucher).text
    assert "已登记收款" in taken(cashier, bill, voucher).text
    a_days_money_is_signed_together_when_it_is_all_there(town, finance, bill)


def a_days_money_is_signed_together_when_it_is_all_there(town, finance, bill):
    form = lambda: next(  # noqa: E731
        each
        for each in finance.open("/console/counter").forms
        if each.action.endswith("/close") and ("method", "pos") in each.fields
    )
    assert "清点的金额" in finance.send(form(), {"counted": "39.99"}).text
    assert "已复核 1 笔" in finance.send(form(), {"counted": "40.00"}).text
    assert not [each for each, _ in slips.waiting(town.db) if each.number == bill.number]


def test_what_was_paid_in_cash_goes_back_at_the_counter(town, clerk, finance, bill, voucher):
    taken(clerk, bill, voucher)
    asked = clerk.send(page(clerk, bill).form("/refunds"), {"amount": "10.00", "note": "多收了"})
    assert "等待另一位工作人员审批" in asked.text
    finance.send(page(finance, bill).form("/approve"))
    assert "等待领取的退款" in finance.open("/console/counter").text
    shown = page(clerk, bill)
    assert "到窗口领取" in shown.text
    again = voucher | {"voucher": secrets.token_hex(6).upper()}
    assert "凭证号不对" in clerk.send(shown.form("/payout"), again | {"voucher": "1"}).text
    assert "已登记退款" in clerk.send(shown.form("/payout"), again).text
    (back,) = now(town, bill).refunds.values()
    assert (back.state, now(town, bill).returned) == ("succeeded", 1000)
    assert telling.refunds(now(town, bill))[0]["state"] == "done"


def test_a_day_on_which_more_was_handed_out_than_taken_in_is_counted_below_zero(
    town, clerk, finance, bill, voucher
):
    taken(clerk, bill, voucher)
    clerk.send(page(clerk, bill).form("/refunds"), {"amount": "10.00", "note": "多收了"})
    finance.send(page(finance, bill).form("/approve"))
    name = operator(town, "clerk")
    cashier = signed_in(town, name)
    told = voucher | {"voucher": secrets.token_hex(6).upper()}
    assert "已登记退款" in cashier.send(page(cashier, bill).form("/payout"), told).text
    shown = finance.open("/console/counter")
    assert "退出的比收进的多" in shown.text
    form = next(each for each in shown.forms if ("by", f"operator:{name}") in each.fields)
    assert "清点的金额" in finance.send(form, {"counted": "10.00"}).text
    assert "已复核 1 笔" in finance.send(form, {"counted": "-10.00"}).text
    assert [each.state for each in now(town, bill).slips.values()] == ["unsigned", "signed"]


def test_another_agency_sees_nothing_of_the_counter(town, clerk, bill, voucher):
    taken(clerk, bill, voucher)
    stranger = signed_in(town, operator(town, "clerk", agency="education"))
    assert voucher["voucher"] in clerk.open("/console/counter").text
    assert voucher["voucher"] not in stranger.open("/console/counter").text


def test_a_slip_that_came_after_the_page_was_shown_is_not_signed_unseen(
    town, clerk, finance, bill, voucher
):
    name = operator(town, "clerk")
    cashier = signed_in(town, name)
    taken(cashier, bill, voucher)
    old = closing(finance, name)
    cashier.send(page(cashier, bill).form("/refunds"), {"amount": "10.00", "note": "多收了"})
    finance.send(page(finance, bill).form("/approve"))
    told = voucher | {"voucher": secrets.token_hex(6).upper()}
    cashier.send(page(cashier, bill).form("/payout"), told)
    assert "重新清点" in finance.send(old, {"counted": "30.00"}).text
    assert {each.state for each in now(town, bill).slips.values()} == {"unsigned"}
    assert "已复核 2 笔" in finance.send(closing(finance, name), {"counted": "30.00"}).text


def closing(finance, name):
    """The form that signs what an officer took and gave."""
    forms = finance.open("/console/counter").forms
    return next(each for each in forms if ("by", f"operator:{name}") in each.fields)
