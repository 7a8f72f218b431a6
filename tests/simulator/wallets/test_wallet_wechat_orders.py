"""WeChat Pay takes orders as the real one does, and refuses what it would refuse."""

import pytest
from cryptography.exceptions import InvalidSignature

from .merchant import MCHID, Keys

JSAPI = "/v3/pay/transactions/jsapi"
NUMBER = "BS20261121000001"
BY_NUMBER = f"/v3/pay/transactions/out-trade-no/{NUMBER}"


def test_an_order_is_opened_and_waits(town, wang):
    prepay_id = town.wechat.prepay(wang)
    told = town.wechat.state()
    assert prepay_id.startswith("wx")
    assert told["trade_state"] == "NOTPAY"
    assert told["amount"]["total"] == 8000
    assert "transaction_id" not in told


def test_the_same_order_again_gives_a_new_prepay_id(town, wang):
    assert town.wechat.prepay(wang) != town.wechat.prepay(wang)


def test_another_sum_under_the_same_number_is_refused(town, wang):
    town.wechat.prepay(wang)
    changed = town.wechat.order(wang, amount={"total": 1, "currency": "CNY"})
    status, told = town.wechat.ask("POST", JSAPI, changed)
    assert (status, told["code"]) == (400, "INVALID_REQUEST")


def test_how_a_changed_order_is_refused_can_be_chosen(town, wang):
    town.wechat.prepay(wang)
    town.control.post("/wallets/wechat/options", changed_prepay="OUT_TRADE_NO_USED")
    told = town.wechat.ask("POST", JSAPI, town.wechat.order(wang, attach="x"))
    assert told[1]["code"] == "OUT_TRADE_NO_USED"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"appid": "wx_stranger"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1"}, "MCH_NOT_EXISTS"),
        ({"payer": {"openid": "nobody"}}, "PARAM_ERROR"),
        ({"payer": None}, "PARAM_ERROR"),
        ({"amount": {"total": 0}}, "PARAM_ERROR"),
        ({"amount": {"total": True}}, "PARAM_ERROR"),
        ({"amount": {"total": "80"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1, "currency": "USD"}}, "PARAM_ERROR"),
        ({"out_trade_no": "short"}, "PARAM_ERROR"),
        ({"out_trade_no": "六个汉字长度"}, "PARAM_ERROR"),
        ({"description": "长" * 128}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1/n?a=1"}, "PARAM_ERROR"),
        ({"notify_url": "https://example.com/n"}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1/" + "n" * 255}, "PARAM_ERROR"),
        ({"time_expire": "2026-11-21 12:00:00"}, "PARAM_ERROR"),
        ({"time_expire": "soon"}, "PARAM_ERROR"),
    ],
)
def test_a_faulty_order_is_refused(town, wang, changed, code):
    status, told = town.wechat.ask("POST", JSAPI, town.wechat.order(wang, **changed))
    assert (status, told["code"]) == (400, code)
    assert town.wechat.state()["code"] == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("told", [None, [], "text", 7])
def test_a_body_that_is_no_json_object_is_refused(town, told):
    status, answer = town.wechat.ask("POST", JSAPI, told)
    assert (status, answer["code"]) == (400, "PARAM_ERROR")


def test_a_stranger_s_key_signs_nothing(town, wang):
    status, told = town.wechat.ask("POST", JSAPI, town.wechat.order(wang), key=Keys())
    assert (status, told["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("off", [-400, 400])
def test_a_clock_that_is_off_is_refused(town, off):
    status, told = town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}", off=off)
    assert (status, told["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer x", 'WECHATPAY2-SHA256-RSA2048 mchid="1"',
     'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",nonce_str="a",timestamp="1",serial_no="1",'
     'signature="x"',
     'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="a",timestamp="x",serial_no="1",signature="x"'],
)  # fmt: skip
def test_a_malformed_authorization_is_refused(town, header):
    status, told = town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}", Authorization=header)
    assert (status, told["code"]) == (401, "SIGN_ERROR")


def test_a_wrong_certificate_serial_is_refused(town):
    town.wechat.serial = "OTHER"
    assert town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}")[0] == 401


def test_a_signature_that_is_no_base64_is_refused(town):
    stamp = town.world.clock.stamp()
    header = (
        f'WECHATPAY2-SHA256-RSA2048 mchid="{MCHID}",nonce_str="a",signature="***",'
        f'timestamp="{stamp}",serial_no="{town.wechat.serial}"'
    )
    status, _ = town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}", Authorization=header)
    assert status == 401


def test_a_platform_serial_that_is_not_held_is_refused(town):
    town.wechat.wanted = "PUB_KEY_ID_OTHER"
    status, told = town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}")
    assert (status, told["code"]) == (400, "PARAM_ERROR")


def test_a_request_without_user_agent_is_refused(town):
    status, told = town.wechat.ask("GET", f"{BY_NUMBER}?mchid={MCHID}", **{"User-Agent": ""})
    assert (status, told["code"]) == (400, "PARAM_ERROR")


def test_an_unknown_order_is_not_found(town):
    for target in (BY_NUMBER, "/v3/pay/transactions/id/4200"):
        status, told = town.wechat.ask("GET", f"{target}?mchid={MCHID}")
        assert (status, told["code"]) == (404, "ORDER_NOT_EXIST")


def test_a_query_names_its_merchant(town, wang):
    town.wechat.prepay(wang)
    assert town.wechat.ask("GET", BY_NUMBER)[0] == 400
    assert town.wechat.ask("GET", BY_NUMBER + "?mchid=1")[0] == 400


def test_closing_answers_204_with_a_signed_empty_body(town, wang):
    town.wechat.prepay(wang)
    assert town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID}) == (204, None)
    assert town.wechat.state()["trade_state"] == "CLOSED"


def test_a_closed_number_is_dead(town, wang):
    town.wechat.prepay(wang)
    town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID})
    assert town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID})[0] == 400
    status, told = town.wechat.ask("POST", JSAPI, town.wechat.order(wang))
    assert (status, told["code"]) == (403, "OUT_TRADE_NO_USED")


def test_closing_twice_may_be_chosen_to_succeed(town, wang):
    town.wechat.prepay(wang)
    town.control.post("/wallets/wechat/options", closed_close="")
    for _ in range(2):
        assert town.wechat.ask("POST", BY_NUMBER + "/close", {"mchid": MCHID})[0] == 204


def test_a_time_already_past_is_raised_to_a_minute(town, wang):
    order = town.wechat.order(wang, time_expire="2020-01-01T00:00:00+08:00")
    assert town.wechat.ask("POST", JSAPI, order)[0] == 200
    town.control.advance(61)
    status, told = town.wechat.ask("POST", JSAPI, order)
    assert (status, told["code"]) == (400, "INVALID_REQUEST")
    assert town.wechat.state()["trade_state"] == "NOTPAY"


def test_there_are_no_platform_certificates(town):
    status, told = town.wechat.ask("GET", "/v3/certificates")
    assert (status, told["code"]) == (500, "SYSTEM_ERROR")


def test_an_ordered_error_does_nothing(town, wang):
    town.control.fault(JSAPI, "error", code="FREQUENCY_LIMITED")
    assert town.wechat.ask("POST", JSAPI, town.wechat.order(wang))[0] == 429
    assert town.wechat.state()["code"] == "ORDER_NOT_EXIST"


def test_an_error_after_the_deed_hides_a_deed(town, wang):
    town.control.fault(JSAPI, "error_after")
    assert town.wechat.ask("POST", JSAPI, town.wechat.order(wang))[0] == 500
    assert town.wechat.state()["trade_state"] == "NOTPAY"


def test_a_forged_answer_bears_a_stranger_s_signature(town, wang):
    town.control.fault(JSAPI, "forged_answer")
    with pytest.raises(InvalidSignature):
        town.wechat.ask("POST", JSAPI, town.wechat.order(wang))


def test_a_bad_gateway_is_not_signed(town):
    town.control.fault("/v3/*", "status")
    answer = town.wechat.call("GET", f"{BY_NUMBER}?mchid={MCHID}")
    assert answer.status_code == 502
    assert "Wechatpay-Signature" not in answer.headers
