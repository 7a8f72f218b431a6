"""Alipay's gateway and cashier answer as the real ones do."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2
from cryptography.exceptions import InvalidSignature

from .merchant import Keys

NUMBER = "BS20261121000002"
QUERY = "alipay.trade.query"
ME = {"out_trade_no": NUMBER}


def pay(town, person, **told):
    return town.control.post(f"/people/{person['id']}/pay", wallet="alipay", **told)


def open_cashier(town, **headers):
    return requests.get(town.alipay.wap(), headers=headers, timeout=60)


def test_no_trade_exists_before_the_payer_confirms(town, wang):
    page = open_cashier(town)
    assert (page.status_code, "确认付款" in page.text, "取消" in page.text) == (200, True, True)
    assert all(word in page.text for word in ("不动产登记费 100%+", "¥80.00", "郎溪办事通"))
    assert town.alipay.ask(QUERY, ME)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_the_official_sdk_s_signature_is_taken(town):
    params = town.alipay.params(QUERY, ME)
    del params["sign"]
    key = "".join(town.app_keys.private.splitlines()[1:-1])
    params["sign"] = sign_with_rsa2(key, get_sign_content(params), "utf-8")
    answer = requests.post(town.alipay.gateway, data=params, timeout=60)
    assert town.alipay.inner(answer.text)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_confirming_pays_tells_and_leads_back(town, wang):
    page = open_cashier(town, **{"X-Phone-Person": wang["id"]})
    answer = requests.post(page.url + "/confirm", data={"person": wang["id"]},
                           allow_redirects=False, timeout=60)  # fmt: skip
    back = urlsplit(answer.headers["Location"])
    told = dict(parse_qsl(back.query))
    assert (answer.status_code, back.path, told.pop("bill")) == (303, "/h5/back", "1")
    assert town.alipay.verify(told)["out_trade_no"] == NUMBER
    assert town.ears.wait(1) == 1
    assert town.alipay.ask(QUERY, ME)["trade_status"] == "TRADE_SUCCESS"


def test_leaving_the_cashier_pays_nothing(town, wang):
    page = open_cashier(town)
    answer = requests.post(page.url + "/cancel", allow_redirects=False, timeout=60)
    assert answer.headers["Location"] == "http://127.0.0.1/quit"
    assert town.alipay.ask(QUERY, ME)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_the_cashier_lets_one_choose_whose_phone_it_is(town, wang):
    assert "<select" in open_cashier(town).text
    assert "<select" not in open_cashier(town, **{"X-Phone-Person": wang["id"]}).text


def test_the_cashier_does_not_open_inside_wechat(town, wang):
    assert "确认付款" not in open_cashier(town, **{"User-Agent": "MicroMessenger/8"}).text


def test_an_unknown_cashier_session_is_not_found(town):
    for path, ask in (("", requests.get), ("/confirm", requests.post), ("/cancel", requests.post)):
        assert ask(f"{town.url}/alipay/cashier/x{path}", timeout=60).status_code == 404


def test_a_page_without_addresses_to_go_back_to_says_so(town, wang):
    url = town.alipay.wap(biz={"quit_url": ""}, return_url="", notify_url="")
    page = requests.get(url, timeout=60)
    assert "取消付款" in requests.post(page.url + "/cancel", timeout=60).text
    who = {"person": wang["id"]}
    assert "付款成功" in requests.post(page.url + "/confirm", data=who, timeout=60).text
    assert "已经付过款" in requests.post(page.url + "/confirm", data=who, timeout=60).text


def test_a_forged_page_address_is_refused_on_a_page(town):
    page = requests.get(town.alipay.wap() + "x", timeout=60)
    assert (page.status_code, "isv.invalid-signature" in page.text) == (200, True)


def test_a_notice_bears_what_the_page_asked_for(town, wang):
    status, told = pay(town, wang, url=town.alipay.wap(biz={"passback_params": "a%3D1"}))
    form = town.alipay.verify(town.ears.heard[0][2])
    assert (status, told["notice"]) == (200, {"status": 200, "body": "success"})
    assert (form["trade_status"], form["total_amount"]) == ("TRADE_SUCCESS", "80.00")
    assert (form["subject"], form["passback_params"]) == ("不动产登记费 100%+", "a%3D1")
    assert form["trade_no"] == told["transaction"]


def test_a_trade_is_paid_once(town, wang):
    assert pay(town, wang, url=town.alipay.wap())[0] == 200
    status, told = pay(town, wang, url=town.alipay.wap())
    assert (status, told["error"]) == (409, "ACQ.TRADE_HAS_SUCCESS")


def test_an_opened_cashier_page_can_be_paid_through_the_control_api(town, wang):
    assert pay(town, wang, url=open_cashier(town).url)[1]["ok"]
    assert pay(town, wang, url=town.url + "/alipay/cashier/none")[0] == 404


def test_an_expired_page_cannot_be_paid(town, wang):
    url = town.alipay.wap(biz={"timeout_express": "1m"})
    opened = requests.get(url, timeout=60).url
    town.control.advance(61)
    assert pay(town, wang, url=opened)[1]["error"] == "ACQ.TRADE_EXPIRED"
    assert pay(town, wang, url=town.alipay.wap(biz={"time_expire": "2020-01-01 00:00"}))[0] == 409
    assert pay(town, wang, url=town.alipay.wap(biz={"timeout_express": "1c"}))[0] == 200


def test_a_begun_trade_waits_and_can_be_closed(town, wang):
    told = pay(town, wang, url=town.alipay.wap(), outcome="wait")[1]
    assert (
        town.alipay.ask(QUERY, {"trade_no": told["transaction"]})["trade_status"]
        == "WAIT_BUYER_PAY"
    )
    liu = town.control.person()
    assert pay(town, liu, url=town.alipay.wap())[1]["error"] == "ACQ.CONTEXT_INCONSISTENT"
    other = town.alipay.wap(biz={"total_amount": "1"})
    assert pay(town, wang, url=other)[1]["error"] == "ACQ.CONTEXT_INCONSISTENT"
    assert town.alipay.ask("alipay.trade.close", ME)["code"] == "10000"
    assert town.ears.wait(1) == 1
    assert town.alipay.verify(town.ears.heard[0][2])["trade_status"] == "TRADE_CLOSED"
    assert pay(town, wang, url=town.alipay.wap())[1]["error"] == "ACQ.TRADE_HAS_CLOSE"


def test_an_unpaid_trade_closes_by_itself_and_a_paid_one_cannot_be_closed(town, wang):
    pay(town, wang, url=town.alipay.wap(biz={"timeout_express": "5m"}), outcome="wait")
    town.control.advance(301)
    assert town.alipay.ask(QUERY, ME)["trade_status"] == "TRADE_CLOSED"
    pay(town, wang, url=town.alipay.wap("BS2"))
    told = town.alipay.ask("alipay.trade.close", {"out_trade_no": "BS2"})
    assert told["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


def test_a_mini_program_s_trade_is_made_for_its_buyer(town, wang):
    pay(town, wang, url=town.alipay.wap("first"))
    buyer = town.alipay.verify(town.ears.heard[0][2])["buyer_id"]
    biz = ME | {"total_amount": "0.01", "subject": "费", "buyer_id": buyer}
    made = town.alipay.ask("alipay.trade.create", biz)
    assert pay(town, wang, trade_no=made["trade_no"])[1]["transaction"] == made["trade_no"]
    nobody = biz | {"buyer_id": "2088", "out_trade_no": "x"}
    assert town.alipay.ask("alipay.trade.create", nobody)["sub_code"] == "ACQ.BUYER_NOT_EXIST"


@pytest.mark.parametrize(
    ("biz", "code"),
    [
        ({"total_amount": "1.001"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "0"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": 80}, "ACQ.INVALID_PARAMETER"),
        ({"subject": "a=b"}, "ACQ.INVALID_PARAMETER"),
        ({"out_trade_no": "a-b"}, "ACQ.INVALID_PARAMETER"),
        ({"seller_id": "2088"}, "ACQ.INVALID_PARAMETER"),
        ({"time_expire": "soon"}, "ACQ.INVALID_PARAMETER"),
    ],
)
def test_a_faulty_trade_is_refused(town, wang, biz, code):
    told = {"out_trade_no": NUMBER, "total_amount": "1.00", "subject": "费"}
    assert town.alipay.ask("alipay.trade.create", told | biz)["sub_code"] == code


def test_a_trade_needs_number_sum_and_subject(town):
    told = town.alipay.ask("alipay.trade.create", ME)
    assert (told["code"], told["sub_code"]) == ("40001", "isv.missing-parameter")
    assert town.alipay.ask(QUERY, {})["sub_code"] == "ACQ.INVALID_PARAMETER"
    biz = ME | {"total_amount": "1", "subject": "费"}
    elsewhere = town.alipay.ask("alipay.trade.create", biz, notify_url="https://example.com/n")
    assert elsewhere["sub_code"] == "ACQ.INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"app_id": "1"}, "isv.invalid-app-id"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"charset": "gbk"}, "isv.invalid-charset"),
        ({"format": "XML"}, "isv.invalid-format"),
        ({"timestamp": "1795000000"}, "isv.invalid-timestamp"),
        ({"biz_content": "{"}, "isv.invalid-parameter"),
        ({"biz_content": "[]"}, "isv.invalid-parameter"),
        ({"key": Keys()}, "isv.invalid-signature"),
        ({"version": ""}, "isv.missing-version"),
    ],
)
def test_a_faulty_request_is_refused_with_status_200(town, changed, code):
    assert town.alipay.ask(QUERY, ME, **changed)["sub_code"] == code


def test_a_method_that_does_not_exist_is_answered_as_an_error(town):
    params = town.alipay.params("alipay.nothing", ME)
    answer = requests.get(town.alipay.gateway, params=params, timeout=60)
    assert answer.json()["error_response"]["sub_code"] == "isv.invalid-method"
    town.alipay.inner(answer.text)


def test_ordered_errors_strike_before_or_after_the_deed(town, wang):
    pay(town, wang, url=town.alipay.wap(), outcome="wait")
    town.control.fault("alipay.trade.close", "error", code="40005", sub_code="isv.app-call-limited")
    assert town.alipay.ask("alipay.trade.close", ME)["code"] == "40005"
    assert town.alipay.ask(QUERY, ME)["trade_status"] == "WAIT_BUYER_PAY"
    town.control.fault("/gateway.do", "error_after")
    assert town.alipay.ask("alipay.trade.close", ME)["code"] == "20000"
    assert town.alipay.ask(QUERY, ME)["trade_status"] == "TRADE_CLOSED"


def test_an_answer_may_be_forged_or_lost(town, wang):
    town.control.fault(QUERY, "forged_answer")
    with pytest.raises(InvalidSignature):
        town.alipay.ask(QUERY, ME)
    town.control.fault(QUERY, "reset_after")
    with pytest.raises(requests.ConnectionError):
        town.alipay.ask(QUERY, ME)
