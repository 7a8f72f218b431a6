"""Bills and doubtful money at the console."""

from contextlib import contextmanager

import pytest

from base import audit, clock
from payments import bills, quarantine
from payments.wallets.wallet import Notice
from tracking import cases

from .people import filed, key, naming, operator, signed_in


@pytest.fixture
def owed(town):
    """(person, token), and the bill of a case that has been accepted."""
    who = town.citizen()
    number = filed(town, "id_card_renewal", who)
    cases.move(town.db, number, "accept", by="operator:chuangkou")
    bill = town.eventually(lambda: cases.get(town.db, number).payment.bill)
    return who, bills.get(town.db, bill)


def order(town, who, bill, wallet="wechat"):
    where = f"/api/v1/bills/{bill.number}/attempts"
    told = {"json": {"wallet": wallet}, "headers": key()}
    return town.call("POST", where, who[1], **told).json()


@contextmanager
def silent(town):
    """For a while WeChat Pay does not say how orders stand, whoever asks."""
    away = {"endpoint": "/v3/pay/transactions/*", "kind": "status", "status": 502, "times": -1}
    town.control("POST", "/faults", away)
    try:
        yield
    finally:
        town.control("DELETE", "/faults")


def test_a_bill_shows_its_lines_its_case_and_its_story(town, clerk, owed):
    _, bill = owed
    page = clerk.open(f"/console/bills/{bill.number}")
    assert "40.00" in page.text
    assert "开具缴费单" in page.text
    assert "还没有发起过支付" in page.text
    assert any(url.endswith(f"/cases/{bill.case}") for url, _ in page.links)
    assert any(url.endswith(bill.number) for url, _ in clerk.open("/console/bills").links)


def test_the_wallet_is_asked_at_once_when_somebody_says_they_paid(town, finance, owed):
    who, bill = owed
    given = order(town, who, bill)
    page = finance.open(f"/console/bills/{bill.number}")
    assert "没有新的变化" in finance.send(page.form("/ask")).text
    prepay = {"wallet": "wechat", "params": given["parameters"]}
    town.control("POST", f"/people/{who[0]['id']}/pay", prepay)
    page = finance.send(page.form("/ask"))
    assert "已缴费" in page.text
    assert "微信支付" in page.text
    assert not [url for url, _ in page.links if "/cases/" in url]
    acts = [row["act"] for row in audit.of_subject(town.db, f"bill:{bill.number}")]
    assert acts.count("bill.ask") == 2
    assert any(
        url.endswith(bill.number) for url, _ in finance.open("/console/bills?state=paid").links
    )


def test_finance_sees_what_proved_a_payment_and_a_clerk_does_not(town, finance, clerk, owed):
    who, bill = owed
    given = order(town, who, bill)
    prepay = {"wallet": "wechat", "params": given["parameters"]}
    town.control("POST", f"/people/{who[0]['id']}/pay", prepay)
    (fact,) = town.eventually(lambda: bills.facts(town.db, bill.number))
    told = ("入账凭据", f"SHA-256 {fact['proof']}", f"验签密钥 {fact['serial']}")
    page = finance.open(f"/console/bills/{bill.number}").text
    assert [words for words in told if words in page] == list(told)
    page = clerk.open(f"/console/bills/{bill.number}").text
    assert [words for words in told if words in page] == []


def test_a_bill_is_not_cancelled_while_its_wallet_is_silent_or_where_it_was_paid(
    town, finance, owed
):
    who, bill = owed
    given = order(town, who, bill)
    form, note = finance.open(f"/console/bills/{bill.number}").form("/cancel"), {"note": "开错了"}
    with silent(town):
        assert "上一次支付还没有结果" in finance.send(form, note).text
    prepay = {"wallet": "wechat", "params": given["parameters"]}
    town.control("POST", f"/people/{who[0]['id']}/pay", prepay)
    finance.send(form, note)
    assert bills.get(town.db, bill.number).state == "paid"


def test_a_case_page_leads_to_its_bill(town, clerk, owed):
    _, bill = owed
    page = clerk.open(f"/console/cases/{bill.case}")
    assert any(url.endswith(f"/bills/{bill.number}") for url, _ in page.links)
    assert clerk.open(f"/console/find?number={bill.number}").url.endswith(bill.number)


def test_another_agencys_bill_does_not_exist(town, owed):
    stranger = signed_in(town, operator(town, "clerk", agency="education"))
    stranger.open(f"/console/bills/{owed[1].number}", expect=404)
    assert owed[1].number not in stranger.open("/console/bills").answer.text


def test_a_bill_of_a_vanished_case_is_nobodys(town, clerk):
    stranger = signed_in(town, operator(town, "clerk", agency="education"))
    lone = bills.issue(
        town.db,
        number_of_case="202611211234567",
        resident="r",
        lines=LINES,
        total=100,
        title="无主",
    )
    stranger.open(f"/console/bills/{lone.number}", expect=404)


class Line:
    code = name = unit = basis = "x"
    amount = total = 100
    quantity = 1


LINES = [Line()]


def test_doubtful_money_waits_for_the_finance_officer(town, finance, clerk):
    notice = Notice(
        provider="wechat", kind="payment", transaction="4200001234567890", attempt="B1W1",
        amount=4000, currency="CNY", merchant="1900000000", app="wx1", payer="oSecretPayer123",
        paid_at=clock.now(),
    )  # fmt: skip
    quarantine.put(town.db, "amount", notice)
    page = finance.open("/console/quarantine")
    assert "金额与订单不一致" in page.text
    assert "4200001234567890" not in page.text
    opened = finance.send(naming(page, "amount:wechat:payment:4200001234567890"))
    assert "4200001234567890" in opened.text
    assert "oSecretPayer123" not in opened.answer.text
    assert audit.of_subject(town.db, "wallet:wechat")[0]["act"] == "quarantine.reveal"
    clerk.open("/console/quarantine", expect=403)
    assert "待核对款项" in finance.open("/console/").text


def test_doubtful_money_is_listed_page_by_page(town, finance):
    for n in range(51):
        notice = Notice("wechat", "payment", f"44{n}", "B1W1", 1, "CNY", "1", "", "", clock.now())
        quarantine.put(town.db, "order", notice)
    first = finance.open("/console/quarantine")
    older = finance.open(first.link("更早的"))
    assert "查看" in older.text
    assert "更早的" not in older.text
    assert "更早的" in finance.open("/console/quarantine?before=never").text
    for each in quarantine.list(town.db, 100):
        if each.reason == "order":
            quarantine.resolve(town.db, each.id, "operator:caiwu", "测试")


@pytest.mark.parametrize("address", ["?state=lost", "/202611211234567"])
def test_what_is_not_there_is_said_to_be_missing(clerk, address):
    assert clerk.session.get(f"{clerk.base}/console/bills{address}").status_code in (404, 422)
