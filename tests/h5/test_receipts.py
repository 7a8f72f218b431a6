"""What the finance system says about a bill, as the resident sees it."""

import hashlib
import hmac
import json
from contextlib import contextmanager

import pytest

from base import alarms, clock
from payments import fiscal, quarantine
from script.walk.web import Failed

from .test_bills import bill, pay, wechat

__all__ = ["bill"]


def test_a_paid_bill_shows_its_fiscal_receipt(town, citizen, bill):
    with receipts_after(town, 0):
        pay(town, citizen, wechat(citizen, bill))
        town.eventually(lambda: "issued" in [each["state"] for each in fiscal.shown(town.db, bill)])
    assert "已开具" in (page := citizen.open(f"/h5/bills/{bill}").text)
    (shown,) = town.call("GET", f"/api/v1/bills/{bill}", citizen.token).json()["receipts"]
    assert shown["state"] == "issued"
    assert f"票据号码 {shown['number']}" in page


def test_what_a_bank_has_taken_cannot_be_paid_again(town, citizen, bill):
    counter(town, bill, "pay")
    form = citizen.open(f"/h5/bills/{bill}").form("/wechat")
    with pytest.raises(Failed, match="已在其他渠道缴过"):
        citizen.send(form)


@pytest.mark.parametrize("headers", [{}, {"X-Timestamp": "1", "X-Signature": "x"}])
def test_nobody_else_speaks_for_finance(town, headers):
    answer = town.call("POST", "/notices/nontax", headers=headers, data=b"{}")
    assert (answer.status_code, answer.json()) == (401, {"code": "1001"})
    assert ("unproved", "nontax") in lying(town)
    assert "notice_unproved" in {each["kind"] for each in alarms.standing(town.db)}


def test_a_word_of_finance_about_no_bill_of_ours_lies_in_quarantine(town):
    told = json.dumps({"order_no": "000000000000000"}).encode()
    answer = town.call("POST", "/notices/nontax", headers=signed(town, told), data=told)
    assert (answer.status_code, answer.json()) == (200, {"code": "0000"})
    assert ("order", "nontax") in lying(town)


def signed(town, body):
    """The headers by which finance's word is known."""
    stamp, path = str(int(clock.now().timestamp())), "/notices/nontax"
    told = f"POST\n{path}\n{stamp}\nn1\n".encode() + body
    secret = town.environment["NONTAX_SECRET"].encode()
    mark = hmac.new(secret, told, hashlib.sha256).hexdigest()
    return {"X-Timestamp": stamp, "X-Nonce": "n1", "X-Signature": mark}


def lying(town):
    return [(each.reason, each.provider) for each in quarantine.list(town.db)]


@contextmanager
def receipts_after(town, seconds):
    """For a while finance issues everybody's receipts so long after they were applied for."""
    slow = {"endpoint": "receipt/nontax", "kind": "delayed", "seconds": seconds, "times": -1}
    town.control("POST", "/faults", slow)
    try:
        yield
    finally:
        town.control("DELETE", "/faults")


def counter(town, bill, act):
    """Somebody does something about the bill's notice at a bank's counter, once it has one."""
    town.eventually(lambda: (found := fiscal.find(town.db, bill)) and found.code)
    town.control("POST", "/nontax/counter", {"order_no": bill, "act": act})
