"""Paying from WeChat's sheet, and money that goes back."""

import pytest

from .merchant import MCHID, Keys

NUMBER = "BS20261121000001"
BY_NUMBER = f"/v3/pay/transactions/out-trade-no/{NUMBER}"
REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def prepay_id(town, wang):
    return town.wechat.prepay(wang, attach="case=1")


def back(fen=3000, number="R1", **changed):
    told = {"out_trade_no": NUMBER, "out_refund_no": number,
            "amount": {"refund": fen, "total": 8000, "currency": "CNY"}}  # fmt: skip
    return told | changed


def test_the_sheet_shows_what_is_paid_for(town, wang, prepay_id):
    params = town.wechat.params(prepay_id)
    status, told = town.control.post("/wallets/wechat/sheet", person=wang["id"], params=params)
    assert (status, told["ok"], told["amount"]) == (200, True, 8000)
    assert (told["description"], told["mch"]) == ("不动产登记费", "郎溪办事通")


def test_the_sheet_refuses_untrue_parameters(town, wang, prepay_id):
    good = town.wechat.params(prepay_id)
    liu = town.control.person()
    refused = {
        "sign": good | {"paySign": Keys().sign("x")},
        "missing": good | {"timeStamp": 1795000000},
        "sign_type": good | {"signType": "MD5"},
        "appid": town.wechat.params(prepay_id, appId="wx_mp"),
        "unknown": town.wechat.params("wx0"),
    }
    for reason, params in refused.items():
        told = town.control.post("/wallets/wechat/sheet", person=wang["id"], params=params)
        assert (told[0], told[1]["error"]) == (409, reason)
    params = town.wechat.params(prepay_id, package="id=1")
    told = town.control.post("/wallets/wechat/sheet", person=wang["id"], params=params)
    assert told[1]["error"] == "missing"
    told = town.control.post("/wallets/wechat/sheet", person=liu["id"], params=good)
    assert told[1]["error"] == "payer"


def test_paying_settles_the_order_and_tells_the_merchant(town, wang, prepay_id):
    params = town.wechat.params(prepay_id)
    status, told = town.control.post(f"/people/{wang['id']}/pay", wallet="wechat", params=params)
    assert (status, told["notice"]["status"]) == (200, 200)
    state = town.wechat.state()
    assert (state["trade_state"], state["payer"]["openid"]) == ("SUCCESS", wang["oa_openid"])
    by_id = f"/v3/pay/transactions/id/{told['transaction']}?mchid={MCHID}"
    assert town.wechat.ask("GET", by_id)[1] == state
    assert (state["attach"], state["amount"]["payer_total"]) == ("case=1", 8000)


def test_a_paid_order_is_paid_once(town, wang, prepay_id):
    for expected in (200, 409):
        told = town.control.post("/wallets/wechat/pay", person=wang["id"], prepay_id=prepay_id)
        assert told[0] == expected
    assert told[1]["error"] == "paid"
    town.control.post("/wallets/wechat/options", paid_prepay="ORDERPAID")
    told = town.wechat.ask("POST", "/v3/pay/transactions/jsapi", town.wechat.order(wang))
    assert told[1]["code"] == "ORDERPAID"
    assert town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID})[1]["code"] == "ORDERPAID"


def test_a_closed_order_cannot_be_paid(town, wang, prepay_id):
    town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID})
    told = town.control.post("/wallets/wechat/pay", person=wang["id"], prepay_id=prepay_id)
    assert (told[0], told[1]["error"]) == (409, "closed")


def test_a_prepay_id_lasts_two_hours(town, wang, prepay_id):
    town.control.advance(7201)
    told = town.control.post("/wallets/wechat/pay", person=wang["id"], prepay_id=prepay_id)
    assert told[1]["error"] == "prepay_expired"


def test_an_expired_order_cannot_be_paid_but_stays_open(town, wang):
    prepay_id = town.wechat.prepay(wang, time_expire="2020-01-01T00:00:00+08:00")
    town.control.advance(61)
    told = town.control.post("/wallets/wechat/pay", person=wang["id"], prepay_id=prepay_id)
    assert told[1]["error"] == "expired"
    assert town.wechat.state()["trade_state"] == "NOTPAY"


def test_a_refund_arrives_after_a_while_and_is_told(town, wang, prepay_id):
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=f"prepay_id={prepay_id}")
    asked = back(notify_url=town.ears_url + "/notices/wechat-pay", reason="多缴")
    status, made = town.wechat.ask("POST", REFUNDS, asked)
    assert (status, made["status"]) == (200, "PROCESSING")
    town.control.advance(6)
    assert town.ears.wait(2) == 2
    kind, fact = town.wechat.opened(town.ears.heard[1])
    assert (kind, fact["refund_status"], fact["amount"]["refund"]) == (
        "REFUND.SUCCESS",
        "SUCCESS",
        3000,
    )
    assert town.wechat.ask("GET", f"{REFUNDS}/R1")[1]["status"] == "SUCCESS"
    assert town.wechat.state()["trade_state"] == "REFUND"


def test_a_refund_number_refunds_once(town, wang, prepay_id):
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay_id)
    first = town.wechat.ask("POST", REFUNDS, back())[1]
    assert town.wechat.ask("POST", REFUNDS, back())[1]["refund_id"] == first["refund_id"]
    assert town.wechat.ask("POST", REFUNDS, back(4000))[1]["code"] == "INVALID_REQUEST"
    by_transaction = back(5001, "R2", transaction_id=first["transaction_id"])
    assert town.wechat.ask("POST", REFUNDS, by_transaction)[1]["code"] == "NOT_ENOUGH"
    assert town.wechat.ask("POST", REFUNDS, back(5000, "R2"))[1]["code"] == "FREQUENCY_LIMITED"
    town.control.advance(61)
    assert town.wechat.ask("POST", REFUNDS, back(5000, "R2"))[0] == 200


def test_a_faulty_refund_is_refused(town, wang, prepay_id):
    assert town.wechat.ask("POST", REFUNDS, back())[1]["code"] == "INVALID_REQUEST"
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay_id)
    other = back(amount={"refund": 1, "total": 9, "currency": "CNY"})
    assert town.wechat.ask("POST", REFUNDS, other)[1]["code"] == "PARAM_ERROR"
    nameless = back()
    del nameless["out_trade_no"]
    assert town.wechat.ask("POST", REFUNDS, nameless)[1]["code"] == "PARAM_ERROR"
    assert town.wechat.ask("GET", f"{REFUNDS}/R9")[1]["code"] == "RESOURCE_NOT_EXISTS"


def test_an_answer_lost_after_the_refund_refunds_all_the_same(town, wang, prepay_id):
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay_id)
    town.control.fault(REFUNDS, "error_after")
    assert town.wechat.ask("POST", REFUNDS, back())[0] == 500
    assert town.wechat.ask("GET", f"{REFUNDS}/R1")[0] == 200
