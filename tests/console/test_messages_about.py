"""Whose message it is, and under which number it is found: the case's, ticket's or talk's."""

from urllib.parse import unquote

import pytest

from app import billing
from feedback import talks
from payments import bills
from tracking import cases, messages

from .people import operator, signed_in
from .test_money_page import owed
from .test_refunds_page import asked, paid
from .test_talks_page import caller, office, opened, talk_of

__all__ = ["caller", "office", "owed", "paid"]


def clerk_of(town, agency):
    return signed_in(town, operator(town, "clerk", "admin", agency=agency))


def through(town, key):
    """Wait until nothing moves a message any more."""
    done = {"_id": key, "state": "arrived"}
    town.eventually(lambda: town.db["messages"].find_one(done))
    return key


def overdue(town, request):
    _, bill = request.getfixturevalue("owed")
    billing.told(town.runtime, bill.number, bill=bill.number, kind="bill_overdue")
    return bill.case, through(town, f"{bill.number}:bill_overdue:")


def given_back(town, request):
    bill = request.getfixturevalue("paid")
    clerk, finance = (signed_in(town, each) for each in ("chuangkou", "caiwu"))
    asked(clerk, bill, "10.00")
    finance.send(finance.open(f"/console/bills/{bill.number}").form("/approve"))
    (refund,) = bills.get(town.db, bill.number).refunds
    return bill.case, through(town, f"{refund}:refund_done")


@pytest.fixture(params=[overdue, given_back], ids=lambda each: each.__name__)
def about(town, request):
    """The number of a case, and the key of a message about its money."""
    return request.param(town, request)


def listed(browser, key):
    page = browser.open("/console/messages?view=failed")
    return any(unquote(url).endswith(f"key={key}") for url, _ in page.links)


def again(browser, key, expect):
    form = browser.open("/console/messages/test").form("/test/code")
    form.action = form.action.replace("/test/code", "/again")
    form.fields.append(("key", ""))
    browser.send(form, {"key": key}, expect=expect)


def found(browser, number):
    form = browser.open("/console/messages/search").form("/messages/search")
    shown = browser.send(form, {"word": number}).links
    return [unquote(url).partition("story?key=")[2] for url, _ in shown if "story?key=" in url]


def test_a_message_about_money_is_its_cases_agencys(town, about):
    number, key = about
    ours, other = clerk_of(town, cases.get(town.db, number).agency), clerk_of(town, "education")
    town.db["messages"].update_one({"_id": key}, {"$set": {"state": "failed"}})
    for browser, expected in ((other, 404), (ours, 200)):
        browser.open(f"/console/messages/story?key={key}", expect=expected)
        assert listed(browser, key) == (expected == 200)
        again(browser, key, expected)
        said = [each["outcome"] for each in messages.get(town.db, key).row["history"]]
        assert ("again" in said) == (expected == 200)


def test_the_number_of_a_case_finds_what_was_told_about_its_money(town, clerk, about):
    number, key = about
    assert {key, f"{number}:case_submitted"} <= set(found(clerk, number))
    assert key not in found(clerk_of(town, "education"), number)


def test_the_number_of_a_bill_finds_what_is_named_after_it(town, clerk, owed):
    _, bill = owed
    billing.told(town.runtime, bill.number, bill=bill.number, kind="bill_overdue")
    assert found(clerk, bill.number) == [f"{bill.number}:bill_overdue:"]


def test_a_reply_that_did_not_go_out_is_for_whoever_sees_talks(office, caller, clerk):
    for count in range(6):
        clerk.send(opened(clerk, caller).form("/reply"), {"text": f"第{count}句"})
    number = talks.get(office.db, talk_of(caller)).number
    told = {"about": number, "kind": "talk_replied"}
    key = office.eventually(lambda: office.db["messages"].find_one(told))["_id"]
    assert key in found(clerk_of(office, "education"), number)
    boss = signed_in(office, operator(office, "admin", agency="education"))
    assert found(boss, number) == []
