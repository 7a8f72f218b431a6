"""Alipay's refunds and notices, true ones and untrue ones."""

import pytest
from cryptography.exceptions import InvalidSignature

NUMBER = "BS20261121000002"
REFUND, ASK_REFUND = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
ME = {"out_trade_no": NUMBER}


@pytest.fixture
def paid(town, wang):
    url = town.alipay.wap()
    return lambda: town.control.post(f"/people/{wang['id']}/pay", wallet="alipay", url=url)[1]


def back(yuan, **told):
    return ME | {"refund_amount": yuan} | told


def bring(town, kind):
    return town.control.post("/wallets/alipay/notify", out_trade_no=NUMBER, kind=kind)


def heard(town, place=-1):
    return town.alipay.verify(town.ears.heard[place][2])


def test_a_partial_refund_looks_like_a_second_success(town, paid):
    paid()
    told = town.alipay.ask(REFUND, back("30.00", out_request_no="R1"))
    assert (told["fund_change"], told["refund_fee"]) == ("Y", "30.00")
    assert town.ears.wait(2) == 2
    notice = heard(town)
    assert (notice["trade_status"], notice["refund_fee"]) == ("TRADE_SUCCESS", "30.00")
    assert notice["out_biz_no"] == "R1"


def test_a_full_refund_closes_the_trade(town, paid):
    paid()
    assert town.alipay.ask(REFUND, back("80.00"))["fund_change"] == "Y"
    assert town.ears.wait(2) == 2
    assert "gmt_close" in heard(town)
    told = town.alipay.ask("alipay.trade.query", ME)
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_CLOSED", "80.00")


def test_the_same_refund_again_moves_no_money(town, paid):
    paid()
    town.alipay.ask(REFUND, back("30.00", out_request_no="R1"))
    assert town.alipay.ask(REFUND, back("30.00", out_request_no="R1"))["fund_change"] == "N"
    other = town.alipay.ask(REFUND, back("31.00", out_request_no="R1"))
    assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    found = town.alipay.ask(ASK_REFUND, ME | {"out_request_no": "R1"})
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "30.00")
    assert "refund_status" not in town.alipay.ask(ASK_REFUND, ME | {"out_request_no": "R2"})


@pytest.mark.parametrize(
    ("biz", "code"),
    [
        (back("80.01", out_request_no="R"), "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        (back("1.00"), "ACQ.INVALID_PARAMETER"),
        (back("0.00", out_request_no="R"), "ACQ.INVALID_PARAMETER"),
        (back("x", out_request_no="R"), "ACQ.INVALID_PARAMETER"),
    ],
)
def test_a_faulty_refund_is_refused(town, paid, biz, code):
    paid()
    assert town.alipay.ask(REFUND, biz)["sub_code"] == code


def test_unpaid_and_finished_trades_are_not_refunded(town, wang, paid):
    url = town.alipay.wap("W1")
    town.control.post(f"/people/{wang['id']}/pay", url=url, outcome="wait")
    told = town.alipay.ask(REFUND, {"out_trade_no": "W1", "refund_amount": "80.00"})
    assert told["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    paid()
    town.control.advance(366 * 86400)
    assert town.alipay.ask("alipay.trade.query", ME)["trade_status"] == "TRADE_FINISHED"
    assert town.alipay.ask(REFUND, back("80.00"))["sub_code"] == "ACQ.TRADE_HAS_FINISHED"
    assert town.alipay.ask(ASK_REFUND, ME)["sub_code"] == "ACQ.INVALID_PARAMETER"


def test_only_the_very_word_success_ends_the_retries(town, paid):
    town.ears.replies = [(200, "Success"), (200, "success\n"), (500, "success")]
    paid()
    for wait, count in ((241, 2), (601, 3), (601, 4), (99999, 4)):
        town.control.advance(wait)
        assert town.ears.wait(count) == count
    assert len({heard(town, place)["notify_id"] for place in range(4)}) == 1


def test_the_first_retry_may_be_chosen(town, paid):
    town.control.post("/wallets/alipay/options", first_retry_seconds=120)
    town.ears.replies = [(200, "")]
    paid()
    town.control.advance(121)
    assert town.ears.wait(2) == 2


def test_the_buyer_may_be_told_as_an_open_id(town, paid):
    told = town.control.post("/wallets/alipay/options", buyer="buyer_open_id")[1]
    assert told["buyer"] == "buyer_open_id"
    paid()
    assert "buyer_id" not in heard(town)
    assert (
        town.alipay.ask("alipay.trade.query", ME)["buyer_open_id"] == heard(town)["buyer_open_id"]
    )


def test_the_buyer_may_be_told_under_both_names(town, paid):
    town.control.post("/wallets/alipay/options", buyer="both")
    paid()
    answer = town.alipay.ask("alipay.trade.query", ME)
    assert answer["buyer_open_id"] == heard(town)["buyer_open_id"]
    assert answer["buyer_user_id"] == heard(town)["buyer_id"]


def test_a_forged_notice_bears_a_stranger_s_signature(town, paid):
    paid()
    bring(town, "forged")
    with pytest.raises(InvalidSignature):
        heard(town)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("short", "total_amount"),
        ("other_merchant", "seller_id"),
        ("other_payer", "buyer_id"),
        ("other_order", "out_trade_no"),
        ("stale", "notify_time"),
    ],
)
def test_an_untrue_notice_is_well_signed(town, paid, kind, field):
    paid()
    bring(town, kind)
    assert heard(town)[field] != heard(town, 0)[field]


def test_notices_are_brought_again_on_demand(town, paid):
    assert bring(town, "again")[0] == 409
    paid()
    assert bring(town, "again")[1]["body"] == "success"
    assert heard(town) == heard(town, 0)
    assert bring(town, "refund")[0] == 409
    town.alipay.ask(REFUND, back("1.00", out_request_no="R1"))
    town.ears.wait(3)
    assert bring(town, "refund")[0] == 200
    assert heard(town)["out_biz_no"] == "R1"


def test_a_late_payment_follows_a_closing(town, wang):
    url = town.alipay.wap()
    town.control.post(f"/people/{wang['id']}/pay", url=url, outcome="wait")
    town.alipay.ask("alipay.trade.close", ME)
    town.ears.wait(1)
    assert bring(town, "late")[1]["body"] == "success"
    assert heard(town)["trade_status"] == "TRADE_SUCCESS"


def test_orders_and_options_can_be_looked_at(town, paid):
    paid()
    kept = town.control.get("/wallets/alipay/orders")["orders"]
    assert [one["ask"]["out_trade_no"] for one in kept] == [NUMBER]
    assert town.control.get("/wallets/wechat/orders")["orders"] == []
    assert town.control.get("/wallets/wechat/options")["resign"] is True
