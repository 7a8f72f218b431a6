"""The simulator's wallets against clients that are not ours: npm's for WeChat Pay and Alipay."""

import json
import subprocess

import pytest

from tests.conftest import NODE
from tests.simulator.wallets import merchant
from tests.simulator.wallets.conftest import running

from .asking import HERE, PATIENCE_SECONDS

pytestmark = pytest.mark.node

ORDER = "v3/pay/transactions/out-trade-no/{out_trade_no}"
REFUNDS = "v3/refund/domestic/refunds"
NUMBER = "BS20261121000009"
BIZ = {"out_trade_no": NUMBER}


@pytest.fixture
def town():
    if not (HERE / "node_modules" / "alipay-sdk").exists():
        pytest.skip("the oracles are not installed: script/test installs them")
    with running() as town:
        yield town


@pytest.fixture
def wang(town):
    return town.control.person(name="王小红")


def play(town, *steps):
    """What npm's clients answer to each step, see wallets.js."""
    wechat = {
        "baseURL": f"{town.url}/",
        "mchid": merchant.MCHID,
        "serial": merchant.SERIAL,
        "privateKey": town.merchant_keys.private,
        "id": merchant.KEY_ID,
        "certificate": town.platform_keys.public,
        "key": merchant.APIV3_KEY,
    }
    alipay = {
        "appId": merchant.APP_ID,
        "privateKey": town.app_keys.private,
        "alipayPublicKey": town.alipay_keys.public,
        "gateway": f"{town.url}/gateway.do",
    }
    asked = {"wechat": wechat, "alipay": alipay, "steps": steps}
    told = subprocess.run(
        [NODE, "--no-deprecation", "wallets.js"],
        input=json.dumps(asked) + "\n",
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return json.loads(told.stdout)


def back(number, fen, town):
    notify = town.ears_url + "/notices/wechat-pay"
    amount = {"refund": fen, "total": 8000, "currency": "CNY"}
    return BIZ | {"out_refund_no": number, "notify_url": notify, "amount": amount}


def test_wechat_pay_satisfies_npms_client_from_order_to_refund(town, wang):
    order = town.wechat.order(wang, NUMBER)
    query = ["wechat", "get", ORDER, {"params": {"mchid": merchant.MCHID}} | BIZ]
    prepay, unpaid, absent = play(
        town,
        ["wechat", "post", "v3/pay/transactions/jsapi", order],
        query,
        ["wechat", "get", ORDER, query[3] | {"out_trade_no": "nothing"}],
    )
    assert unpaid["data"]["trade_state"] == "NOTPAY"
    assert (absent["status"], absent["data"]["code"]) == (404, "ORDER_NOT_EXIST")
    told = {"prepay_id": prepay["data"]["prepay_id"]}
    assert town.control.post(f"/people/{wang['id']}/pay", **told)[0] == 200
    town.control.fault("refund/wechat", "processing")
    paid, first, soon, second = play(
        town,
        query,
        ["wechat", "post", REFUNDS, back("R1", 3000, town)],
        ["wechat", "post", REFUNDS, back("R2", 3000, town)],
        ["wechat", "get", REFUNDS + "/{out_refund_no}", {"out_refund_no": "R1"}],
    )
    assert paid["data"]["trade_state"] == "SUCCESS"
    assert first["data"]["status"] == second["data"]["status"] == "PROCESSING"
    assert (soon["status"], soon["data"]["code"]) == (429, "FREQUENCY_LIMITED")


def test_wechat_pays_notices_and_closing_satisfy_npms_client(town, wang):
    prepay = town.wechat.prepay(wang, out_trade_no=NUMBER)
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay)
    other = town.wechat.order(wang, "BS20261121000010")
    shut = ORDER.replace("{out_trade_no}", other["out_trade_no"]) + "/close"
    play(
        town,
        ["wechat", "post", REFUNDS, back("R1", 8000, town)],
        ["wechat", "post", "v3/pay/transactions/jsapi", other],
    )
    town.control.advance(6)
    assert town.ears.wait(2) == 2
    heard = [["wechat", "notice", each[0], each[1].decode()] for each in town.ears.heard]
    payment, refund, closed = play(
        town, *heard, ["wechat", "post", shut, {"mchid": merchant.MCHID}]
    )
    assert (payment["proved"], payment["plain"]["trade_state"]) == (True, "SUCCESS")
    assert (refund["proved"], refund["plain"]["refund_status"]) == (True, "SUCCESS")
    assert closed["status"] == 204


def test_a_forged_answer_does_not_satisfy_npms_clients(town, wang):
    town.control.fault(f"/{ORDER.replace('{out_trade_no}', '*')}", "forged_answer")
    town.control.fault("alipay.trade.query", "forged_answer")
    town.wechat.prepay(wang, out_trade_no=NUMBER)
    query = {"params": {"mchid": merchant.MCHID}} | BIZ
    wechat, alipay = play(
        town,
        ["wechat", "get", ORDER, query],
        ["alipay", "exec", "alipay.trade.query", BIZ],
    )
    assert "Verify the response's data" in wechat["error"]
    assert "验签" in alipay["error"]


def test_alipay_satisfies_npms_client_from_page_to_refund(town, wang):
    wanted = BIZ | {"total_amount": "80.00", "subject": "登记费", "product_code": "QUICK_WAP_WAY"}
    page = {"bizContent": wanted, "notify_url": town.ears_url + "/notices/alipay"}
    query = ["alipay", "exec", "alipay.trade.query", BIZ]
    url, absent = play(town, ["alipay", "page", "alipay.trade.wap.pay", page], query)
    assert absent["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert town.control.post(f"/people/{wang['id']}/pay", url=url)[0] == 200
    given = BIZ | {"refund_amount": "30.00", "out_request_no": "R1"}
    notice = ["alipay", "notice", town.ears.heard[0][2]]
    paid, refunded, asked, proved, forged = play(
        town,
        query,
        ["alipay", "exec", "alipay.trade.refund", given],
        ["alipay", "exec", "alipay.trade.fastpay.refund.query", BIZ | {"out_request_no": "R1"}],
        notice,
        [*notice[:2], notice[2] | {"total_amount": "0.01"}],
    )
    assert (paid["trade_status"], refunded["fund_change"]) == ("TRADE_SUCCESS", "Y")
    assert asked["refund_status"] == "REFUND_SUCCESS"
    assert (proved, forged) == (True, False)
