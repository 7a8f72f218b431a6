"""WeChat Pay's platform certificates: made on command, listed sealed, signed with by serial."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa as keys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from flask import Blueprint

from ..control import body
from ..world import World, here
from . import numbers

blueprint = Blueprint("wechat_certificates", __name__, url_prefix="/control/v1")

DAYS = 5 * 365
ALGORITHM = "AEAD_AES_256_GCM"
NAME = "Tenpay.com sign"


class Certificate(TypedDict):
    """One certificate of the platform's with its key; moments are Unix time."""

    serial: str
    pem: str
    key: str
    starts: float
    ends: float


def held(world: World) -> dict[str, Certificate]:
    """Return all certificates by serial, the newest last; hold the lock."""
    found: dict[str, Certificate] = world.part("wechat_pay").setdefault("certificates", {})
    return found


def issue(world: World, starts: float, days: float) -> Certificate:
    """Make a certificate that holds from some seconds after now for so many days."""
    key = keys.generate_private_key(public_exponent=65537, key_size=2048)
    begin = world.clock.seconds() + starts
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    first = datetime.fromtimestamp(int(begin), UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(first + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    made = Certificate(
        serial=f"{cert.serial_number:040X}",
        pem=cert.public_bytes(serialization.Encoding.PEM).decode(),
        key=private.decode(),
        starts=begin,
        ends=begin + days * 86400,
    )
    with world.lock:
        held(world)[made["serial"]] = made
    world.changed("wechat_pay", "certificates", made["serial"])
    return made


def listed(world: World) -> dict[str, Any]:
    """Return the answer to /v3/certificates: each certificate sealed under the APIv3 key."""
    now = world.clock.seconds()
    with world.lock:
        kept = [one for one in held(world).values() if one["ends"] > now]
    return {"data": [sealed(world, one) for one in kept]}


def sealed(world: World, made: Certificate) -> dict[str, Any]:
    """Return one certificate as it is listed."""
    nonce = secrets.token_hex(6)
    cipher = AESGCM(world.config["wechat_pay"]["apiv3_key"].encode())
    secret = cipher.encrypt(nonce.encode(), made["pem"].encode(), b"certificate")
    return {
        "serial_no": made["serial"],
        "effective_time": numbers.rfc3339(made["starts"]),
        "expire_time": numbers.rfc3339(made["ends"]),
        "encrypt_certificate": {
            "algorithm": ALGORITHM,
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": base64.b64encode(secret).decode(),
        },
    }


@blueprint.post("/wallets/wechat/certificates")
def add() -> Any:
    """Issue a platform certificate: {days?, starts_in?, sign?}; answers {serial}.

    With `sign` it signs from now on whatever names no other key: notices, and answers to requests
    without `Wechatpay-Serial`. Without any certificate /v3/certificates answers 500.
    """
    world, told = here(), body()
    made = issue(world, float(told.get("starts_in", 0)), float(told.get("days", DAYS)))
    if told.get("sign"):
        with world.lock:
            world.part("wechat_pay").setdefault("options", {})["signs"] = made["serial"]
        world.changed("wechat_pay", "options")
    return {"ok": True, "serial": made["serial"]}, 201
