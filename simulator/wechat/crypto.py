"""WeChat's message encryption (WXBizMsgCrypt), written from its published description.

Key = base64 of EncodingAESKey + "="; AES-256-CBC with the key's first 16 bytes as IV; inside: 16
random bytes, message length as 4 big-endian bytes, message, appid; PKCS7 padding to 32 bytes.
"""

import base64
import binascii
import hashlib
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
HEAD = 20


class Garbled(Exception):
    """A sealed message cannot be opened; the text says why."""


def signature(*parts: str) -> str:
    """Return the SHA-1 hex of the parts, sorted by their bytes and joined."""
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def seal(message: bytes, appid: str, aes_key: str, filler: bytes | None = None) -> str:
    """Encrypt a message for an appid; `filler` fixes the random bytes for known answers."""
    head = (filler or secrets.token_hex(8).encode()) + struct.pack(">I", len(message))
    frame = head + message + appid.encode()
    pad = BLOCK - len(frame) % BLOCK
    encryptor = cipher(aes_key).encryptor()
    sealed = encryptor.update(frame + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def unseal(encrypted: str, aes_key: str) -> tuple[bytes, str]:
    """Return message and appid of an encrypted text; Garbled if anything about it is wrong."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise Garbled("not base64") from None
    if len(sealed) % 16 or len(sealed) < BLOCK:
        raise Garbled("length is no multiple of 16")
    decryptor = cipher(aes_key).decryptor()
    frame = decryptor.update(sealed) + decryptor.finalize()
    pad = frame[-1]
    if not 1 <= pad <= BLOCK or frame[-pad:] != bytes([pad]) * pad:
        raise Garbled("bad padding")
    return opened(frame[:-pad])


def opened(frame: bytes) -> tuple[bytes, str]:
    """Split an unpadded frame into message and appid; Garbled if its length field is wrong."""
    if len(frame) < HEAD:
        raise Garbled("too short")
    end = HEAD + struct.unpack(">I", frame[16:HEAD])[0]
    if end > len(frame):
        raise Garbled("length field points outside")
    try:
        return frame[HEAD:end], frame[end:].decode()
    except UnicodeDecodeError:
        raise Garbled("appid is no text") from None


def cipher(aes_key: str) -> Cipher[CBC]:
    """Return the cipher of an EncodingAESKey of 43 characters, decoded leniently."""
    key = base64.b64decode(aes_key + "=")
    return Cipher(AES(key), CBC(key[:16]))
