"""A bill at the finance system, as the finance officer sees it."""

import secrets

import pytest

from payments import bills, fiscal
from script.walk.web import Failed
from tests.h5.test_receipts import counter, receipts_after
from tracking import cases

from .test_money_page import order, owed

__all__ = ["owed"]


def test_a_dispute_is_seen_and_brought_to_finance_again(town, finance, owed):
    who, bill = owed
    counter(town, bill.number, "late")
    answer = town.call(
        "POST",
        f"/api/v1/bills/{bill.number}/attempts",
        who[1],
        json={"wallet": "wechat"},
        headers={"Idempotency-Key": bill.number},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "levy_disputed")
    page = finance.open(f"/console/bills/{bill.number}")
    assert "有争议，待处理" in page.text
    assert "已安排再次提交财政系统" in finance.send(page.form("/fiscal")).text
    with pytest.raises(Failed, match="没有待处理的财政争议"):
        finance.send(page.form("/fiscal"))


def test_a_bill_that_a_bank_took_is_paid_by_finances_word_and_not_by_the_counter(
    town, clerk, finance, owed
):
    _, bill = owed
    counter(town, bill.number, "pay")
    page = clerk.open(f"/console/bills/{bill.number}")
    slip = {"method": "cash", "voucher": secrets.token_hex(6).upper(), "amount": "40.00"}
    assert "系统会按财政的记录自动入账" in clerk.send(page.form("/counter"), slip).text
    town.eventually(lambda: bills.get(town.db, bill.number).state == "paid")
    town.eventually(lambda: cases.get(town.db, bill.case).payment.state == "paid")
    text = finance.open(f"/console/bills/{bill.number}").text
    assert "银行缴款（财政确认）" in text
    assert "财政系统的答复" in text


def test_finance_is_asked_at_once_when_somebody_shows_a_banks_slip(town, clerk, owed):
    _, bill = owed
    counter(town, bill.number, "pay")
    page = clerk.open(f"/console/bills/{bill.number}")
    assert "立即向财政查询" in page.text
    assert "已缴费" in clerk.send(page.form("/ask")).text


def test_a_bill_that_a_bank_took_is_found_so_and_not_cancelled(town, finance, owed):
    _, bill = owed
    form = finance.open(f"/console/bills/{bill.number}").form("/cancel")
    counter(town, bill.number, "pay")
    finance.send(form, {"note": "开错了"})
    assert bills.get(town.db, bill.number).state == "paid"


def test_a_bill_for_which_a_bank_took_another_sum_is_cancelled_and_the_money_waits(
    town, finance, owed
):
    _, bill = owed
    for act in ("late", "pay"):
        counter(town, bill.number, act)
    finance.send(finance.open(f"/console/bills/{bill.number}").form("/cancel"), {"note": "多收了"})
    assert bills.get(town.db, bill.number).state == "cancelled"
    town.eventually(lambda: bills.get(town.db, bill.number).received)


def test_what_finance_has_of_a_notice_is_told_in_plain_words(town, finance, owed):
    _, bill = owed
    for act in ("late", "pay"):
        counter(town, bill.number, act)
    page = finance.open(f"/console/bills/{bill.number}")
    page = finance.send(page.form("/ask"))
    counter(town, bill.number, "undo")
    finance.send(page.form("/cancel"), {"note": "银行已冲正"})
    town.eventually(lambda: fiscal.find(town.db, bill.number).state == "void")
    text = finance.open(f"/console/bills/{bill.number}").text
    assert "其他渠道的缴款已撤销或退付" in text
    assert "未缴款" in text


def test_a_banks_money_goes_back_by_hand_or_is_called_off(town, clerk, finance, owed):
    _, bill = owed
    counter(town, bill.number, "pay")
    clerk.send(clerk.open(f"/console/bills/{bill.number}").form("/ask"))
    page = clerk.open(f"/console/bills/{bill.number}")
    clerk.send(page.form("/refunds"), {"amount": "10.00", "note": "多收了"})
    finance.send(finance.open(f"/console/bills/{bill.number}").form("/approve"))
    page = finance.open(f"/console/bills/{bill.number}")
    assert "按财政退付手续" in page.text
    given = {"method": "bank", "voucher": secrets.token_hex(6).upper()}
    assert ("method", "cash") not in page.form("/payout").fields
    assert "终止" in finance.send(page.form("/drop"), {"note": "批错了"}).text
    assert bills.get(town.db, bill.number).refundable == bill.total
    assert "不在窗口办理" in finance.send(page.form("/payout"), given).text


def test_the_story_of_a_receipt_is_told(town, finance, owed):
    who, bill = owed
    given = order(town, who, bill)
    told = {"wallet": "wechat", "params": given["parameters"]}
    with receipts_after(town, 4 * 3600):
        town.control("POST", f"/people/{who[0]['id']}/pay", told)
        town.eventually(lambda: fiscal.shown(town.db, bill.number))
    text = finance.open(f"/console/bills/{bill.number}").text
    for words in ("财政确认缴款", "申请财政电子票据", "正在开具"):
        assert words in text
