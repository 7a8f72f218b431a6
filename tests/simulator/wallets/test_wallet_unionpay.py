"""UnionPay as a merchant of its own making meets it: signed forms, a page, notices, a file."""

import base64
import hashlib
import io
import re
import zipfile
import zlib
from functools import cache

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from script import chain
from simulator.wallets.unionpay_wire import signing_text

from . import merchant
from .conftest import running

MERCHANT = "777290058110048"
GATEWAY = "/gateway/api/"
NUMBER, TIME = "BS20261121000003", "20261121120000"
FIXED = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0",
         "merId": MERCHANT, "bizType": "000201", "channelType": "08"}  # fmt: skip


@cache
def papers():
    return chain.invent("signer")


def sign(text, pem):
    key = load_pem_private_key(pem.encode(), None)
    hexed = hashlib.sha256(text.encode()).hexdigest().encode()
    return base64.b64encode(key.sign(hexed, merchant.PADDING, merchant.HASH)).decode()


def text_of(fields):
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature")


def check(fields):
    """Raise InvalidSignature unless UnionPay's own certificate signed these fields."""
    assert fields["signPubKeyCert"] == papers()["unionpay_signing_cert"]
    key = load_pem_x509_certificate(fields["signPubKeyCert"].encode()).public_key()
    hexed = hashlib.sha256(text_of(fields).encode()).hexdigest().encode()
    raw = base64.b64decode(fields["signature"])
    key.verify(raw, hexed, merchant.PADDING, merchant.HASH)
    return fields


class Merchant:
    """Signs with its own certificate and reads what UnionPay answers."""

    def __init__(self, town):
        self.town, self.web = town, requests.Session()
        own = load_pem_x509_certificate(papers()["unionpay_merchant_cert"].encode())
        self.own = FIXED | {"certId": str(own.serial_number)}

    def signed(self, **told):
        fields = {name: value for name, value in (self.own | told).items() if value}
        return fields | {"signature": sign(text_of(fields), papers()["unionpay_merchant_key"])}

    def order(self, **other):
        told = {"txnType": "01", "txnSubType": "01", "orderId": NUMBER, "txnTime": TIME,
                "txnAmt": "8000", "currencyCode": "156", "frontUrl": "http://127.0.0.1:9/back",
                "riskRateInfo": "{commodityName=不动产登记费}",
                "backUrl": self.town.ears_url + "/notices/unionpay"} | other  # fmt: skip
        return self.signed(**told)

    def bring(self, fields, person=None):
        headers = {"X-Phone-Person": person["id"]} if person else {}
        url = self.town.url + GATEWAY + "frontTransReq.do"
        return self.web.post(url, data=fields, headers=headers, timeout=60)

    def ask(self, page, **told):
        answer = requests.post(self.town.url + page, data=self.signed(**told), timeout=60)
        assert answer.status_code == 200
        pairs = re.findall(r"(\w+)=([^&]*)", answer.text)
        return check(dict(pairs))

    def query(self, number=NUMBER, time=TIME):
        return self.ask(GATEWAY + "queryTrans.do", txnType="00", txnSubType="00",
                        bizType="000000", orderId=number, txnTime=time)  # fmt: skip

    def refund(self, of, fen, number="BSR20261121000001"):
        return self.ask(GATEWAY + "backTransReq.do", txnType="04", txnSubType="00", orderId=number,
                        txnTime=TIME, txnAmt=str(fen), currencyCode="156", origQryId=of,
                        reqReserved=NUMBER,
                        backUrl=self.town.ears_url + "/notices/unionpay")  # fmt: skip

    def files(self, day):
        return self.ask("/unionpay/files/", txnType="76", txnSubType="01", bizType="000000",
                        fileType="00", settleDate=day, txnTime=TIME)  # fmt: skip


@pytest.fixture
def town():
    with running() as town:
        setup = {"merchant": MERCHANT, "merchant_cert": papers()["unionpay_merchant_cert"],
                 "signing_cert": papers()["unionpay_signing_cert"],
                 "signing_key": papers()["unionpay_signing_key"]}  # fmt: skip
        town.world.config["unionpay"] = setup
        town.shop = Merchant(town)
        yield town


def paid(town, wang):
    pay = {"wallet": "unionpay", "params": town.shop.order()}
    return town.control.post(f"/people/{wang['id']}/pay", **pay)[1]


def test_what_is_signed_is_the_published_text():
    """The digest is by `openssl dgst -sha256` of certId=1&txnType=01&version=5.1.0."""
    fields = {"txnType": "01", "version": "5.1.0", "signature": "x", "empty": "", "certId": "1"}
    told = "6af7bf69503feb237a28eb8b9786dff56b80ee33006a67b5b6579f4456777bcd"
    assert signing_text(fields) == told


def test_a_payer_pays_on_the_page_and_the_merchant_is_told(town, wang):
    page = town.shop.bring(town.shop.order(), wang)
    assert "不动产登记费" in page.text
    assert "80.00" in page.text
    assert town.shop.query()["respCode"] == "34"
    done = requests.post(page.url + "/confirm", headers={"X-Phone-Person": wang["id"]}, timeout=60)
    assert "支付成功" in done.text
    assert 'action="http://127.0.0.1:9/back"' in done.text
    found = town.shop.query()
    assert (found["origRespCode"], found["txnAmt"], found["merId"]) == ("00", "8000", MERCHANT)
    assert town.ears.wait(1) == 1
    told = town.ears.heard[0][2]
    assert check(told)["queryId"] == found["queryId"]
    assert (told["respCode"], told["txnType"], told["currencyCode"]) == ("00", "01", "156")


def test_leaving_costs_nothing_and_the_order_can_still_be_paid(town, wang):
    page = town.shop.bring(town.shop.order(), wang)
    left = requests.post(page.url + "/cancel", timeout=60)
    assert "没有扣款" in left.text
    assert town.shop.query()["respCode"] == "34"
    assert paid(town, wang)["notice"]["status"] == 200


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"merId": "1"}, "商户状态不正确"),
        ({"certId": "1"}, "验证签名失败"),
        ({"txnAmt": "80.00"}, "报文格式错误"),
        ({"orderId": "a-b_c-d_e"}, "报文格式错误"),
        ({"version": "5.0.0"}, "报文格式错误"),
        ({"backUrl": ""}, "报文交易要素缺失"),
    ],
)
def test_an_order_must_be_right(town, wang, other, word):
    assert word in town.shop.bring(town.shop.order(**other), wang).text


def test_a_changed_order_is_refused(town, wang):
    told = town.shop.order() | {"txnAmt": "1"}
    assert "验证签名失败" in town.shop.bring(told, wang).text


def test_a_paid_order_is_not_paid_again_nor_an_expired_one(town, wang):
    paid(town, wang)
    assert "已经支付过" in town.shop.bring(town.shop.order(), wang).text
    old = town.shop.order(orderId="BS20261121000009", payTimeout="20200101000000")
    pay = {"wallet": "unionpay", "params": old}
    assert town.control.post(f"/people/{wang['id']}/pay", **pay)[1]["error"] == "35"


def test_number_and_time_together_name_an_order(town, wang):
    paid(town, wang)
    assert town.shop.query(time="20261121120001")["respCode"] == "34"


def test_a_notice_that_is_not_taken_comes_again(town, wang):
    town.ears.replies += [(500, "")] * 2
    paid(town, wang)
    town.control.advance(61)
    assert town.ears.wait(2) == 2
    town.control.advance(121)
    assert town.ears.wait(3) == 3
    assert len({told["signature"] for _, _, told in town.ears.heard}) == 1


def test_refunds_stay_below_the_payment_and_no_number_is_used_twice(town, wang):
    query_id = paid(town, wang)["transaction"]
    assert town.shop.refund(query_id, 5000)["respCode"] == "00"
    assert town.shop.query("BSR20261121000001")["origRespCode"] == "05"
    assert town.shop.refund(query_id, 5000)["respCode"] == "12"
    assert town.shop.refund(query_id, 5000, "BSR20261121000002")["respCode"] == "33"
    assert town.shop.refund("1", 1, "BSR20261121000003")["respCode"] == "35"
    town.control.advance(6)
    assert town.shop.query("BSR20261121000001")["origRespCode"] == "00"
    assert town.ears.wait(2) == 2
    told = town.ears.heard[1][2]
    assert (told["txnType"], told["origQryId"], told["reqReserved"]) == ("04", query_id, NUMBER)


def test_the_file_of_a_day_has_fixed_columns(town, wang):
    paid(town, wang)
    told = town.control.get("/wallets/unionpay/notices")["notices"]
    assert told[0]["event"] == "payment"
    day = town.shop.query()["settleDate"]
    town.control.advance(2 * 86400)
    file = zlib.decompress(base64.b64decode(town.shop.files(day)["fileContent"]))
    with zipfile.ZipFile(io.BytesIO(file)) as held:
        (line,) = held.read(held.namelist()[0]).decode("gbk").splitlines()
    assert (line[66:78], line[87:108]) == ("000000008000", town.shop.query()["queryId"])
    assert line[112:144].strip() == NUMBER
    other = "0101" if day != "0101" else "0102"
    assert town.shop.files(other)["respCode"] == "98"


def test_a_request_that_is_no_form_is_told_so_in_plain_words(town):
    answer = requests.post(town.url + GATEWAY + "queryTrans.do", data="x", timeout=60)
    assert answer.text == "Invalid request."
