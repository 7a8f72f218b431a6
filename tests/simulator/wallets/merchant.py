"""An independent merchant: signs and verifies with `cryptography` alone, and hears notices."""

import base64
import json
import secrets
import time
from urllib.parse import urlencode

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, request

PADDING, HASH = padding.PKCS1v15(), hashes.SHA256()
MCHID, SERIAL, KEY_ID = "1900000109", "5F1A0B2C3D4E", "PUB_KEY_ID_0119000001092025"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"


class Keys:
    """A key pair, as object and as PEM."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.private = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        self.public = (
            self.key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def sign(self, text):
        return base64.b64encode(self.key.sign(text.encode(), PADDING, HASH)).decode()

    def check(self, text, signature):
        """Raise InvalidSignature unless the signature is this key's."""
        raw = base64.b64decode(signature)
        self.key.public_key().verify(raw, text.encode(), PADDING, HASH)


class Ears:
    """Hears notices; answers the statuses and bodies put into `replies`, then acceptance."""

    def __init__(self):
        self.heard, self.replies = [], []
        self.app = Flask("ears")
        taken = {"wechat-pay": (200, ""), "alipay": (200, "success"), "unionpay": (200, "")}
        for path, accepted in taken.items():
            self.app.post(f"/notices/{path}", endpoint=path)(self.hear(accepted))

    def hear(self, accepted):
        def take():
            self.heard.append((dict(request.headers), request.get_data(), request.form.to_dict()))
            status, body = self.replies.pop(0) if self.replies else accepted
            return body, status

        return take

    def wait(self, count, seconds=60):
        until = time.monotonic() + seconds
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.02)
        return len(self.heard)


class WeChatMerchant:
    """Calls WeChat Pay at an address and verifies every answer."""

    def __init__(self, town):
        self.town, self.url = town, town.url
        self.serial, self.wanted = SERIAL, KEY_ID

    def call(self, method, target, told=None, *, key=None, off=0, **changed):
        body = "" if told is None else json.dumps(told, ensure_ascii=False)
        stamp, nonce = str(self.town.world.clock.stamp() + off), secrets.token_hex(8)
        text = f"{method}\n{target}\n{stamp}\n{nonce}\n{body}\n"
        fields = {"timestamp": stamp, "serial_no": self.serial, "nonce_str": nonce, "mchid": MCHID}
        fields["signature"] = (key or self.town.merchant_keys).sign(text)
        pairs = ",".join(f'{name}="{value}"' for name, value in fields.items())
        headers = {"Authorization": f"WECHATPAY2-SHA256-RSA2048 {pairs}", "Accept": "*/*"}
        headers |= {"Wechatpay-Serial": self.wanted, "Content-Type": "application/json"} | changed
        return requests.request(
            method, self.url + target, data=body.encode(), headers=headers, timeout=60
        )

    def ask(self, method, target, told=None, **how):
        """Call and verify the answer's signature; return status and what it says."""
        answer = self.call(method, target, told, **how)
        self.verify(answer.headers, answer.text)
        return answer.status_code, answer.json() if answer.text else None

    def verify(self, headers, body):
        assert headers["Wechatpay-Serial"] == KEY_ID
        assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
        stamp, nonce = headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"]
        text = f"{stamp}\n{nonce}\n{body}\n"
        self.town.platform_keys.check(text, headers["Wechatpay-Signature"])

    def order(self, person, number="BS20261121000001", **changed):
        told = {"appid": "wx_oa", "mchid": MCHID, "description": "不动产登记费",
                "out_trade_no": number, "notify_url": self.town.ears_url + "/notices/wechat-pay",
                "amount": {"total": 8000, "currency": "CNY"},
                "payer": {"openid": person["oa_openid"]}}  # fmt: skip
        return told | changed

    def prepay(self, person, **changed):
        status, told = self.ask("POST", "/v3/pay/transactions/jsapi", self.order(person, **changed))
        assert status == 200, told
        return told["prepay_id"]

    def state(self, number="BS20261121000001"):
        return self.ask("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={MCHID}")[1]

    def params(self, prepay_id, **changed):
        params = {"appId": "wx_oa", "timeStamp": "1795000000", "nonceStr": "n0nce",
                  "package": f"prepay_id={prepay_id}", "signType": "RSA"} | changed  # fmt: skip
        signed = [params[key] for key in ("appId", "timeStamp", "nonceStr", "package")]
        text = "".join(f"{line}\n" for line in signed)
        return {"paySign": self.town.merchant_keys.sign(text)} | params

    def opened(self, notice):
        """Verify a notice, unseal it and return its kind and content."""
        headers, body, _ = notice
        self.verify(headers, body.decode())
        told = json.loads(body)
        box = told["resource"]
        plain = AESGCM(APIV3_KEY.encode()).decrypt(
            box["nonce"].encode(),
            base64.b64decode(box["ciphertext"]),
            box["associated_data"].encode(),
        )
        return told["event_type"], json.loads(plain)


class AlipayMerchant:
    """Calls Alipay's gateway and verifies every answer."""

    def __init__(self, town):
        self.town, self.gateway = town, town.url + "/gateway.do"

    def params(self, method, biz, *, key=None, **changed):
        told = {"app_id": APP_ID, "method": method, "format": "JSON", "charset": "utf-8",
                "sign_type": "RSA2", "timestamp": "2026-11-21 12:00:00", "version": "1.0",
                "biz_content": json.dumps(biz, ensure_ascii=False)} | changed  # fmt: skip
        text = "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name])
        return told | {"sign": (key or self.town.app_keys).sign(text)}

    def ask(self, method, biz, **how):
        params = self.params(method, biz, **how)
        query = {name: params.pop(name) for name in ("app_id", "method", "sign")}
        answer = requests.post(self.gateway, params=query, data=params, timeout=60)
        assert answer.status_code == 200
        return self.inner(answer.text)

    def inner(self, text):
        """Cut out the inner object's exact text, verify it, read it."""
        start, end = text.index(":") + 1, text.rindex(',"sign":"')
        self.town.alipay_keys.check(text[start:end], json.loads(text)["sign"])
        return json.loads(text[start:end])

    def wap(self, number="BS20261121000002", *, biz=None, **changed):
        told = {"out_trade_no": number, "total_amount": "80.00", "subject": "不动产登记费 100%+",
                "product_code": "QUICK_WAP_WAY",
                "quit_url": "http://127.0.0.1/quit"} | (biz or {})  # fmt: skip
        extra = {"notify_url": self.town.ears_url + "/notices/alipay",
                 "return_url": "http://127.0.0.1:9/h5/back?bill=1"} | changed  # fmt: skip
        params = self.params("alipay.trade.wap.pay", told, **extra)
        return f"{self.gateway}?{urlencode(params)}"

    def verify(self, form):
        """Verify a notice or return parameters: neither sign nor sign_type is in the text."""
        kept = {name: form[name] for name in form if name not in ("sign", "sign_type")}
        text = "&".join(f"{name}={kept[name]}" for name in sorted(kept))
        self.town.alipay_keys.check(text, form["sign"])
        return form
