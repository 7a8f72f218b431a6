"""A case whose payment finance denies: nothing is granted until finance has it."""

from tracking import cases

from .people import operator, signed_in
from .test_money_page import owed
from .test_moving import decide, state
from .test_refunds_page import paid

__all__ = ["owed", "paid"]


def kept(town, bill, **values):
    town.db["fiscal"].update_one({"_id": bill.number}, {"$set": values})


def test_nothing_is_granted_while_finance_disputes_the_fee(town, approver, paid):
    town.eventually(lambda: cases.get(town.db, paid.case).payment.state == "paid")
    town.eventually(lambda: town.db["fiscal"].find_one({"_id": paid.number, "state": "confirmed"}))
    kept(town, paid, state="disputed")
    page, where = approver.open(f"/console/cases/{paid.case}"), f"/console/bills/{paid.number}"
    assert "财政不认这笔缴费" in page.text
    assert "不能准予" in page.text
    approver.open(f"/console/cases/{paid.case}/approve", expect=409)
    assert "不能准予" not in approver.open(f"/console/cases/{paid.case}/refuse").text
    both = signed_in(town, operator(town, "clerk", "finance")).open(f"/console/cases/{paid.case}")
    seen = ("查看缴费单", where)
    assert any(text == seen[0] and url.endswith(where) for url, text in both.links)
    kept(town, paid, state="confirmed")
    assert "财政不认" not in approver.open(f"/console/cases/{paid.case}").text
    approver.send(decide(approver, paid.case, "approve").form("/approve"))
    assert state(town, paid.case) == "approved"
