"""A case whose fee the wallet's statement denies: nothing is granted until that is settled."""

from dataclasses import asdict

import pytest

from app.console import dossier
from payments.reconciliation import differences
from tracking import cases

from .people import operator, signed_in
from .test_money_page import owed
from .test_moving import decide, state
from .test_reconciliation_page import matched
from .test_refunds_page import paid

__all__ = ["matched", "owed", "paid"]


@pytest.fixture
def denied(town, paid, matched):
    """The difference by which a statement misses the payment of an accepted case."""
    town.eventually(lambda: cases.get(town.db, paid.case).payment.state == "paid")
    row = {name: at for name, at in asdict(matched[0]).items() if name not in ("id", "class_")}
    known = {"_id": paid.number, "bill": paid.number, "cause": "unlisted"}
    differences.record(town.db, row | known | {"transaction": paid.received[0]["transaction"]})
    return differences.get(town.db, paid.number)


def closed(town, found):
    differences.propose(town.db, found.id, by="operator:a", reason="timing", note="次日到账")
    differences.agree(town.db, found.id, by="operator:b")


def test_nothing_is_granted_while_the_fee_is_denied_and_everything_once_that_is_settled(
    town, clerk, approver, paid, denied
):
    case = paid.case
    page = approver.open(f"/console/cases/{case}")
    assert "不认这笔缴费" in page.text
    assert "不能准予" in page.text
    approver.open(f"/console/cases/{case}/approve", expect=409)
    assert "不能准予" not in approver.open(f"/console/cases/{case}/refuse").text
    closed(town, denied)
    approver.send(decide(approver, case, "approve").form("/approve"))
    assert state(town, case) == "approved"
    assert "不认这笔缴费" not in clerk.open(f"/console/cases/{case}").text


def test_a_case_is_not_closed_by_hand_while_its_fee_is_denied(town, clerk, paid, denied):
    cases.move(town.db, paid.case, "approve", by="operator:shenpi")
    page = clerk.open(f"/console/cases/{paid.case}")
    form = clerk.open(f"/console/bills/{paid.number}").forms[-1]
    told = {"csrf_token": dict(form.fields)["csrf_token"], "sure": "yes"}
    told["version"] = str(cases.get(town.db, paid.case).version)
    where = f"{clerk.base}/console/cases/{paid.case}/close"
    assert clerk.session.post(where, data=told).status_code == 409
    assert state(town, paid.case) == "approved"
    assert "不能办结" in page.text
    closed(town, denied)
    assert clerk.session.post(where, data=told).ok
    assert state(town, paid.case) == "closed"


def test_the_difference_behind_a_denied_fee_is_a_link_for_whoever_may_settle_it(
    town, clerk, paid, denied
):
    where, both = f"/console/differences/{denied.id}", operator(town, "clerk", "finance")
    for browser, shown in ((signed_in(town, both), True), (clerk, False)):
        page = browser.open(f"/console/cases/{paid.case}")
        assert "我们已入账，支付平台没有" in page.text
        assert any(url.endswith(where) for url, _ in page.links) is shown


def test_of_a_case_that_has_paid_nothing_the_store_is_asked_nothing(town, owed):
    """Here is no application, and so no store to ask."""
    case = cases.get(town.db, owed[1].case)
    assert dossier.denials(case, [owed[1]]) == []
    assert [dossier.doubt(case, name) for name in ("approve", "refuse")] == [None, None]
