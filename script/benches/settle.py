"""Notices of WeChat Pay settled by us, against a bare view that does only what any settling must.

Every notice is of a payment of its own: ours proves it, compares it with the bill, books the fact
with the bill in one transaction and promises what follows. The floor is Flask on the same server:
one RSA-2048 verification, one AES-GCM decryption and as many store commands of the same kinds on a
prepared document. So the store commands stand on both sides of `cpu_ratio`, and there is nothing of
them to take off for a `cpu_ratio_own`.
"""

import base64
import itertools
import json
import secrets
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from base import clock, privacy, store
from payments import attempts, bills
from payments.wallets import Payer
from payments.wallets.wallet import Order
from script import supervisor
from script.chaoses.money.town import CASE, TITLE, Line

from . import turns

_MOST_A_SECOND: Final = 600
_CURRENCIES: Final = ("currency", "payer_currency")
_TAKEN: Final = 204
_APART: Final = ("store", "queue")
_WARM: Final = 200
_CHUNK: Final = 1000
_OPENID: Final = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
_PATH: Final = "/notices/wechat-pay"


@dataclass(frozen=True)
class Platform:
    """WeChat Pay, as far as it writes notices."""

    mchid: str
    appid: str
    serial: str
    key: rsa.RSAPrivateKey
    cipher: AESGCM

    def notice(self, order: str, fen: int) -> bytes:
        """A whole HTTP request that tells of a payment."""
        body = json.dumps(self._sealed(self._transaction(order, fen))).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        said = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.key.sign(said, padding.PKCS1v15(), hashes.SHA256())
        head = [
            f"POST {_PATH} HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"Wechatpay-Timestamp: {stamp}",
            f"Wechatpay-Nonce: {nonce}",
            f"Wechatpay-Serial: {self.serial}",
            "Wechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048",
            f"Wechatpay-Signature: {base64.b64encode(signature).decode()}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body

    def _transaction(self, order: str, fen: int) -> dict[str, Any]:
        moment = clock.now().astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
        return {
            "mchid": self.mchid,
            "appid": self.appid,
            "out_trade_no": order,
            "transaction_id": "42000" + secrets.token_hex(12)[:23],
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "ok",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": moment,
            "payer": {"openid": _OPENID},
            "amount": {
                "total": fen,
                "payer_total": fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }

    def _sealed(self, told: dict[str, Any]) -> dict[str, Any]:
        nonce, kind = secrets.token_hex(6), "transaction"
        sealed = self.cipher.encrypt(nonce.encode(), json.dumps(told).encode(), kind.encode())
        return {
            "id": secrets.token_hex(16),
            "create_time": told["success_time"],
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "summary": "paid",
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": kind,
                "nonce": nonce,
            },
        }


@dataclass(frozen=True)
class Still:
    """A wallet that takes every order and says nothing more."""

    merchant: str

    def binds(self, payer: Payer) -> Payer:
        """Whoever is named."""
        return payer

    def open(self, _order: Order) -> str:
        """Take it."""
        return "wx" + secrets.token_hex(17)

    def parameters(self, _order: Order, handle: str) -> dict[str, str]:
        """Nothing more."""
        return {"handle": handle}


@dataclass
class Sums:
    """What our turns asked of the store, and what store and queue spent on them."""

    town: supervisor.Town
    count: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)

    def turn(self, ours: turns.Server, notices: list[bytes], seconds: float) -> None:
        """One turn of ours, watched."""
        before, spent = turns.commands(self.town), self._spent()
        self.count += turns.turn(ours, iter(notices), seconds, _TAKEN)
        self.asked.update(turns.commands(self.town))
        self.asked.subtract(before)
        self.apart.update(self._spent())
        self.apart.subtract(spent)

    def _spent(self) -> dict[str, int]:
        return {name: round(turns.cpu(self.town, name)) for name in _APART}

    def each(self, counts: Counter[str]) -> dict[str, float]:
        """What one notice comes to."""
        return {name: round(many / self.count, 2) for name, many in counts.items() if many}


def run(rounds: int, seconds: float) -> dict[str, Any]:
    """Measure; one JSON object's worth of figures."""
    with (
        tempfile.TemporaryDirectory(prefix="banshitong-") as folder,
        turns.town(Path(folder)) as town,
    ):
        privacy.load(town.environment["PRIVACY_KEYS"])
        db = store.connect(town.environment["MONGODB_URI"])
        with db.client:
            return _measure(town, db, rounds, seconds)


def _measure(
    town: supervisor.Town, db: store.Database, rounds: int, seconds: float
) -> dict[str, Any]:
    platform, a_turn = _platform(town), int(seconds * _MOST_A_SECOND)
    numbers = iter(orders(db, platform, _WARM + rounds * a_turn))
    ours = turns.Server("banshitong", town.ports.web, turns.pid(town, "web"))
    floor = _floor(town, db)
    warm = [platform.notice(order, Line.total) for order in itertools.islice(numbers, _WARM)]
    turns.turn(ours, iter(warm), 30.0, _TAKEN)
    turns.turn(floor, iter(warm), 30.0, _TAKEN)
    for server in (ours, floor):
        server.forget()
    sums, booked = Sums(town), db["money_facts"].count_documents({})
    for _ in range(rounds):
        turns.turn(floor, itertools.cycle(warm), seconds, _TAKEN)
        notices = [platform.notice(each, Line.total) for each in itertools.islice(numbers, a_turn)]
        sums.turn(ours, notices, seconds)
    sums.asked["commit"] = db["money_facts"].count_documents({}) - booked
    assert sums.asked["commit"] == sums.count, "a notice did not settle"
    return _figures(ours, floor, sums)


def _figures(ours: turns.Server, floor: turns.Server, sums: Sums) -> dict[str, Any]:
    least, own = statistics.median(floor.costs), statistics.median(ours.costs)
    return {
        "ours": ours.figures(),
        "peers": [floor.figures()],
        "cpu_ratio": round(own / least, 2),
        "cpu_ratio_own": None,
        "cpu_ratio_own_omitted": "the peer issues the same store commands",
        "rate_ratio": round(statistics.median(ours.rates) / statistics.median(floor.rates), 2),
        "commands_per_request": round(sums.asked.total() / sums.count, 2),
        "commands": sums.each(sums.asked),
        "apart_cpu_us": {name: round(us / sums.count) for name, us in sums.apart.items()},
        "notices": sums.count,
    }


def _platform(town: supervisor.Town) -> Platform:
    kept = town.kept
    key = serialization.load_pem_private_key(kept["wechat_pay_platform_private"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    cipher = AESGCM(kept["apiv3_key"].encode())
    return Platform(kept["mchid"], kept["oa_appid"], kept["public_key_id"], key, cipher)


def _floor(town: supervisor.Town, db: store.Database) -> turns.Server:
    """The bare view, with a prepared document for each of its threads."""
    template = db["bills"].find_one({})
    assert template is not None
    db["prepared"].insert_many(
        [template | {"_id": f"prepared-{n}", "version": 1} for n in range(turns.THREADS)]
    )
    own = {
        "MONGODB_URI": town.environment["MONGODB_URI"],
        "PUBLIC_KEY": town.kept["wechat_pay_platform_public"],
        "APIV3_KEY": town.kept["apiv3_key"],
    }
    return turns.bare(town, "settle", own)


def orders(db: store.Database, platform: Platform, many: int) -> list[str]:
    """Bills with an order open at WeChat Pay, very many; the order numbers.

    One of them is made as every bill is, the others are copies under numbers of their own.
    """
    bill = bills.issue(
        db,
        number_of_case=CASE,
        resident="bench",
        lines=[Line()],
        total=Line.total,
        title=TITLE,
    )
    wallets: Any = {"wechat": Still(platform.mchid)}
    payer = Payer(platform.appid, _OPENID)
    opened = attempts.open(db, wallets, bill.number, "wechat", payer)
    row = db["bills"].find_one({"_id": bill.number})
    numbers = [f"{10**14 + n}" for n in range(many)]
    for begin in range(0, many, _CHUNK):
        some = numbers[begin : begin + _CHUNK]
        db["bills"].insert_many([_renamed(row, bill.number, each) for each in some])
    return [opened.attempt.replace(bill.number, each) for each in numbers]


def _renamed(value: Any, old: str, new: str) -> Any:
    """The same with another number wherever the old one is part of a text."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {_renamed(key, old, new): _renamed(each, old, new) for key, each in value.items()}
    return value
