"""Encrypted pushes, and a client that delivers them, cheap enough to share two cores with us.

It is written without our envelope on purpose: signatures and frames are made here a second time.
"""

import base64
import hashlib
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_XML = "<xml>{}</xml>"
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Account:
    """The push address of an account: its path, and what it shares with the platform."""

    path: str
    appid: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)

    def encrypt(self, inner: str, appid: str = "") -> str:
        """A message in WXBizMsgCrypt's frame, in base64."""
        text, name = inner.encode(), (appid or self.appid).encode()
        frame = secrets.token_bytes(16) + struct.pack(">I", len(text)) + text + name
        pad = _BLOCK - len(frame) % _BLOCK
        key = base64.b64decode(self.aes_key + "=")
        cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(cipher.update(frame + bytes([pad]) * pad)).decode()

    def push(
        self, inner: str, *, at: float | None = None, appid: str = "", signature: str = ""
    ) -> bytes:
        """A whole HTTP request that delivers a message in safe mode."""
        sealed = self.encrypt(inner, appid)
        told = f"<ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt>"
        return self.request(_XML.format(told), sealed, at, signature)

    def request(
        self, body: str, sealed: str, at: float | None = None, signature: str = ""
    ) -> bytes:
        """The HTTP request of a body, signed over what is sealed in it."""
        stamp, nonce = str(int(time.time() if at is None else at)), secrets.token_hex(5)
        genuine = signature or self.sign(stamp, nonce, sealed)
        query = f"signature={self.sign(stamp, nonce)}&timestamp={stamp}&nonce={nonce}"
        raw = body.encode()
        head = [
            f"POST {self.path}?{query}&encrypt_type=aes&msg_signature={genuine} HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: text/xml",
            f"Content-Length: {len(raw)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + raw

    def sign(self, *parts: str) -> str:
        """SHA-1 over the token and these, sorted."""
        return hashlib.sha1("".join(sorted([self.token, *parts])).encode()).hexdigest()  # noqa: S324  the platform's choice


def text(sender: str, words: str, id: str) -> str:
    """A text message of an account."""
    fields = {
        "ToUserName": "gh",
        "FromUserName": sender,
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": words,
        "MsgId": id,
    }
    return xml(fields)


def xml(fields: dict[str, Any]) -> str:
    """Fields as the platform writes them: numbers bare, everything else in CDATA."""
    parts = (
        f"<{name}>{value if isinstance(value, int) else f'<![CDATA[{value}]]>'}</{name}>"
        for name, value in fields.items()
    )
    return _XML.format("".join(parts))


class Line:
    """One kept-alive connection to a web server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._rest = b""

    def deliver(self, push: bytes) -> tuple[int, bytes]:
        """Send a request and read its answer: (status, body). Raises OSError."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), _PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._rest = b""
        try:
            self._socket.sendall(push)
            return self._answer(self._socket)
        except OSError:
            self.close()
            raise

    def _answer(self, connection: socket.socket) -> tuple[int, bytes]:
        got = self._rest
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += _more(connection)
        head, rest = got[:end].lower(), got[end + 4 :]
        where = head.find(b"content-length:")
        size = int(head[where + 15 :].split(b"\r\n", 1)[0]) if where >= 0 else 0
        while len(rest) < size:
            rest += _more(connection)
        self._rest = rest[size:]
        return int(head[9:12]), rest[:size]

    def close(self) -> None:
        """Let the connection go."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        raise ConnectionResetError
    return got
