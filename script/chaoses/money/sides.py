"""What both sides of this world know: keys, and what our wallets and the simulator are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from payments.wallets import AlipaySettings, UnionPaySettings, WalletSettings, WeChatSettings
from payments.wallets.nontax_wire import NontaxSettings
from script import chain
from script.chaoses.told import MONEY

from . import keys

SIGNER: Final = MONEY["signer"]
OFFICE: Final = {"app_id": "unit", "secret": "s" * 32, "region": "341821", "unit": "101001"}
"""Our unit, as finance knows it."""


@dataclass(frozen=True)
class Pems:
    """Every key of this world, as PEM text: ours, and those of the wallets."""

    merchant: str
    wechat: str
    app: str
    alipay: str
    union: Mapping[str, str]


def invented() -> Pems:
    """Fresh keys for everybody; one of ours in the older dress."""
    old = keys.private(keys.Format.TraditionalOpenSSL)
    union = chain.invent(SIGNER)
    return Pems(old, keys.private(), keys.private(), keys.private(), union)


def world(pems: Pems) -> dict[str, Any]:
    """What the simulator is told of this world."""

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
        "nontax": OFFICE,
        "identity": {"secret_id": "id", "secret_key": "key"},
        "templates": [],
        "state_dir": None,
    }


def settings(url: str, public_url: str, pems: Pems) -> WalletSettings:
    """What our wallets are told of it."""
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


def office(url: str) -> NontaxSettings:
    """What our line to finance is told of it."""
    return NontaxSettings(f"{url}/nontax", notify_url="http://127.0.0.1:1/notices/nontax", **OFFICE)


def union(url: str, public_url: str, pems: Pems) -> UnionPaySettings:
    """What our UnionPay is told of it."""
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
