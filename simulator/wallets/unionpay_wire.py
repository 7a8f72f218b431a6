"""ACP 5.1.0 seen from UnionPay's side: what a merchant signed, and what UnionPay signs."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate
from flask import Request, Response

from ..world import World
from . import rsa

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "unionpay.toml").read_text()
)
FIXED = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0"}
SHAPES = {
    "orderId": r"[0-9A-Za-z]{8,32}",
    "txnTime": r"20[0-9]{12}",
    "txnAmt": r"[1-9][0-9]{0,11}",
    "currencyCode": "156",
    "payTimeout": r"20[0-9]{12}",
    "settleDate": r"[01][0-9][0-3][0-9]",
    "txnType": r"[0-9]{2}",
    "txnSubType": r"[0-9]{2}",
    "bizType": r"[0-9]{6}",
    "channelType": "0[78]",
}


ORDER = ("orderId", "txnTime", "txnAmt", "currencyCode", "frontUrl", "backUrl", "channelType")


class Refused(Exception):
    """UnionPay answers with this respCode of unionpay.toml."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


def signing_text(fields: Mapping[str, str]) -> str:
    """Return what is signed: the hex SHA-256 of `k=v&…`, sorted, raw, without the signature."""
    names = sorted(name for name in fields if name != "signature" and fields[name])
    line = "&".join(name + "=" + fields[name] for name in names)
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


def check(world: World, request: Request, *needed: str) -> dict[str, str]:
    """Return the fields of a merchant's signed form; Refused otherwise."""
    return proved(world, request.form.to_dict(), *needed)


def proved(world: World, told: dict[str, str], *needed: str) -> dict[str, str]:
    """Return fields that a merchant signed, each of the shape it must have; Refused otherwise."""
    for name in (*FIXED, "merId", "certId", "txnType", "txnSubType", "bizType", *needed):
        if not told.get(name):
            raise Refused("13", name)
    for name, value in told.items():
        if not re.fullmatch(SHAPES.get(name, r"[\s\S]*"), value, re.ASCII):
            raise Refused("10", name)
    if any(told[name] != value for name, value in FIXED.items()):
        raise Refused("10", "version")
    if told["merId"] != world.config["unionpay"]["merchant"]:
        raise Refused("31", "merId")
    signed = rsa.verifies(signing_text(told), told.get("signature", ""), merchant_key(world, told))
    if not signed:
        raise Refused("11", "signature")
    return told


def merchant_key(world: World, told: Mapping[str, str]) -> str:
    """Return the public key (PEM) of the merchant's certificate, found by its decimal number."""
    own = load_pem_x509_certificate(world.config["unionpay"]["merchant_cert"].encode())
    if told["certId"] != str(own.serial_number):
        raise Refused("11", "certId")
    shape = serialization.PublicFormat.SubjectPublicKeyInfo
    return own.public_key().public_bytes(serialization.Encoding.PEM, shape).decode()


def sealed(world: World, fields: Mapping[str, str], twist: str = "") -> dict[str, str]:
    """Sign fields and put the certificate with them; a forger's key, or his certificate too."""
    setup = world.config["unionpay"]
    pem, cert = setup["signing_key"], setup["signing_cert"]
    if twist in ("forged", "probe"):
        pem = rsa.stranger()
    if twist == "probe":
        cert = rsa.claimed(cert)
    kept = {name: value for name, value in fields.items() if value}
    serial = load_pem_x509_certificate(cert.encode()).serial_number
    told = FIXED | kept | {"certId": str(serial), "signPubKeyCert": cert}
    return told | {"signature": rsa.sign(signing_text(told), pem)}


def reply(world: World, fields: Mapping[str, str], twist: str = "") -> Response:
    """Write an answer: `k=v&…` as it is, nothing URL-encoded."""
    told = sealed(world, fields, twist)
    text = "&".join(f"{name}={value}" for name, value in told.items())
    return Response(text, 200, content_type="text/html;charset=UTF-8")


def said(code: str, about: str = "") -> dict[str, str]:
    """Return a response code with its sentence."""
    message = WORDS["codes"].get(code, WORDS["codes"]["01"])
    return {"respCode": code, "respMsg": message + (f"[{about}]" if about else "")}
