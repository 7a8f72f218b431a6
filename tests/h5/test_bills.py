"""Paying: inside WeChat by its wallet, outside by a link that is good for one bill."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from payments import bills, links, waivers
from tracking import cases

from .phone import straight

CLERK = "operator:chuangkou"


@pytest.fixture
def bill(town, citizen):
    """The number of a bill the citizen owes."""
    number = citizen.case()
    cases.move(town.db, number, "accept", by=CLERK)
    return town.eventually(lambda: cases.get(town.db, number).payment.bill)


def sheet(page):
    told = re.search(r"data-parameters='([^']+)'", page.answer.text).group(1)
    return json.loads(told)


def wechat(citizen, bill):
    page = citizen.open(f"/h5/bills/{bill}")
    return citizen.send(page.form("/wechat"))


def pay(town, citizen, page):
    package = sheet(page)["package"].removeprefix("prepay_id=")
    told = {"wallet": "wechat", "prepay_id": package, "params": sheet(page)}
    town.control("POST", f"/people/{citizen.person['id']}/pay", told)


def test_a_bill_is_seen_listed_and_paid_in_wechat(town, citizen, bill):
    assert "去缴费" in citizen.open("/h5/").text
    assert "40元" in citizen.open("/h5/bills").text
    page = wechat(citizen, bill)
    assert page.answer.text.count("<script") == 2  # ours, and the bridge of the web view
    assert set(sheet(page)) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    pay(town, citizen, page)
    page = citizen.open(f"/h5/bills/{bill}/result")
    assert "缴费成功" in page.text
    assert "已缴清" in citizen.open(f"/h5/bills/{bill}").text
    assert "没有要缴的费用" in citizen.open("/h5/bills").text


def test_unpaid_the_result_says_so(citizen, bill):
    wechat(citizen, bill)
    page = citizen.open(f"/h5/bills/{bill}/result")
    assert "还没有收到付款结果" in page.text
    assert page.link("没有付，返回缴费单").endswith(f"/h5/bills/{bill}")


def test_what_is_paid_is_not_offered_again(town, citizen, bill):
    form, unsent = (citizen.open(f"/h5/bills/{bill}").form("/wechat") for _ in "ab")
    pay(town, citizen, citizen.send(form))
    citizen.open(f"/h5/bills/{bill}/result")
    for each in (form, unsent):
        assert citizen.send(each).url.endswith(f"/h5/bills/{bill}")
    assert citizen.open(f"/h5/bills/{bill}/wechat").url.endswith(f"/h5/bills/{bill}")


@pytest.mark.parametrize("page", ["", "/result", "/alipay", "/wechat", "/unionpay"])
def test_anothers_bill_does_not_exist(citizen, other, bill, page):
    other.open(f"/h5/bills/{bill}{page}", expect=404)
    citizen.open(f"/h5/bills/123{page}", expect=404)


def test_a_cancelled_bill_asks_for_nothing(town, citizen, bill):
    token = token_of(citizen, bill)
    bills.cancel(town.db, bill, by="system")
    assert "已经取消" in citizen.open(f"/h5/bills/{bill}").text
    assert "已经取消" in citizen.open(f"/h5/bills/{bill}/result").text
    assert "已经取消" in citizen.outside.open(f"/h5/pay/{token}").text
    assert "已经取消" in citizen.outside.open(f"/h5/pay/{token}/result").text


def token_of(citizen, bill):
    page = citizen.open(f"/h5/bills/{bill}/alipay")
    return page.url.rpartition("/")[2]


def test_inside_wechat_the_link_says_how_to_get_out(town, citizen, bill):
    token = token_of(citizen, bill)
    page = citizen.open(f"/h5/pay/{token}")
    assert "请用手机浏览器打开" in page.text
    assert f"{town.web}/h5/pay/{token}" in page.text
    assert citizen.open(f"/h5/pay/{token}/alipay").url.endswith(token)


def test_the_link_shows_service_number_and_amount_and_nothing_else(town, citizen, bill):
    page = straight(town, f"/h5/pay/{token_of(citizen, bill)}")
    assert "居民身份证换领、补领" in page.text
    assert "¥40" in page.text
    assert citizen.person["name"][0] + "*" not in page.text
    assert "办件" not in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_alipay_is_paid_in_the_phones_browser(town, citizen, bill):
    token = token_of(citizen, bill)
    page = citizen.outside.open(f"/h5/pay/{token}")
    opened = citizen.outside.send(page.form("/alipay")).link("去支付宝付款")
    assert "/alipay/" in citizen.outside.open(opened).url
    told = {"wallet": "alipay", "url": opened}
    town.control("POST", f"/people/{citizen.person['id']}/pay", told)
    assert "缴费成功" in citizen.outside.open(f"/h5/pay/{token}/result").text
    assert "已经缴清" in citizen.outside.open(f"/h5/pay/{token}").text
    assert citizen.outside.send(page.form("/alipay")).url.endswith(token)


def links_made(town):
    tally = town.control("GET", "/wechat/tally")
    return tally.get("/wxa/generate_urllink", {"total": 0})["total"]


def paid_outside(town, citizen, bill):
    """The path of a pay link whose bill is paid."""
    token = token_of(citizen, bill)
    opened = citizen.outside.send(citizen.outside.open(f"/h5/pay/{token}").form("/alipay"))
    told = {"wallet": "alipay", "url": opened.link("去支付宝付款")}
    town.control("POST", f"/people/{citizen.person['id']}/pay", told)
    return f"/h5/pay/{token}"


def test_who_has_paid_outside_is_led_back_by_a_link_that_is_asked_for_once(town, citizen, bill):
    path, before = paid_outside(town, citizen, bill), links_made(town)
    page = citizen.outside.open(f"{path}/result")
    assert urlsplit(page.link("回到微信")).path == f"{path}/back"
    (link,) = {straight(town, f"{path}/back").headers["Location"] for _ in "ab"}
    leads = town.control("GET", f"/links?link={link}")
    assert (leads["path"], leads["query"]) == ("pages/bill/bill", f"number={bill}")
    assert links_made(town) == before + 1
    assert "请回到微信查看" in citizen.open(f"{path}/result").text


def test_where_no_link_is_to_be_had_the_page_says_to_go_back_oneself(town, citizen, bill):
    path = paid_outside(town, citizen, bill)
    fault = {"endpoint": "/wxa/generate_urllink", "kind": "errcode", "errcode": 40165}
    town.control("POST", "/faults", fault)
    try:
        page = straight(town, f"{path}/back")
        assert (page.status_code, page.headers["Location"]) == (302, f"{path}/result")
    finally:
        town.control("DELETE", "/faults")
    page = citizen.outside.open(f"{path}/result")
    assert "请回到微信查看" in page.text
    assert "back" not in page.answer.text


@pytest.mark.parametrize("wallet", ["alipay", "unionpay"])
def test_looking_at_a_link_opens_nothing(town, citizen, bill, wallet):
    token = token_of(citizen, bill)
    assert citizen.outside.open(f"/h5/pay/{token}/{wallet}").url.endswith(token)
    assert bills.get(town.db, bill).attempts == {}


def test_back_from_alipay_unpaid_the_page_says_so(citizen, bill):
    token = token_of(citizen, bill)
    page = citizen.outside.open(f"/h5/pay/{token}/result?out_trade_no=1&trade_no=2&sign=x")
    assert "还没有收到付款结果" in page.text


@pytest.mark.parametrize("page", ["", "/alipay", "/unionpay", "/result", "/back"])
def test_a_link_that_has_run_out_says_so(town, bill, page):
    secret = town.environment["SECRET_KEY"]
    old = links.issue(secret, bill, timedelta(seconds=-5))
    answer = straight(town, f"/h5/pay/{old}{page}")
    assert answer.status_code == 403
    assert "缴费链接已过期" in answer.text
    assert straight(town, f"/h5/pay/{old}x{page}").status_code == 404


def test_unionpay_is_paid_on_its_own_page_even_in_wechat(town, citizen, bill):
    form = citizen.open(f"/h5/bills/{bill}").form("/unionpay")
    page = citizen.send(form)
    assert "form-action 'self' http://" in page.answer.headers["Content-Security-Policy"]
    pay = citizen.send(page.form("/frontTransReq.do"))
    assert "/unionpay/pay/" in pay.url
    assert "¥40.00" in pay.text
    left = citizen.send(pay.form("/cancel"))
    assert "还没有收到付款结果" in citizen.open(left.link("返回商户")).text
    done = citizen.send(pay.form("/confirm"))
    back = citizen.send(done.form(f"/h5/bills/{bill}/result"))
    assert "缴费成功" in back.text
    assert citizen.send(form).url.endswith(f"/h5/bills/{bill}")
    assert citizen.open(f"/h5/bills/{bill}/unionpay").url.endswith(f"/h5/bills/{bill}")


def test_unionpay_is_paid_by_the_link_too(citizen, bill):
    token = token_of(citizen, bill)
    assert "用云闪付" in citizen.open(f"/h5/pay/{token}").text
    page = citizen.outside.send(citizen.outside.open(f"/h5/pay/{token}").form("/unionpay"))
    pay = citizen.outside.send(page.form("/frontTransReq.do"))
    done = citizen.outside.send(pay.form("/confirm"))
    assert "缴费成功" in citizen.outside.send(done.form("/result")).text
    assert citizen.outside.open(f"/h5/pay/{token}/unionpay").url.endswith(token)


def test_whatever_is_posted_to_the_return_page_is_not_believed(town, citizen, bill):
    token = token_of(citizen, bill)
    lie = {"respCode": "00", "txnAmt": "4000", "orderId": bill}
    for page in (f"/h5/bills/{bill}/result", f"/h5/pay/{token}/result"):
        answer = straight(town, page, method="POST", data=lie)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert bills.get(town.db, bill).state == "open"


def test_a_bill_says_until_when_what_was_let_off_and_that_nothing_is_left(town, citizen, bill):
    def grant(fen):
        wish = waivers.Wish(fen, "", "财税〔2016〕79号", "低保", CLERK, str(fen))
        asked = waivers.ask(town.db, bill, wish)
        waivers.grant(town.db, bill, asked.id, by="operator:caiwu")

    assert "前缴清" in citizen.open(f"/h5/bills/{bill}").text
    grant(1500)
    page = citizen.open(f"/h5/bills/{bill}")
    assert "财税〔2016〕79号" in page.text
    assert "¥25" in page.text
    told = town.call("GET", f"/api/v1/bills/{bill}", citizen.token).json()
    assert told["lines"][-1]["total"] == -1500
    assert told["payable_by"] == bills.get(town.db, bill).payable_by
    grant(2500)
    assert "免缴" in citizen.open(f"/h5/bills/{bill}").text
    answer = pay_by(town, citizen, bill)
    assert answer.status_code == 409


def pay_by(town, citizen, bill):
    headers = {"Idempotency-Key": "waived-bill-1"}
    where = f"/api/v1/bills/{bill}/attempts"
    return town.call("POST", where, citizen.token, json={"wallet": "alipay"}, headers=headers)


def test_a_bill_issued_anew_is_found_from_the_old(town, citizen, bill):
    bills.cancel(town.db, bill, by=CLERK)
    anew = bills.reissue(town.db, bill, by=CLERK)
    page = citizen.open(f"/h5/bills/{bill}")
    assert page.link("看重新开具的缴费单").endswith(anew.number)


def test_a_form_sent_twice_brings_up_the_same_order_in_the_same_words(town, citizen, bill):
    form = citizen.open(f"/h5/bills/{bill}").form("/wechat")
    assert sheet(citizen.send(form)) == sheet(citizen.send(form))
    assert len(bills.get(town.db, bill).attempts) == 1


def test_the_key_of_a_form_opens_no_other_wallet(town, citizen, bill):
    page = citizen.open(f"/h5/bills/{bill}")
    form = page.form("/wechat")
    citizen.send(form)
    key = dict(form.fields)["key"]
    assert key != dict(page.form("/unionpay").fields)["key"]
    refused = citizen.send(page.form("/unionpay"), {"key": key}, expect=422)
    assert "同一个请求编号用在了不同的内容上" in refused.text
    assert {each.wallet for each in bills.get(town.db, bill).attempts.values()} == {"wechat"}


def test_a_form_whose_order_is_over_leads_back_to_the_bill(town, citizen, bill):
    page = citizen.open(f"/h5/bills/{bill}")
    form = page.form("/wechat")
    citizen.send(form)
    citizen.send(page.form("/unionpay"))
    assert citizen.send(form).url.endswith(f"/h5/bills/{bill}")
    (ended,) = (one for one in bills.get(town.db, bill).attempts.values() if one.state == "closed")
    assert ended.wallet == "wechat"
    sheet(wechat(citizen, bill))


@pytest.mark.parametrize("wallet", ["wechat", "unionpay"])
def test_a_form_without_a_key_opens_nothing(town, citizen, bill, wallet):
    form = citizen.open(f"/h5/bills/{bill}").form(f"/{wallet}")
    assert citizen.send(form, {"key": ""}).url.endswith(f"/h5/bills/{bill}")
    assert bills.get(town.db, bill).attempts == {}
