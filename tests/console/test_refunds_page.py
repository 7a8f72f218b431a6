"""Money going back, at the console: asked for at one desk, approved at another."""

import secrets
from datetime import timedelta

import pytest

from base import audit
from payments import bills, quarantine, refunds
from payments.wallets.wallet import Notice

from .people import naming, operator, signed_in
from .test_money_page import order, owed

__all__ = ["owed"]


@pytest.fixture
def paid(town, owed):
    """The bill of a case, paid by WeChat Pay."""
    who, bill = owed
    given = order(town, who, bill)
    town.control(
        "POST",
        f"/people/{who[0]['id']}/pay",
        {"wallet": "wechat", "params": given["parameters"]},
    )
    return town.eventually(lambda: (found := now(town, bill)).state == "paid" and found)


def now(town, bill):
    return bills.get(town.db, bill.number)


def asked(browser, bill, amount="40.00", note="多收了"):
    page = browser.open(f"/console/bills/{bill.number}")
    return browser.send(page.form("/refunds"), {"amount": amount, "note": note})


def test_a_clerk_asks_and_the_finance_officer_approves(town, clerk, finance, paid):
    page = asked(clerk, paid, "10.00")
    assert "等待另一位工作人员审批" in page.text
    assert "同意退款" not in page.text
    (refund,) = now(town, paid).refunds.values()
    assert (refund.amount, refund.state) == (1000, "requested")
    waiting = finance.open("/console/refunds")
    assert any(paid.number in url for url, _ in waiting.links)
    page = finance.open(f"/console/bills/{paid.number}")
    assert "多收了" in page.text
    assert "已同意" in finance.send(page.form("/approve")).text
    town.eventually(lambda: now(town, paid).returned == 1000)
    page = finance.open(f"/console/bills/{paid.number}")
    assert "退款成功" in page.text
    acts = {row["act"] for row in audit.of_subject(town.db, f"bill:{paid.number}")}
    assert {"refund.request", "refund.approve"} <= acts


def test_the_officer_who_asked_does_not_approve(town, finance, paid):
    page = asked(finance, paid)
    assert "要由另一位工作人员审批" in page.text
    other = signed_in(town, operator(town, "finance"))
    page = other.open(f"/console/bills/{paid.number}")
    assert "已记录不同意" in other.send(page.form("/reject"), {"note": "不应退"}).text
    assert now(town, paid).refundable == 4000


def test_a_request_that_is_not_right_is_said_to_be_so(town, clerk, paid):
    assert "超过了" in asked(clerk, paid, "40.01").text
    assert "金额" in asked(clerk, paid, "4e1").text
    assert now(town, paid).refunds == {}


def test_a_form_sent_twice_is_one_refund(town, clerk, paid):
    page = clerk.open(f"/console/bills/{paid.number}")
    form = page.form("/refunds")
    for _ in range(2):
        clerk.send(form, {"amount": "1.00", "note": "两次"})
    assert len(now(town, paid).refunds) == 1


@pytest.mark.parametrize(
    "state", ["requested", "refused", "abnormal", "closed", "transfer", "owing", "sent"]
)
def test_the_refunds_that_wait_are_listed_by_state(finance, state):
    assert finance.open(f"/console/refunds?state={state}").answer.ok
    finance.open("/console/refunds?state=lost", expect=404)


def test_only_finance_decides_and_only_what_there_is_to_decide(town, clerk, finance, paid):
    token = dict(clerk.open(f"/console/bills/{paid.number}").forms[-1].fields)["csrf_token"]
    where = f"{town.web}/console/bills/{paid.number}/refunds/x"
    told = {"csrf_token": token}
    assert clerk.session.post(f"{where}/approve", data=told).status_code == 403
    token = dict(finance.open(f"/console/bills/{paid.number}").forms[-1].fields)["csrf_token"]
    told = {"csrf_token": token}
    assert finance.session.post(f"{where}/approve", data=told).status_code == 404
    assert finance.session.post(f"{where}/dance", data=told).status_code == 404


def test_another_agency_sees_none_of_it(town, paid):
    refunds.owe(town.db, paid.number, "case_ended")
    stranger = signed_in(town, operator(town, "clerk", agency="education"))
    assert paid.number not in stranger.open("/console/refunds?state=requested").answer.text


def notice(**other):
    told = {"provider": "wechat", "kind": "payment", "transaction": "42000077", "attempt": "B1W1"}
    told |= {"amount": 4000, "currency": "CNY", "merchant": "19", "app": "wx1", "payer": "o1"}
    return Notice(**told | other, paid_at=bills.clock.now())


def test_doubtful_money_is_judged_again_and_closed_with_a_word(town, finance):
    quarantine.put(town.db, "order", notice())
    key = "order:wechat:payment:42000077"
    page = revealed(finance, key)
    assert "仍然对不上" in finance.send(naming(page, key, "/again")).text
    resolve = naming(revealed(finance, key), key, "/resolve")
    assert "已记录处理结果" in finance.send(resolve, {"note": "已在商户后台退款"}).text
    assert key not in [each.id for each in quarantine.list(town.db)]


def revealed(finance, key):
    """The page on which an item of the quarantine is opened."""
    return finance.send(naming(finance.open("/console/quarantine"), key, "/quarantine"))


def test_doubtful_money_that_fits_after_all_is_booked(town, finance, paid):
    (payment,) = paid.received
    told = bills.facts(town.db, paid.number)[0]
    kept = {name: told[name] for name in ("attempt", "merchant", "app", "amount")}
    quarantine.put(town.db, "app", notice(**kept, transaction=payment["transaction"]))
    key = f"app:wechat:payment:{payment['transaction']}"
    page = revealed(finance, key)
    assert "处理完毕" in page.text
    told = finance.send(naming(page, key, "/again")).text
    assert "仍然对不上" in told or "已经入账" in told


def test_a_notice_that_proved_nothing_is_shown_as_it_came(town, finance):
    of = "unproved:wechat:signature:"
    town.db["quarantine"].delete_many({"_id": {"$regex": f"^{of}"}})
    quarantine.put_unproved(town.db, "wechat", "signature", b"<rubbish>")
    (key,) = [each.id for each in quarantine.list(town.db) if each.id.startswith(of)]
    page = revealed(finance, key)
    assert "rubbish" in page.answer.text
    assert "不能证明来源" in finance.send(naming(page, key, "/again")).text


def test_what_nobody_will_tell_its_wallet_of_is_given_up_at_the_bills_page(
    town, clerk, finance, paid
):
    """More went back under another refund than was left, while this one was unsure."""
    asked(clerk, paid, "10.00")
    ((number, refund),) = town.db["bills"].find_one({"_id": paid.number})["refunds"].items()
    long_ago = bills.clock.now() - timedelta(hours=1)
    put = {
        f"refunds.{number}": refund | {"state": "unsure", "called": long_ago},
        f"refunds.{refund['attempt']}R0000000": refund | {"state": "dropped", "id": "r1"},
    }
    town.db["bills"].update_one({"_id": paid.number}, {"$set": put})
    page = finance.open(f"/console/bills/{paid.number}")
    assert "这笔付款多退了" in page.text
    assert "待核对款项（由财务人员办理）" in clerk.open(f"/console/bills/{paid.number}").text
    is_not_closed_meanwhile(town, finance, paid.number, refund["attempt"])
    finance.send(page.form(f"/{number}/drop"), {"note": "平台没有收到"})
    assert now(town, paid).refunds[number].state == "dropped"


def is_not_closed_meanwhile(town, finance, bill, attempt):
    """The bill's page leads to what its payment is overdrawn by, which nobody closes yet."""
    told = notice(kind="refund", transaction="r1", attempt=attempt)
    at = bills.clock.now() - timedelta(days=300)
    quarantine.put(town.db, "refund", told, bill)
    key = "refund:wechat:refund:r1"
    town.db["quarantine"].update_one({"_id": key}, {"$set": {"at": at}})
    links = finance.open(f"/console/bills/{bill}").links
    shown = finance.open(next(url for url, _ in links if "before=" in url))
    opened = finance.send(naming(shown, key))
    said = finance.send(naming(opened, key, "/resolve"), {"note": "已核对"}).text
    assert "在那以前不能处理完毕" in said
    assert key in [each.id for each in quarantine.list(town.db, 1000)]


def refused(town, bill, **other):
    """Have it look as if its wallet had refused the one refund of a bill an hour ago."""
    ((number, refund),) = town.db["bills"].find_one({"_id": bill.number})["refunds"].items()
    long_ago = bills.clock.now() - timedelta(hours=1)
    kept = refund | {"state": "refused", "called": long_ago} | other
    put = {f"refunds.{number}": kept, "attention": ["refused"]}
    town.db["bills"].update_one({"_id": bill.number}, {"$set": put})
    return number


def test_what_its_wallet_cannot_give_back_is_transferred_and_booked_by_another_officer(
    town, clerk, finance, paid
):
    asked(clerk, paid, "10.00")
    number = refused(town, paid)
    page = finance.open(f"/console/bills/{paid.number}")
    assert "系统外付款" in page.text
    said = finance.send(page.form(f"/{number}/transfer"), {"note": "账户已注销"})
    assert "付款后请由另一位工作人员登记" in said.text
    assert "要由另一位工作人员登记" in finance.open(f"/console/bills/{paid.number}").text
    listed = finance.open("/console/refunds?state=transfer")
    assert any(paid.number in url for url, _ in listed.links)
    form = clerk.open(f"/console/bills/{paid.number}").form("/payout")
    given = {"method": "bank", "voucher": secrets.token_hex(6).upper()}
    away = {"endpoint": "/v3/refund/domestic/refunds/*", "kind": "status", "status": 502}
    town.control("POST", "/faults", away)
    assert "暂时没有响应" in clerk.send(form, given).text
    shown = clerk.send(form, given).text
    assert "已登记退款" in shown
    assert f"退付凭证号 {given['voucher']}" in shown
    assert now(town, paid).returned == 1000
    acts = {row["act"] for row in audit.of_subject(town.db, f"bill:{paid.number}")}
    assert {"refund.transfer", "counter.pay_out"} <= acts


def test_surplus_that_nobody_gives_back_is_listed_and_said_at_its_bill(town, clerk, finance, paid):
    asked(clerk, paid, "10.00")
    number = refused(town, paid, surplus=True)
    put = {"received": [paid.received[0] | {"surplus": True}]}
    town.db["bills"].update_one({"_id": paid.number}, {"$set": put})
    page = finance.open(f"/console/bills/{paid.number}")
    finance.send(page.form(f"/{number}/drop"), {"note": "先不退"})
    listed = finance.open("/console/refunds?state=owing")
    assert any(paid.number in url for url, _ in listed.links)
    assert "40.00" in listed.text
    assert "多付的 40.00 元还没有退" in finance.open(f"/console/bills/{paid.number}").text


def test_a_list_that_is_too_long_begins_with_what_waits_longest_and_says_so(
    town, clerk, finance, paid
):
    asked(clerk, paid, "10.00")
    row = town.db["bills"].find_one({"_id": paid.number})
    ((number, refund),) = row["refunds"].items()
    row |= {"refunds": {number: refund | {"state": "abnormal"}}, "attention": ["abnormal"]}
    mine = [f"{paid.number}{n}" for n in range(101)]
    town.db["bills"].insert_many(
        row | {"_id": each, "outbox": {}, "updated": row["updated"] + timedelta(seconds=n)}
        for n, each in enumerate(mine)
    )
    try:
        page = finance.open("/console/refunds?state=abnormal")
        shown = [url for url, _ in page.links if url.endswith("#refunds")]
        assert mine[-1] not in "".join(shown)
        assert f"/{mine[0]}#" in "".join(shown)
        assert "这里只列出等得最久的 100 条" in page.text
    finally:
        town.db["bills"].delete_many({"_id": {"$in": mine}})
