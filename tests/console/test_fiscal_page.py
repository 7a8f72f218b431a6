"""A bill at the finance system, as the finance officer sees it."""

import pytest

from payments import fiscal
from script.walk.web import Failed
from tests.h5.test_receipts import counter

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


def test_the_story_of_a_receipt_is_told(town, finance, owed):
    who, bill = owed
    given = order(town, who, bill)
    told = {"wallet": "wechat", "params": given["parameters"]}
    town.control("POST", f"/people/{who[0]['id']}/pay", told)
    town.eventually(lambda: fiscal.shown(town.db, bill.number))
    text = finance.open(f"/console/bills/{bill.number}").text
    for words in ("财政确认缴款", "申请财政电子票据", "正在开具"):
        assert words in text
