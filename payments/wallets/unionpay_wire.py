"""UnionPay's ACP 5.1.0 wire: fields signed with our certificate, theirs proved by their chain."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from cryptography.x509 import load_pem_x509_certificate

from base import outbound
from base.errors import Unreachable

from . import keys
from .unionpay_chain import Chain
from .wallet import Forged, Proof, Word

PARTNER = "unionpay"
_COMMON = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01"}
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
# Answers are not URL-encoded; what stands in braces is one value, whatever it holds.
_FIELD = re.compile(r"([A-Za-z0-9]+)=(\{[^{}]*\}|[^&]*)(?:&|\Z)")


@dataclass(frozen=True)
class UnionPaySettings:
    """What UnionPay's merchant site hands out; every certificate and key is PEM text.

    `signer` is the name in the certificates that UnionPay signs with.
    """

    api_url: str
    file_url: str
    merchant: str
    cert: str
    private_key: str
    root_cert: str
    middle_cert: str
    signer: str
    notify_url: str


class Wire:
    """One merchant's line to UnionPay; parses keys and certificates once."""

    def __init__(self, settings: UnionPaySettings) -> None:
        own = load_pem_x509_certificate(settings.cert.encode())
        self._key = keys.private(settings.private_key)
        if own.public_key() != self._key.public_key():
            raise ValueError("the merchant certificate does not belong to the private key")
        self._ends = own.not_valid_after_utc
        self._own = {"certId": str(own.serial_number), "merId": settings.merchant}
        self._chain = Chain(settings.root_cert, settings.middle_cert, settings.signer)
        self._partner = outbound.session(PARTNER)

    @property
    def ends(self) -> dict[str, datetime]:
        """When the certificates end that we sign and check with."""
        return {"own": self._ends} | self._chain.ends

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields with what every message carries, and our signature over all of it."""
        told = _COMMON | self._own | dict(fields)
        return told | {"signature": keys.sign(self._key, digest(told))}

    def call(self, url: str, fields: Mapping[str, str]) -> Word:
        """Send one signed form; the answer counts only when the chain proves it: Unreachable."""
        body = urlencode(self.signed(fields)).encode()
        answer = self._partner.request("POST", url, headers=_HEADERS, body=body)
        if answer.status != 200:
            raise Unreachable(PARTNER, reason=f"status {answer.status}")
        try:
            found = _told(answer.body)
            serial = self.prove(found)
        except Forged as forged:
            raise Unreachable(PARTNER, reason=f"answer not proved: {forged.reason}") from forged
        return Word(found, Proof.of("query", answer.body, serial))

    def prove(self, fields: Mapping[str, str]) -> str:
        """Check the certificate that came along, then the signature with its key.

        The certId, which names that key; raises Forged.
        """
        if any(fields.get(name) != value for name, value in _COMMON.items()):
            raise Forged("version")
        key, serial = self._chain.key(fields.get("signPubKeyCert", ""))
        if not keys.signed(key, digest(fields), fields.get("signature", "")):
            raise Forged("signature")
        return serial


def digest(fields: Mapping[str, str]) -> bytes:
    """What is signed: the SHA-256 of all fields but the signature, sorted and raw, in hex."""
    kept = sorted((name, value) for name, value in fields.items() if value and name != "signature")
    text = "&".join(f"{name}={value}" for name, value in kept)
    return hashlib.sha256(text.encode()).hexdigest().encode()


def form(body: bytes) -> dict[str, str]:
    """The fields of a posted notice, decoded once; one named twice is forged."""
    try:
        pairs = parse_qsl(body.decode("ascii"), encoding="utf-8", errors="strict")
    except ValueError as error:
        raise Forged("shape") from error
    return _once(pairs)


def _told(body: bytes) -> dict[str, str]:
    """The fields of an answer, as they stand there; raises Forged."""
    try:
        return _once(_FIELD.findall(body.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise Forged("shape") from error


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if not fields or len(fields) != len(pairs):
        raise Forged("shape")
    return fields
