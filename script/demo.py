"""The invented secrets of one laptop's demonstration, for our side and for the simulator's."""

import base64
import json
import os
import secrets
import string
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from . import chain, servers

ROOT = Path(__file__).parent.parent
_OURS = ("wechat_pay_merchant", "alipay_app")
_THEIRS = ("wechat_pay_platform", "alipay_platform")
SMS_APP = "1400341821"
NONTAX_UNIT, NONTAX_REGION = "101001", "341821"


@dataclass(frozen=True)
class Ports:
    """Where each part listens on loopback."""

    web: int
    simulator: int
    browser: int
    store: int
    queue: int

    @classmethod
    def from_base(cls, web: int, simulator: int | None = None) -> "Ports":
        """Derive all ports from the web port (and the simulator's, where it is given)."""
        played = simulator or web + 100
        return cls(web, played, played + 1, web + 17, web + 18)

    @classmethod
    def free(cls) -> "Ports":
        """Ports derived from a web port, all of which nobody listens on just now."""
        while True:
            found = cls.from_base(20_000 + secrets.randbelow(12_000))
            if all(servers.is_free(port) for port in vars(found).values()):
                return found


def secrets_of(folder: Path) -> dict[str, str]:
    """The secrets kept in `folder`, made up on the first start."""
    kept = _kept(folder / "secrets.json", _invent) | _kept(folder / "unionpay.json", _union)
    return kept | _kept(folder / "nontax.json", _nontax)


def _kept(path: Path, invent: Callable[[], dict[str, str]]) -> dict[str, str]:
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text("utf-8"))
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    made = invent()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file, indent=1)
    return made


def _invent() -> dict[str, str]:
    made = {"secret_key": secrets.token_hex(32), "operator_password": secrets.token_hex(6)}
    made["privacy_keys"] = "demo:" + base64.b64encode(secrets.token_bytes(32)).decode()
    for account in ("oa", "mp"):
        made[f"{account}_appid"] = "wx" + secrets.token_hex(8)
        made[f"{account}_secret"] = secrets.token_hex(16)
        made[f"{account}_token"] = secrets.token_hex(12)
        made[f"{account}_aes_key"] = _letters(43)
        made[f"{account}_original_id"] = "gh_" + secrets.token_hex(6)
    made["mchid"] = "19" + _digits(8)
    made["cert_serial"] = secrets.token_hex(20).upper()
    made["apiv3_key"] = _letters(32)
    made["public_key_id"] = "PUB_KEY_ID_" + _digits(20)
    made["alipay_app_id"] = "2021" + _digits(12)
    made["alipay_seller_id"] = "2088" + _digits(12)
    made["tencent_id"], made["tencent_key"] = "AKID" + _letters(32), _letters(32)
    for name in (*_OURS, *_THEIRS):
        made[f"{name}_private"], made[f"{name}_public"] = _key_pair()
    return made


def _union() -> dict[str, str]:
    return {"unionpay_merchant": "7772900" + _digits(8)} | chain.invent(words()["unionpay_signer"])


def _nontax() -> dict[str, str]:
    return {"nontax_app_id": "NT" + _digits(8), "nontax_secret": _letters(32)}


def _letters(count: int) -> str:
    signs = string.ascii_letters + string.digits
    return "".join(secrets.choice(signs) for _ in range(count))


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def environment(kept: dict[str, str], ports: Ports) -> dict[str, str]:
    """Our side's settings: every partner is the simulator."""
    world = f"http://127.0.0.1:{ports.simulator}"
    ours = {
        "MONGODB_URI": servers.store_uri(ports.store, "banshitong"),
        "REDIS_URL": f"redis://127.0.0.1:{ports.queue}/0",
        "PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
        "SECRET_KEY": kept["secret_key"],
        "PRIVACY_KEYS": kept["privacy_keys"],
        "ALIPAY_GATEWAY_URL": f"{world}/gateway.do",
        "UNIONPAY_FILE_URL": f"{world}/unionpay/files",
        "TENCENT_SECRET_ID": kept["tencent_id"],
        "TENCENT_SECRET_KEY": kept["tencent_key"],
        "SMS_APP_ID": SMS_APP,
        "SMS_SIGN": words()["sms_sign"],
        "QUIET_HOURS": "off",
    }
    ours |= _wallets(kept) | _finance(kept, world)
    partners = (
        "WECHAT_API",
        "WECHAT_OPEN",
        "WECHAT_MP_WEB",
        "WECHAT_PAY_API",
        "IDENTITY_API",
        "SMS_API",
        "UNIONPAY_API",
    )
    ours |= {f"{name}_URL": world for name in partners}
    for account in ("oa", "mp"):
        for field in ("appid", "secret", "token", "aes_key"):
            ours[f"WECHAT_{account}_{field}".upper()] = kept[f"{account}_{field}"]
    return ours


def _wallets(kept: dict[str, str]) -> dict[str, str]:
    return {
        "WECHAT_PAY_MCHID": kept["mchid"],
        "WECHAT_PAY_CERT_SERIAL": kept["cert_serial"],
        "WECHAT_PAY_PRIVATE_KEY": kept["wechat_pay_merchant_private"],
        "WECHAT_PAY_APIV3_KEY": kept["apiv3_key"],
        "WECHAT_PAY_PUBLIC_KEY_ID": kept["public_key_id"],
        "WECHAT_PAY_PUBLIC_KEY": kept["wechat_pay_platform_public"],
        "ALIPAY_APP_ID": kept["alipay_app_id"],
        "ALIPAY_SELLER_ID": kept["alipay_seller_id"],
        "ALIPAY_PRIVATE_KEY": kept["alipay_app_private"],
        "ALIPAY_PUBLIC_KEY": kept["alipay_platform_public"],
        "UNIONPAY_MERCHANT": kept["unionpay_merchant"],
        "UNIONPAY_CERT": kept["unionpay_merchant_cert"],
        "UNIONPAY_PRIVATE_KEY": kept["unionpay_merchant_key"],
        "UNIONPAY_ROOT_CERT": kept["unionpay_root"],
        "UNIONPAY_MIDDLE_CERT": kept["unionpay_middle"],
        "UNIONPAY_SIGNER": words()["unionpay_signer"],
    }


def _finance(kept: dict[str, str], world: str) -> dict[str, str]:
    return {
        "NONTAX_API_URL": f"{world}/nontax",
        "NONTAX_APP_ID": kept["nontax_app_id"],
        "NONTAX_SECRET": kept["nontax_secret"],
        "NONTAX_UNIT": NONTAX_UNIT,
        "NONTAX_REGION": NONTAX_REGION,
    }


def words() -> dict[str, Any]:
    """What the demonstration's accounts and operators are called."""
    return tomllib.loads((ROOT / "script" / "demo.toml").read_text("utf-8"))


def world(kept: dict[str, str], ports: Ports, folder: Path) -> dict[str, Any]:
    """The simulator's side of the same secrets."""
    accounts: dict[str, Any] = {}
    for account, name in words()["accounts"].items():
        fields = ("appid", "secret", "token", "aes_key", "original_id")
        accounts[account] = {field: kept[f"{account}_{field}"] for field in fields}
        accounts[account] |= {"mode": "safe", "format": "json", "name": name}
    return accounts | {
        "public_url": f"http://127.0.0.1:{ports.web}",
        "wechat_pay": {
            "mchid": kept["mchid"],
            "merchant_serial": kept["cert_serial"],
            "merchant_public_key": kept["wechat_pay_merchant_public"],
            "apiv3_key": kept["apiv3_key"],
            "platform_private_key": kept["wechat_pay_platform_private"],
            "public_key_id": kept["public_key_id"],
        },
        "alipay": {
            "app_id": kept["alipay_app_id"],
            "seller_id": kept["alipay_seller_id"],
            "app_public_key": kept["alipay_app_public"],
            "alipay_private_key": kept["alipay_platform_private"],
        },
        "unionpay": {
            "merchant": kept["unionpay_merchant"],
            "merchant_cert": kept["unionpay_merchant_cert"],
            "signing_cert": kept["unionpay_signing_cert"],
            "signing_key": kept["unionpay_signing_key"],
        },
        "nontax": {
            "app_id": kept["nontax_app_id"],
            "secret": kept["nontax_secret"],
            "unit": NONTAX_UNIT,
            "region": NONTAX_REGION,
        },
        "identity": {"secret_id": kept["tencent_id"], "secret_key": kept["tencent_key"]},
        "sms": {"app_id": SMS_APP, "sign": words()["sms_sign"], "templates": _approved()},
        "templates": templates(),
        "state_dir": str(folder),
    }


def _approved() -> list[dict[str, Any]]:
    """The texts that the carriers would have approved for a county."""
    table = tomllib.loads((ROOT / "config" / "messages.toml").read_text("utf-8"))
    return list(table["sms"].values())


def templates() -> list[dict[str, Any]]:
    """The templates that a county would register with the platform by hand."""
    table = tomllib.loads((ROOT / "config" / "messages.toml").read_text("utf-8"))
    return [
        {
            "account": "mp" if channel == "mp" else "oa",
            "notice": channel == "biz",
            "id": template[f"{channel}_id"],
            "title": template["title"],
            "keywords": template["keywords"],
            "long_term": template["long_term"],
        }
        for template in table["templates"].values()
        for channel in ("oa", "mp", "biz")
        if template.get(f"{channel}_id")
    ]
