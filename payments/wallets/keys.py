"""RSA keys as operators paste them: PEM in any of its dress, parsed once and then kept."""

import base64
import binascii
import hashlib
import textwrap

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

_SCHEME = padding.PKCS1v15()
_HASH = hashes.SHA256()


def private(pem: str) -> RSAPrivateKey:
    """The private key in PKCS#1 or PKCS#8 PEM; raises ValueError. Costs 40 ms: parse once."""
    key = serialization.load_pem_private_key(_dressed(pem, "PRIVATE KEY"), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def public(pem: str) -> RSAPublicKey:
    """The public key in PKCS#1, SubjectPublicKeyInfo or certificate PEM; raises ValueError."""
    key: object
    if "BEGIN CERTIFICATE" in pem:
        key = load_pem_x509_certificate(pem.encode()).public_key()
    else:
        key = serialization.load_pem_public_key(_dressed(pem, "PUBLIC KEY"))
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def public_pem(key: RSAPublicKey) -> str:
    """The key in the one dress every library reads (SubjectPublicKeyInfo)."""
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, info).decode()


def fingerprint(key: RSAPublicKey) -> str:
    """What names a key that its owner gives no serial: the SHA-256 of its SubjectPublicKeyInfo."""
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, info)).hexdigest()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256, in base64: what both wallets ask for."""
    return base64.b64encode(key.sign(message, _SCHEME, _HASH)).decode()


def signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether this base64 signature was made over exactly these bytes by the key's owner."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, _SCHEME, _HASH)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _dressed(pem: str, label: str) -> bytes:
    """Bare base64, as Alipay's console hands it out, gets the PEM lines it lacks."""
    bare = pem.strip()
    if bare.startswith("-----"):
        return (bare + "\n").encode()
    body = "\n".join(textwrap.wrap("".join(bare.split()), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()
