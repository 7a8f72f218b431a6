"""The reconciliation at the console: a statement is brought, its differences closed by two."""

from dataclasses import asdict

import pytest

from base import audit
from payments import bills
from payments.reconciliation import daily, differences, store
from payments.wallets.wallet import Statement
from script.chaoses import daybook

from .people import filed, operator, signed_in, token_of
from .test_money_page import Line

WHERE = f"/console/reconciliation/wechat/{daybook.DAY}"
ID = f"wechat:{daybook.DAY}"


def statement(town):
    """A day of strangers' money, as our merchant's statement would list it."""
    ours = town.runtime.wallets["wechat"].merchant
    text = daybook.statement(daybook.made_up(2, 1).lines).decode()
    return text.replace(daybook.MERCHANT, ours).encode()


def bring(browser, content, day=daybook.DAY, provider="wechat"):
    token = token_of(browser.open("/console/reconciliation"))
    told = {"csrf_token": token, "provider": provider, "day": str(day)}
    where = f"{browser.base}/console/reconciliation/upload"
    return browser.session.post(where, data=told, files={"file": ("账单.csv", content)})


def listed(town):
    return differences.of_statement(town.db, ID)


@pytest.fixture
def matched(town, finance):
    """A day that was uploaded and matched; the worker does the matching."""
    assert bring(finance, statement(town)).ok
    town.eventually(lambda: store.statement(town.db, ID).state == "matched")
    return listed(town)


def test_a_day_shows_both_sides_and_every_difference_down_to_the_raw_line(town, finance, matched):
    page = finance.open(WHERE)
    assert "人工上传" in page.text
    assert "长款" in page.text
    assert f"{daybook.DAY}" in finance.open("/console/reconciliation").text
    one = matched[0]
    page = finance.open(f"/console/differences/{one.id}")
    assert one.number in page.text
    assert "交易类型" not in page.text
    shown = finance.send(page.form(f"/{one.id}/line"))
    assert one.transaction in shown.text
    assert f"o{one.number}" not in shown.text
    acts = [row["act"] for row in audit.of_subject(town.db, f"difference:{one.id}")]
    assert acts == ["difference.line"]


def test_a_day_whose_account_gained_less_shows_by_how_much_and_whose_that_is(town, finance):
    lines = daybook.made_up(2, 1).lines
    told = daybook.account([lines[0] | {"fen": lines[0]["fen"] - 1}, *lines[1:]])
    content = statement(town)
    own = Statement(daybook.DAY, content, hash_ok=True, funds=told)
    daily.receive(town.db, "wechat", daybook.DAY, content, by="system", own=own)
    town.eventually(lambda: store.statement(town.db, ID).state == "matched")
    assert "资金账单与交易账单的净额相差 -0.01 元" in finance.open(WHERE).text
    (one,) = [each for each in listed(town) if each.kind == "funds"]
    page = finance.open(f"/console/differences/{one.id}")
    for words in ("资金不一致", f"{daybook.DAY}", "交易账单与资金账单的净额不同"):
        assert words in page.text
    told = {"reason": "corrected", "note": "平台少记"}
    sent = finance.send(page.form("/propose"), told)
    assert "等待另一位财务人员复核" in sent.text


def test_another_officer_agrees_before_a_difference_is_closed(town, finance, matched):
    one = next(each for each in matched if each.state == "open")
    where = f"/console/differences/{one.id}"
    finance.send(finance.open(where).form("/take"))
    told = {"reason": "returned", "note": "已在商户后台退回"}
    page = finance.send(finance.open(where).form("/propose"), told)
    assert "等待另一位财务人员复核" in page.text
    other = signed_in(town, operator(town, "finance"))
    token = token_of(finance.open(where))
    refused = finance.session.post(f"{finance.base}{where}/agree", data={"csrf_token": token})
    assert "不能自己复核" in refused.text
    page = other.send(other.open(where).form("/object"))
    page = finance.send(finance.open(where).form("/propose"), told)
    page = other.send(other.open(where).form("/agree"))
    assert "已办结" in page.text
    assert differences.get(town.db, one.id).closed_by != "operator:caiwu"
    assert one.number in finance.open("/console/differences?state=closed").text


def test_the_differences_of_a_day_are_taken_along_as_a_file(town, finance, matched):
    answer = finance.session.get(f"{finance.base}{WHERE}/csv")
    assert answer.content.decode("utf-8-sig").splitlines()[0].startswith("账单日,")
    assert matched[0].number in answer.text
    assert finance.session.get(f"{finance.base}{WHERE}/xlsx").content.startswith(b"PK")
    assert audit.of_subject(town.db, f"statement:{ID}")[0]["act"] == "statement.export"
    page = finance.send(finance.open(WHERE).form("/again"))
    assert "已安排重新核对" in page.text


def test_what_is_no_statement_is_not_taken(town, finance):
    assert bring(finance, b"PK\x03\x04 broken").status_code == 422
    assert bring(finance, b"x", day="tomorrow").status_code == 422
    assert bring(finance, b"", day="2999-01-01").status_code == 422
    assert bring(finance, b"x", provider="counter").status_code == 404
    finance.open("/console/reconciliation/wechat/never", expect=404)
    finance.open("/console/reconciliation/wechat/2020-01-01", expect=404)
    finance.open("/console/differences?state=lost", expect=404)
    finance.open("/console/differences/none", expect=404)


def test_a_difference_knows_only_its_own_moves(finance, matched):
    where, one = f"{finance.base}/console/differences", matched[0]
    token = {"csrf_token": token_of(finance.open("/console/differences"))}
    assert finance.session.post(f"{where}/{one.id}/burn", data=token).status_code == 404
    assert finance.session.post(f"{where}/none/take", data=token).status_code == 404


def test_a_bills_page_and_the_desk_tell_of_its_differences(town, clerk, finance, matched):
    number = filed(town)
    told = {"resident": "r", "title": "测试", "lines": [Line()], "total": 100}
    bill = bills.issue(town.db, number_of_case=number, **told)
    row = {
        name: value for name, value in asdict(matched[0]).items() if name not in ("id", "class_")
    }
    differences.record(town.db, row | {"_id": bill.number, "bill": bill.number, "cause": "amount"})
    where = f"/console/bills/{bill.number}"
    assert matched[0].number in finance.open(where).text
    assert "对账差异" in finance.open("/console/").text
    assert matched[0].number not in clerk.open(where).text


def test_statements_are_for_finance_and_an_agency_sees_only_its_own(town, clerk, finance, matched):
    clerk.open("/console/reconciliation", expect=403)
    local = signed_in(town, operator(town, "finance", agency="education"))
    local.open(f"/console/differences/{matched[0].id}", expect=404)
    assert matched[0].number not in local.open(WHERE).text
    assert "上传账单" not in local.open("/console/reconciliation").text
