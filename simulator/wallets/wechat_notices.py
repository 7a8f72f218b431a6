"""The notices of WeChat Pay: sealed with AES-256-GCM, signed, and the twists a test may order."""

import base64
import json
import secrets
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..world import World
from . import numbers
from .courier import Letter, Parcel, Post, Receipt
from .wechat_orders import Order, find, option, shown
from .wechat_refunds import find_refund, refund_shown
from .wechat_wire import WORDS, forged_seal, headers, true_seal

WAITS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
STALE_SECONDS = 3600
PROBE = "WECHATPAY/SIGNTEST/"
ACCEPTED = (200, 204)


def write(world: World, parcel: Parcel, twist: str) -> Letter:
    """Write a notice as it is now: content twisted first, sealed, then signed."""
    with world.lock:
        order = find(world, parcel["number"])
        kind, fact, url = content(world, order, parcel["event"])
    twisted(world, fact, twist)
    body = envelope(world, kind, fact, parcel)
    fresh = option(world, "resign") or not parcel["story"]
    timestamp = world.clock.stamp() if fresh else int(parcel["at"])
    if twist == "stale":
        timestamp -= STALE_SECONDS
    seal = forged_seal(world) if twist == "forged" else true_seal(world)
    signed = headers(body, timestamp, seal)
    if twist == "probe":
        signed["Wechatpay-Signature"] = PROBE + signed["Wechatpay-Signature"]
    return Letter(url, signed | {"Content-Type": "application/json"}, body.encode())


def content(world: World, order: Order, event: str) -> tuple[str, dict[str, Any], str]:
    """Return the kind of resource, its plain content and where to send it; hold the lock."""
    if not event.startswith("refund:"):
        return "transaction", paid_fact(world, order), order["notify_url"]
    _, made = find_refund(world, event.removeprefix("refund:"))
    told = refund_shown(world, order, made)
    status = told.pop("status")
    keys = ("total", "refund", "payer_total", "payer_refund")
    told["amount"] = {key: told["amount"][key] for key in keys}
    fact = {"mchid": world.config["wechat_pay"]["mchid"], "refund_status": status} | told
    return "refund", fact, made["notify_url"]


def paid_fact(world: World, order: Order) -> dict[str, Any]:
    """Return the order as paid; for an unpaid one what a notice would claim."""
    if "paid" in order:
        return shown(world, order) | {"trade_state": "SUCCESS"}
    claim: Order = {
        **order,
        "state": "SUCCESS",
        "paid": world.clock.seconds(),
        "transaction_id": f"4200002{numbers.digits(21)}",
    }
    return shown(world, claim)


def twisted(world: World, fact: dict[str, Any], twist: str) -> None:
    """Make the content untrue in one respect; the seal and signature stay good."""
    if twist == "short":
        fact["amount"] = fact["amount"] | {"total": fact["amount"]["total"] - 1}
        fact["amount"]["payer_total"] = fact["amount"]["total"]
    if twist == "other_merchant":
        fact["mchid"] = "19" + numbers.digits(8)
    if twist == "other_order":
        fact["out_trade_no"] = "X" + numbers.digits(20)
    if twist == "other_payer" and "payer" in fact:
        fact["payer"] = {"openid": other_openid(world, fact["payer"]["openid"])}


def other_openid(world: World, openid: str) -> str:
    """Return the openid of somebody else at the same account, invented if there is nobody."""
    with world.lock:
        everyone = [one.openids for one in world.people.values()]
    kind = "mp" if any(one["mp"] == openid for one in everyone) else "oa"
    others = [one[kind] for one in everyone if one[kind] != openid]
    return others[0] if others else "o" + secrets.token_hex(14)[:27]


def envelope(world: World, kind: str, fact: dict[str, Any], parcel: Parcel) -> str:
    """Seal the content under the APIv3 key and write the notice around it; its id never changes."""
    nonce = secrets.token_hex(6)
    key = world.config["wechat_pay"]["apiv3_key"].encode()
    plain = json.dumps(fact, ensure_ascii=False).encode()
    sealed = AESGCM(key).encrypt(nonce.encode(), plain, kind.encode())
    event = "REFUND." + fact["refund_status"] if kind == "refund" else "TRANSACTION.SUCCESS"
    notice = {
        "id": parcel["id"],
        "create_time": numbers.rfc3339(parcel["at"]),
        "event_type": event,
        "resource_type": "encrypt-resource",
        "summary": WORDS["notices"]["refund" if kind == "refund" else "payment"],
        "resource": {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        },
    }
    return json.dumps(notice, ensure_ascii=False, separators=(",", ":"))


def accepted(receipt: Receipt) -> bool:
    """Whether the service took the notice: the HTTP status alone decides."""
    return receipt.status in ACCEPTED


def waits(_world: World) -> Sequence[float]:
    """Return the seconds between tries: fifteen retries in a day."""
    return WAITS


POST = Post("wechat", write, accepted, waits)
