"""What a hand does on the phone page: write, look into the web view, bring a bill."""

import base64
import json
import time
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from simulator.wallets import rsa as rsa_wire
from simulator.wallets import wechat_orders

from .conftest import pem


def send(page, text):
    page.fill("#message", text)
    page.press("#message", "Enter")


def until(look):
    """Wait for what the service hears of beside the page."""
    patience = time.monotonic() + 60
    while not look():
        assert time.monotonic() < patience
        time.sleep(0.05)


def pushed(page, words):
    """Wait until the latest push says this; the page may have shown sooner what it is about."""
    until(lambda: words in "".join(page.service.pushes[-1:]))


def web(page):
    return page.frame_locator("#web")


def bill(page, world, merchant):
    """Open an order of 80 yuan for the page's person, signed for WeChat's sheet."""
    told = {
        "appid": "wx_oa",
        "mchid": "1900000001",
        "description": "不动产登记费",
        "out_trade_no": "order000001",
        "notify_url": page.service.url + "/notices/wechat-pay",
        "amount": {"total": 8000, "currency": "CNY"},
        "payer": {"openid": page.person.openids["oa"]},
    }
    package = "prepay_id=" + wechat_orders.prepay(world, told)["prepay_id"]
    signed = f"wx_oa\n1\nn\n{package}\n".encode()
    sign = base64.b64encode(merchant.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
    page.service.params = {"appId": "wx_oa", "timeStamp": "1", "nonceStr": "n",
                           "package": package, "signType": "RSA", "paySign": sign}  # fmt: skip
    page.evaluate("import('/phone/static/web.js').then((web) => web.open('/h5/bill'))")
    web(page).locator("#pay").click()


def cashier(page, world, merchant):
    """Return a signed address of Alipay's gateway for 80 yuan."""
    params = {
        "app_id": "2021000000000001",
        "method": "alipay.trade.wap.pay",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-11-21 10:00:00",
        "version": "1.0",
        "return_url": page.service.url + "/h5/",
        "notify_url": page.service.url + "/notices/alipay",
        "biz_content": json.dumps({"out_trade_no": "order000002", "total_amount": "80.00",
            "subject": "不动产登记费", "product_code": "QUICK_WAP_WAY"}),
    }  # fmt: skip
    text = "&".join(f"{key}={params[key]}" for key in sorted(params))
    params["sign"] = rsa_wire.sign(text, pem(merchant))
    return world.config["simulator_url"] + "/gateway.do?" + urlencode(params)
