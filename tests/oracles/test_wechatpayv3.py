"""The simulator's WeChat Pay against a third client that is not ours: Python's wechatpayv3."""

import gzip
import hashlib
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.simulator.wallets import merchant
from tests.simulator.wallets.conftest import running

NUMBER = "BS20261121000009"


@pytest.fixture
def town():
    with running() as town:
        yield town


@pytest.fixture
def wang(town):
    return town.control.person(name="王小红")


def pkcs8(keys):
    """The only dress of a private key that this client reads."""
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return keys.key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def client(town, **trust):
    made = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=merchant.MCHID,
        private_key=pkcs8(town.merchant_keys),
        cert_serial_no=merchant.SERIAL,
        appid="wx_oa",
        apiv3_key=merchant.APIV3_KEY,
        notify_url=town.ears_url + "/notices/wechat-pay",
        timeout=(60, 60),
        **trust,
    )
    made._core._gate_way = town.url
    return made


@pytest.fixture
def pay(town):
    return client(town, public_key=town.platform_keys.public, public_key_id=merchant.KEY_ID)


def order(pay, person, number=NUMBER):
    amount, payer = {"total": 8000, "currency": "CNY"}, {"openid": person["oa_openid"]}
    return pay.pay(description="登记费", out_trade_no=number, amount=amount, payer=payer)


def test_it_is_satisfied_from_order_to_refund(town, wang, pay):
    status, told = order(pay, wang)
    assert status == 200
    assert pay.query(out_trade_no="nothing")[0] == 404
    prepay = json.loads(told)["prepay_id"]
    assert town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay)[0] == 200
    assert json.loads(pay.query(out_trade_no=NUMBER)[1])["trade_state"] == "SUCCESS"
    back = {"refund": 3000, "total": 8000, "currency": "CNY"}
    town.control.fault("refund/wechat", "processing")
    assert pay.refund(out_refund_no="R1", amount=back, out_trade_no=NUMBER)[0] == 200
    assert json.loads(pay.query_refund("R1")[1])["status"] == "PROCESSING"
    headers, body, _ = town.ears.heard[0]
    assert pay.callback(headers, body)["resource"]["out_trade_no"] == NUMBER
    forged = headers | {"Wechatpay-Signature": merchant.Keys().sign("x")}
    assert pay.callback(forged, body) is None


def test_it_closes_an_order_and_fetches_a_bill(town, wang, pay):
    order(pay, wang)
    assert pay.close(NUMBER)[0] == 204
    day = f"{(town.world.clock.now() - timedelta(days=2)).date()}"
    assert pay.trade_bill(day)[0] == 400
    town.control.post("/wallets/wechat/statement-faults", kind="extra", day=day)
    for announced in (pay.trade_bill(day), pay.fundflow_bill(day)):
        told = json.loads(announced[1])
        found = gzip.decompress(pay.download_bill(told["download_url"])[1])
        assert hashlib.sha1(found).hexdigest() == told["hash_value"]


def test_it_believes_platform_certificates_too(town, wang, tmp_path):
    serial = town.control.post("/wallets/wechat/certificates", sign=True)[1]["serial"]
    (tmp_path / f"{serial}.pem").write_text(
        town.world.part("wechat_pay")["certificates"][serial]["pem"]
    )
    pay = client(town, cert_dir=str(tmp_path))
    assert order(pay, wang)[0] == 200
    town.control.post("/wallets/wechat/certificates", sign=True)
    assert json.loads(pay.query(out_trade_no=NUMBER)[1])["trade_state"] == "NOTPAY"
    assert len(pay._core._certificates) == 2
