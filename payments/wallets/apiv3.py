"""WeChat Pay's APIv3 wire: requests signed byte for byte, answers and notices proved before use."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from base import clock, outbound
from base.errors import Unreachable

from . import keys
from .ring import Kept, PlatformCertificate, Ring, certificate
from .wallet import Forged, Proof, Refused, Word, text

WINDOW_SECONDS = 300
_PARTNER = "wechat_pay"
_SIGNATURE = "Wechatpay-Signature"
_PROBE = "WECHATPAY/SIGNTEST/"
_BUSY = {202, 429}


@dataclass(frozen=True)
class WeChatSettings:
    """What the merchant console hands out; `public_keys` are WeChat's own by their serial.

    The first of them is the one answers are asked to be signed with; without any, WeChat signs
    with its platform certificates, of which `held` gives those that were fetched, by serial.
    """

    api_url: str
    mchid: str
    cert_serial: str
    private_key: str
    apiv3_key: str
    public_keys: Mapping[str, str]
    notify_url: str
    appids: frozenset[str]
    held: Kept = dict


class Wire:
    """One merchant's line to WeChat Pay; parses its keys once, so build one and keep it."""

    def __init__(self, settings: WeChatSettings) -> None:
        self._settings = settings
        where = urlsplit(settings.api_url)
        self._path, self._origin = where.path, f"{where.scheme}://{where.netloc}"
        self._key = keys.private(settings.private_key)
        self._ring = Ring(settings.public_keys, settings.held)
        self._serial = next(iter(settings.public_keys), "")
        self._cipher = AESGCM(settings.apiv3_key.encode())
        self._partner = outbound.session(_PARTNER)
        self._files = outbound.session(f"{_PARTNER}_files", timeout=(3.05, 60))

    @property
    def has_public_key(self) -> bool:
        """Whether WeChat's public key is held, so that no certificate is needed."""
        return bool(self._serial)

    def call(self, method: str, target: str, asked: object = None) -> Word:
        """Send one signed request; a 2xx answer counts only when WeChat's signature proves it.

        Raises Refused with WeChat's code on a definite no, Unreachable when nobody knows.
        """
        answer = self._send(method, target, asked)
        proof = Proof.of("query", answer.body, self._trust(answer))
        return Word(_object(answer.body) if answer.body else {}, proof)

    def certificates(self) -> tuple[PlatformCertificate, ...]:
        """The certificates WeChat signs with now and next; raises Refused, Unreachable.

        Each is sealed under the APIv3 key that only WeChat and we know; the answer's signature must
        be of a key we hold or of one of them.
        """
        answer = self._send("GET", "/v3/certificates")
        try:
            found = tuple(self._opened(each) for each in _object(answer.body)["data"])
            self._trust(answer, {each.serial: keys.public(each.pem) for each in found})
        except (Forged, KeyError, ValueError, TypeError, AttributeError) as error:
            raise Unreachable(_PARTNER, reason="unexpected certificates") from error
        return tuple(each for each in found if each.ends > clock.now())

    def _opened(self, told: Mapping[str, Any]) -> PlatformCertificate:
        pem = self.decrypt(told["encrypt_certificate"]).decode("ascii")
        return certificate(text(told, "serial_no"), pem)

    def _send(self, method: str, target: str, asked: object = None) -> outbound.Answer:
        """Send one signed request; the answer has a 2xx status and is not proved yet.

        A no must be WeChat's where it is signed; not every one is.
        """
        body = b"" if asked is None else json.dumps(asked, ensure_ascii=False).encode()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "banshitong",
            "Authorization": self._authorization(method, self._path + target, body),
        }
        headers |= {"Wechatpay-Serial": self._serial} if self._serial else {}
        answer = self._partner.request(
            method, self._settings.api_url + target, headers=headers, body=body or None
        )
        if answer.status in _BUSY or answer.status >= 500:
            raise Unreachable(_PARTNER, reason=f"status {answer.status}")
        if not 200 <= answer.status < 300:
            if _SIGNATURE in answer.headers:
                self._trust(answer)
            raise Refused(_code(answer.body))
        return answer

    def download(self, url: str) -> bytes:
        """The file at an address that a signed answer named; unsigned, so check its hash.

        Our credentials go to our own host, whichever the address names. Raises Unreachable.
        """
        named = urlsplit(url)
        target = f"{named.path}?{named.query}" if named.query else named.path
        headers = {
            "Accept": "*/*",
            "User-Agent": "banshitong",
            "Authorization": self._authorization("GET", target, b""),
        }
        answer = self._files.request("GET", self._origin + target, headers=headers)
        if answer.status != 200:
            raise Unreachable(_PARTNER, reason=f"file: status {answer.status}")
        return answer.body

    def prove(
        self,
        headers: Mapping[str, str],
        body: bytes,
        fresh: Mapping[str, RSAPublicKey] = MappingProxyType({}),
    ) -> str:
        """Check signature over the raw bytes and 300 second window: the serial, or raises Forged.

        `fresh` are keys that came with the very message, and count for it alone.
        """
        found = {name.lower(): value for name, value in headers.items()}
        moment = found.get("wechatpay-timestamp", "")
        signature = found.get("wechatpay-signature", "")
        if signature.startswith(_PROBE):
            raise Forged("probe", quiet=True)
        serial = found.get("wechatpay-serial", "")
        key = self._ring.key(serial) or fresh.get(serial)
        if key is None:
            raise Forged("serial")
        prefix = lines(moment, found.get("wechatpay-nonce", ""))
        if not keys.signed(key, prefix + body + b"\n", signature):
            raise Forged("signature")
        if not (moment.isascii() and moment.isdigit()) or _away(int(moment)) > WINDOW_SECONDS:
            raise Forged("window")
        return serial

    def decrypt(self, resource: Mapping[str, Any]) -> bytes:
        """AES-256-GCM with the tag behind the ciphertext; the nonce is twelve ASCII bytes.

        Raises Forged when our APIv3 key does not open it.
        """
        known = resource.get("associated_data") or ""
        ciphertext = base64.b64decode(text(resource, "ciphertext"), validate=True)
        try:
            return self._cipher.decrypt(
                text(resource, "nonce").encode(), ciphertext, known.encode()
            )
        except InvalidTag as error:
            raise Forged("cipher") from error

    def sign(self, *parts: str) -> str:
        """The merchant's signature over these lines, in base64."""
        return keys.sign(self._key, lines(*parts))

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        moment, nonce = seconds(), secrets.token_hex(16)
        signed = self.sign(method, path, moment, nonce, body.decode())
        fields = {
            "mchid": self._settings.mchid,
            "nonce_str": nonce,
            "signature": signed,
            "timestamp": moment,
            "serial_no": self._settings.cert_serial,
        }
        listed = ",".join(f'{name}="{value}"' for name, value in fields.items())
        return f"WECHATPAY2-SHA256-RSA2048 {listed}"

    def _trust(
        self, answer: outbound.Answer, fresh: Mapping[str, RSAPublicKey] = MappingProxyType({})
    ) -> str:
        """What asked for an answer that is not proved may have taken effect: outcome unknown."""
        try:
            return self.prove(answer.headers, answer.body, fresh)
        except Forged as forged:
            raise Unreachable(_PARTNER, reason=f"answer not proved: {forged.reason}") from forged


def lines(*parts: str) -> bytes:
    """Each part ended by a line feed, the last one too: the text every v3 signature covers."""
    return "".join(f"{part}\n" for part in parts).encode()


def seconds() -> str:
    """The present moment as v3 writes it."""
    return str(int(clock.now().timestamp()))


def _away(moment: int) -> float:
    return abs(clock.now().timestamp() - moment)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Unreachable(_PARTNER, reason="answer is not JSON") from error
    if not isinstance(found, dict):
        raise Unreachable(_PARTNER, reason="answer is not an object")
    return found


def _code(body: bytes) -> str:
    """WeChat's own word for its no; a no in other words (a proxy's) leaves the outcome unknown."""
    try:
        return text(_object(body), "code")
    except KeyError as error:
        raise Unreachable(_PARTNER, reason="refusal without a code") from error
