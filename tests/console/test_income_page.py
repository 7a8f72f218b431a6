"""Fee income at the console: figures, a chart that needs no script, and files to take away."""

import secrets
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console import charts
from base import audit, clock
from payments import bills, counter
from tracking import cases

from .people import filed, operator, signed_in


@pytest.fixture(scope="module")
def taken(built):
    """The agency of a case whose fee of 40 yuan was paid in cash."""
    number = filed(built, "id_card_renewal")
    cases.move(built.db, number, "accept", by="operator:chuangkou")
    (bill,) = built.eventually(lambda: bills.of_case(built.db, number))
    voucher = counter.Voucher("cash", secrets.token_hex(6).upper())
    told = {"amount": bill.total, "by": "operator:chuangkou"}
    counter.take(built.db, built.runtime.wallets, bill.number, voucher, **told)
    return bill.agency


@pytest.mark.parametrize("query", ["", "&per=month&by=agency"])
def test_finance_sees_figures_a_chart_and_tables(town, finance, taken, query):
    since = clock.today() - timedelta(days=1)  # a month may have begun a moment ago
    page = finance.open(f"/console/income?first={since}{query}")
    assert "这段时间没有收费" not in page.text
    assert "<svg" in page.answer.text
    assert "bar-up" in page.answer.text
    assert since.isoformat()[:7] in page.text
    assert "身份证" in page.text or "公安" in page.text


def test_an_agencys_officer_sees_her_agencys_income_alone(town, taken):
    mine = signed_in(town, operator(town, "finance", agency=taken))
    other = signed_in(town, operator(town, "finance", agency="education"))
    since = clock.today() - timedelta(days=1)
    assert "公安" in mine.open(f"/console/income?first={since}&by=agency").text
    assert "这段时间没有收费" in other.open("/console/income").text


def test_the_table_leaves_as_excel_and_as_csv_and_that_is_written_down(town, finance, taken):
    for kind, start in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        answer = finance.session.get(f"{town.web}/console/income/{kind}?by=agency")
        assert answer.content.startswith(start)
    assert "收款笔数" in answer.content.decode("utf-8-sig")
    assert audit.of_subject(town.db, "operator:caiwu")[0]["act"] == "income.export"
    assert finance.session.get(f"{town.web}/console/income/exe").status_code == 404


@pytest.mark.parametrize("query", ["first=x", "per=year", "by=officer", "first=2020-01-01"])
def test_a_senseless_period_is_refused(town, supervisor, query):
    assert supervisor.session.get(f"{town.web}/console/income?{query}").status_code == 422


@given(st.lists(st.tuples(st.just("2026-11-01"), st.integers(-(10**9), 10**9)), max_size=40))
def test_every_bar_stands_inside_the_drawing_on_the_line_of_zero(values):
    chart = charts.bars(values)
    (zero,) = [line.y for line in chart.lines if line.value == 0]
    assert len(chart.lines) <= 12
    for bar in chart.bars:
        assert charts.TOP <= bar.y <= bar.y + bar.height <= charts.HEIGHT - charts.BOTTOM + 0.2
        edge = bar.y if bar.value < 0 else bar.y + bar.height
        assert abs(edge - zero) < 0.2
