"""Sealing of personal data at rest, keyed digests to look it up by, and masks to show it with.

Sealed text reads `v1.<key id>.<base64 of nonce, ciphertext and tag>` (AES-256-GCM; the purpose is
bound as associated data, so that a sealed name cannot be passed off as a sealed phone).
"""

import base64
import binascii
import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_DIGEST_LABEL = b"banshitong digest v1"


class Unsealable(Exception):
    """A sealed value no key of ours opens: wrong key, wrong purpose or damage."""


@dataclass(frozen=True)
class Keyring:
    """Keys by id; `first` seals, all open; digests use `digest_key`, which never rotates."""

    first: str
    keys: dict[str, bytes]
    digest_key: bytes


def parse(setting: str) -> Keyring:
    """Read `id:base64 of 32 bytes, …`; raises ValueError naming what is wrong."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (each.strip() for each in setting.split(","))):
        name, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"key {name!r} is not base64") from error
        if not name or "." in name or len(key) != 32:
            raise ValueError(f"key {name!r} must be id:base64 of exactly 32 bytes")
        keys[name] = key
    if not keys:
        raise ValueError("at least one key is needed")
    oldest = keys[list(keys)[-1]]
    return Keyring(next(iter(keys)), keys, hmac.digest(oldest, _DIGEST_LABEL, "sha256"))


class _Held:
    """The keyring of this process."""

    ring: Keyring | None = None


def load(setting: str) -> None:
    """Take the process's keys from PRIVACY_KEYS; the last key listed also makes the digests."""
    _Held.ring = parse(setting)


def _ring() -> Keyring:
    if _Held.ring is None:
        raise RuntimeError("privacy.load() has not been called")
    return _Held.ring


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """The cipher of a key, made ready once."""
    return AESGCM(key)


def seal_bytes(data: bytes, purpose: str) -> bytes:
    """Seal bytes for one purpose under the first key."""
    ring = _ring()
    nonce = os.urandom(_NONCE)
    sealed = _cipher(ring.keys[ring.first]).encrypt(nonce, data, purpose.encode())
    return b"v1." + ring.first.encode() + b"." + base64.b64encode(nonce + sealed)


def open_bytes(sealed: bytes, purpose: str) -> bytes:
    """Open sealed bytes; raises Unsealable."""
    try:
        version, name, body = sealed.split(b".", 2)
        raw = base64.b64decode(body, validate=True)
        key = _ring().keys[name.decode()]
        if version != b"v1":
            raise Unsealable(purpose)
        return _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
    except (ValueError, KeyError, InvalidTag) as error:
        raise Unsealable(purpose) from error


def seal(text: str, purpose: str) -> str:
    """Seal text for one purpose, e.g. "resident.name"."""
    return seal_bytes(text.encode(), purpose).decode()


def open(sealed: str, purpose: str) -> str:
    """Open sealed text; raises Unsealable."""
    return open_bytes(sealed.encode(), purpose).decode()


def seal_json(value: Any, purpose: str) -> str:
    """Seal any JSON value."""
    return seal(json.dumps(value, ensure_ascii=False), purpose)


def open_json(sealed: str, purpose: str) -> Any:
    """Open a sealed JSON value; raises Unsealable."""
    return json.loads(open(sealed, purpose))


def digest(text: str, purpose: str) -> str:
    """A keyed fingerprint (64 hex digits) to look personal data up by without keeping it."""
    return hmac.digest(_ring().digest_key, f"{purpose}\0{text}".encode(), "sha256").hex()


def mask_name(name: str) -> str:
    """张三丰 → 张**; names joined by · keep their first syllable; a single sign becomes *."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*"


def mask_id(number: str) -> str:
    """Keep four digits in front and two behind of an identity number."""
    return number[:4] + "*" * max(0, len(number) - 6) + number[-2:] if len(number) > 6 else "*" * 6


def mask_phone(phone: str) -> str:
    """Keep three digits in front and four behind of a phone number."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)
