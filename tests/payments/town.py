"""A small town for the tests of money: the simulator's wallets, ours, and a bill to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from base import clock, numbers, outbox
from base.errors import Unreachable
from base.store import Database
from payments import attempts, bills, repaying
from payments.wallets import (
    AlipaySettings,
    Payer,
    UnionPaySettings,
    Wallets,
    WalletSettings,
    WeChatSettings,
)

from . import keys

CASE = "202611214831075"
BILL = numbers.derived(CASE, "fee")
TITLE = "不动产权证书工本费, 3本"
SIGNER = "中国银联股份有限公司"


@dataclass(frozen=True)
class Line:
    code: str = "cert"
    name: str = "工本费"
    amount: int = 8000
    unit: str = "件"
    quantity: int = 1
    total: int = 8000
    basis: str = "财税〔2016〕79号"


@dataclass(frozen=True)
class Pems:
    merchant: str
    wechat: str
    app: str
    alipay: str
    union: Mapping[str, str]


class Town:
    def __init__(self, db: Database, url: str, wallets: Wallets) -> None:
        self.db, self.url, self.wallets = db, url, wallets
        self.web = requests.Session()
        self.alice = self.control("people", name="张丽")

    def control(self, path: str, **told: Any) -> dict[str, Any]:
        answer = self.web.post(f"{self.url}/control/v1/{path}", json=told)
        return answer.json()

    def payer(self, account: str = "oa", person: dict[str, Any] | None = None) -> Payer:
        return Payer(f"wx{account}", (person or self.alice)[f"{account}_openid"])

    def issue(self) -> bills.Bill:
        return bills.issue(
            self.db, number_of_case=CASE, resident="alice", lines=[Line()], total=8000, title=TITLE
        )

    def open(self, wallet: str, payer: Payer | None = None) -> attempts.Opened:
        chosen = payer or (self.payer() if wallet == "wechat" else None)
        return attempts.open(self.db, self.wallets, BILL, wallet, chosen, "http://127.0.0.1/back")

    def pay(self, opened: attempts.Opened) -> dict[str, Any]:
        told: dict[str, Any] = {"wallet": opened.wallet}
        if opened.wallet in ("wechat", "unionpay"):
            told["params"] = dict(opened.parameters)
        else:
            told["url"] = opened.parameters["url"]
        return self.control(f"people/{self.alice['id']}/pay", **told)

    def bring(self, opened: attempts.Opened, kind: str) -> dict[str, Any]:
        path = f"wallets/{opened.wallet}/notify"
        return self.control(path, out_trade_no=opened.attempt, kind=kind)

    def fault(self, endpoint: str, kind: str, **values: Any) -> None:
        self.control("faults", endpoint=endpoint, kind=kind, **values)

    def advance(self, **span: float) -> None:
        kept = self.db["clock"].find_one({"_id": "offset"}) or {"seconds": 0.0}
        seconds = kept["seconds"] + timedelta(**span).total_seconds()
        clock.move(self.db, seconds)
        self.control("clock", offset_seconds=seconds)

    def bill(self) -> bills.Bill:
        return bills.get(self.db, BILL)

    def state(self, opened: attempts.Opened) -> str:
        return self.bill().attempts[opened.attempt].state

    def keep(self) -> list[str]:
        """Keep what is due, as app.jobs does; answers the effects that were owed."""
        kept = []
        for held in outbox.take(self.db["bills"]):
            for owed in held.promises:
                self._keep(held, owed)
                kept.append(owed["effect"])
            outbox.release(self.db["bills"], held)
        return sorted(kept)

    def _keep(self, held: outbox.Held, owed: outbox.Promise) -> None:
        act = ACTS.get(owed["effect"], lambda *_, **__: None)
        try:
            act(self.db, self.wallets, **owed["data"])
        except Unreachable as error:
            outbox.delayed(self.db["bills"], held, owed, str(error), error.until)
        else:
            outbox.kept(self.db["bills"], held, owed)


ACTS: dict[str, Any] = {"attempt.ask": bills.ask, "refund.go": repaying.go}


def refund(town: Town, opened: attempts.Opened) -> None:
    """Give one fen back as a merchant does who sits at WeChat's console."""
    wallet: Any = town.wallets["wechat"]
    amount = {"refund": 1, "total": 8000, "currency": "CNY"}
    asked = {"out_trade_no": opened.attempt, "out_refund_no": "R1", "amount": amount}
    wallet._wire.call("POST", "/v3/refund/domestic/refunds", asked)


def world(pems: Pems) -> dict[str, Any]:
    def account(kind: str) -> dict[str, Any]:
        names = ("secret", "token", "aes_key", "original_id", "name")
        return {name: f"{kind} {name}" for name in names} | {"appid": f"wx{kind}"}

    return {
        "public_url": "http://127.0.0.1",
        "oa": account("oa"),
        "mp": account("mp"),
        "wechat_pay": {
            "mchid": "1900000001",
            "merchant_serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            "merchant_public_key": keys.public(pems.merchant),
            "apiv3_key": "0123456789abcdef0123456789abcdef",
            "platform_private_key": pems.wechat,
            "public_key_id": "PUB_KEY_ID_0119000000012026112100",
        },
        "alipay": {
            "app_id": "2021000000000001",
            "seller_id": "2088000000000001",
            "app_public_key": keys.public(pems.app),
            "alipay_private_key": pems.alipay,
        },
        "unionpay": {
            "merchant": "777290058110048",
            "merchant_cert": pems.union["unionpay_merchant_cert"],
            "signing_cert": pems.union["unionpay_signing_cert"],
            "signing_key": pems.union["unionpay_signing_key"],
        },
        "identity": {"secret_id": "id", "secret_key": "key"},
        "templates": [],
        "state_dir": None,
    }


def settings(url: str, public_url: str, pems: Pems) -> WalletSettings:
    told = world(pems)
    pay, alipay = told["wechat_pay"], told["alipay"]
    return WalletSettings(
        wechat=WeChatSettings(
            api_url=url,
            mchid=pay["mchid"],
            cert_serial=pay["merchant_serial"],
            private_key=pems.merchant,
            apiv3_key=pay["apiv3_key"],
            public_keys={pay["public_key_id"]: keys.public(pems.wechat)},
            notify_url=f"{public_url}/notices/wechat-pay",
            appids=frozenset({"wxoa", "wxmp"}),
        ),
        alipay=AlipaySettings(
            gateway_url=f"{url}/gateway.do",
            app_id=alipay["app_id"],
            seller_id=alipay["seller_id"],
            private_key=pems.app,
            public_key=keys.public(pems.alipay),
            notify_url=f"{public_url}/notices/alipay",
        ),
        unionpay=union(url, public_url, pems),
    )


def union(url: str, public_url: str, pems: Pems) -> UnionPaySettings:
    return UnionPaySettings(
        api_url=url,
        file_url=f"{url}/unionpay/files",
        merchant="777290058110048",
        cert=pems.union["unionpay_merchant_cert"],
        private_key=pems.union["unionpay_merchant_key"],
        root_cert=pems.union["unionpay_root"],
        middle_cert=pems.union["unionpay_middle"],
        signer=SIGNER,
        notify_url=f"{public_url}/notices/unionpay",
    )
