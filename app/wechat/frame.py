"""WXBizMsgCrypt: signatures and the encrypted frame, by wechatpy where it is sound.

wechatpy signs, pads and enciphers; it neither checks padding and lengths of what it deciphers nor
compares signatures in constant time nor draws its sixteen bytes from a good source, so we do.
"""

import base64
import binascii
import hmac
import secrets
from functools import lru_cache

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

_BLOCK = 16
_LARGEST_PAD = 32
_HEAD = 20


class BadFrame(ValueError):
    """Not a frame that our key and appid explain."""


class _Crypto(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's cipher with sixteen bytes nobody can guess."""

    def get_random_string(self) -> str:
        """Sixteen characters (96 bits) from the system's generator."""
        return secrets.token_urlsafe(12)


@lru_cache(maxsize=8)
def _crypto(aes_key: str) -> _Crypto:
    """The cipher of an EncodingAESKey; its spare bits may be set, so decoding is lenient."""
    return _Crypto(base64.b64decode(aes_key + "="))


def sign(*parts: str) -> str:
    """SHA-1 in hex of the sorted parts (token, timestamp, nonce and, if enciphered, Encrypt)."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def signed(signature: str, *parts: str) -> bool:
    """Whether the signature is that of the parts; takes the same time either way."""
    return hmac.compare_digest(sign(*parts).encode(), signature.encode())


def encipher(text: str, aes_key: str, appid: str) -> str:
    """16 random bytes, length, text and appid, padded to 32, AES-256-CBC, base64."""
    return bytes(_crypto(aes_key).encrypt(text, appid)).decode()


def decipher(encrypted: str, aes_key: str, appid: str) -> bytes:
    """The message inside a frame; raises BadFrame unless padding, length and appid are right."""
    try:
        raw = base64.b64decode(encrypted)
    except (ValueError, binascii.Error) as error:
        raise BadFrame("base64") from error
    if len(raw) <= _LARGEST_PAD or len(raw) % _BLOCK:
        raise BadFrame("size")
    plain = bytes(_crypto(aes_key).cipher.decrypt(raw))
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
