"""Refunds that take long, get stuck, are closed or lost; and how often an order may be refunded."""

import pytest

REFUNDS = "/v3/refund/domestic/refunds"
AT_ALIPAY, ASKED = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
NUMBER = "BS20261121000001"


def back(fen=3000, number="R1", **more):
    amount = {"refund": fen, "total": 8000, "currency": "CNY"}
    return {"out_trade_no": NUMBER, "out_refund_no": number, "amount": amount} | more


@pytest.fixture
def order(town, wang):
    """An order of WeChat Pay over 80 yuan, paid."""
    prepay = town.wechat.prepay(wang)
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay)


def made(town, number="R1"):
    return town.wechat.ask("GET", f"{REFUNDS}/{number}")[1]


def test_a_refund_may_stay_under_way_for_days(town, order):
    town.control.fault("refund/wechat", "processing", seconds=2 * 86400)
    town.wechat.ask("POST", REFUNDS, back())
    town.control.advance(86400)
    assert made(town)["status"] == "PROCESSING"
    town.control.advance(86401)
    assert made(town)["status"] == "SUCCESS"
    assert "success_time" in made(town)


@pytest.mark.parametrize("kind", ["abnormal", "closed"])
def test_a_refund_may_come_to_a_bad_end_and_is_told(town, order, kind):
    town.control.fault("refund/wechat", kind)
    asked = back(notify_url=town.ears_url + "/notices/wechat-pay")
    assert town.wechat.ask("POST", REFUNDS, asked)[1]["status"] == "PROCESSING"
    town.control.advance(6)
    assert made(town)["status"] == kind.upper()
    assert "success_time" not in made(town)
    town.ears.wait(2)
    event, fact = town.wechat.opened(town.ears.heard[-1])
    assert (event, fact["refund_status"]) == (f"REFUND.{kind.upper()}", kind.upper())


def test_a_stuck_refund_is_handled_at_the_console(town, order):
    town.control.fault("refund/wechat", "abnormal")
    town.wechat.ask("POST", REFUNDS, back())
    town.control.advance(6)
    told = {"out_refund_no": "R1", "fate": "SUCCESS"}
    assert town.control.post("/wallets/wechat/refunds", **told)[0] == 200
    assert made(town)["status"] == "SUCCESS"
    assert town.control.post("/wallets/wechat/refunds", **told | {"fate": "LOST"})[0] == 404


def test_what_was_closed_may_be_refunded_anew(town, order):
    town.control.fault("refund/wechat", "closed")
    town.wechat.ask("POST", REFUNDS, back(8000))
    town.control.advance(61)
    assert town.wechat.ask("POST", REFUNDS, back(8000, "R2"))[0] == 200
    town.control.advance(61)
    assert town.wechat.ask("POST", REFUNDS, back(1, "R3"))[1]["code"] == "NOT_ENOUGH"


def test_refunds_of_one_order_keep_a_minute_apart_and_have_an_end(town, order):
    assert town.wechat.ask("POST", REFUNDS, back(1))[0] == 200
    assert town.wechat.ask("POST", REFUNDS, back(1, "R2"))[1]["code"] == "FREQUENCY_LIMITED"
    assert town.wechat.ask("POST", REFUNDS, back(1))[0] == 200
    town.control.advance(61)
    assert town.wechat.ask("POST", REFUNDS, back(1, "R2"))[0] == 200
    town.control.post("/wallets/wechat/options", refunds_per_order=2)
    town.control.advance(61)
    assert town.wechat.ask("POST", REFUNDS, back(1, "R3"))[1]["code"] == "INVALID_REQUEST"


@pytest.fixture
def trade(town, wang):
    """A trade at Alipay over 80 yuan, paid; its number."""
    told = town.control.post(f"/people/{wang['id']}/pay", url=town.alipay.wap())[1]
    return {"out_trade_no": told["out_trade_no"]}


def given(town, trade, yuan="30.00", number="R1"):
    return town.alipay.ask(AT_ALIPAY, trade | {"refund_amount": yuan, "out_request_no": number})


def status(town, trade, number="R1"):
    return town.alipay.ask(ASKED, trade | {"out_request_no": number}).get("refund_status")


def test_alipay_may_take_its_time_and_says_nothing_meanwhile(town, trade):
    town.control.fault("refund/alipay", "processing", seconds=600)
    assert given(town, trade)["fund_change"] == "N"
    assert status(town, trade) is None
    town.control.advance(601)
    assert status(town, trade) == "REFUND_SUCCESS"
    assert given(town, trade)["fund_change"] == "N"


def test_a_refund_alipay_lost_may_be_asked_for_again(town, trade):
    town.control.fault("refund/alipay", "lost")
    assert given(town, trade)["fund_change"] == "N"
    assert status(town, trade) is None
    assert given(town, trade)["fund_change"] == "Y"
    assert status(town, trade) == "REFUND_SUCCESS"


def test_alipay_wants_three_seconds_between_refunds(town, trade):
    assert given(town, trade)["fund_change"] == "Y"
    assert given(town, trade, number="R2")["code"] == "40005"
    town.control.advance(4)
    assert given(town, trade, number="R2")["refund_fee"] == "60.00"
