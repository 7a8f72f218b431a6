"""WXBizMsgCrypt: signatures and the encrypted frame, over cryptography's AES.

wechatpy's own neither checks padding and lengths of what it deciphers nor compares signatures in
constant time nor draws its sixteen bytes from a good source; tests/oracles holds ours against it
and against npm's wechat-crypto.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16
_LARGEST_PAD = 32
_HEAD = 20


class BadFrame(ValueError):
    """Not a frame that our key and appid explain."""


@lru_cache(maxsize=8)
def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    """The cipher of an EncodingAESKey; its spare bits may be set, so decoding is lenient."""
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK]))


def sign(*parts: str) -> str:
    """SHA-1 in hex of the sorted parts (token, timestamp, nonce and, if enciphered, Encrypt)."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  the platform's choice


def signed(signature: str, *parts: str) -> bool:
    """Whether the signature is that of the parts; takes the same time either way."""
    return hmac.compare_digest(sign(*parts).encode(), signature.encode())


def encipher(text: str, aes_key: str, appid: str) -> str:
    """16 random bytes, length, text and appid, padded to 32, AES-256-CBC, base64."""
    told = text.encode()
    content = secrets.token_bytes(16) + len(told).to_bytes(4, "big") + told + appid.encode()
    pad = _LARGEST_PAD - len(content) % _LARGEST_PAD
    enciphering = _cipher(aes_key).encryptor()
    return base64.b64encode(enciphering.update(content + bytes([pad]) * pad)).decode()


def decipher(encrypted: str, aes_key: str, appid: str) -> bytes:
    """The message inside a frame; raises BadFrame unless padding, length and appid are right."""
    try:
        raw = base64.b64decode(encrypted)
    except (ValueError, binascii.Error) as error:
        raise BadFrame("base64") from error
    if len(raw) <= _LARGEST_PAD or len(raw) % _BLOCK:
        raise BadFrame("size")
    plain = _cipher(aes_key).decryptor().update(raw)
    pad = plain[-1]
    if not 1 <= pad <= _LARGEST_PAD or plain[-pad:] != bytes([pad]) * pad:
        raise BadFrame("padding")
    content = plain[:-pad]
    end = _HEAD + int.from_bytes(content[16:_HEAD], "big")
    if len(content) < _HEAD or end > len(content):
        raise BadFrame("length")
    if not hmac.compare_digest(content[end:], appid.encode()):
        raise BadFrame("appid")
    return content[_HEAD:end]
