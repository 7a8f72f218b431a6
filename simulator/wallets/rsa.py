"""RSA signatures (PKCS#1 v1.5, SHA-256, Base64), the one kind both wallets use."""

import base64
import binascii
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

STRANGER_BITS = 2048


class NotRsa(Exception):
    """A key of the world is no RSA key in PEM."""


@lru_cache(maxsize=32)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Read a private key in PEM (PKCS#1 or PKCS#8), once per key; NotRsa for another kind."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise NotRsa
    return key


@lru_cache(maxsize=32)
def public_key(pem: str) -> rsa.RSAPublicKey:
    """Read a public key in PEM, once per key; NotRsa for another kind."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotRsa
    return key


def sign(text: str, pem: str) -> str:
    """Sign the UTF-8 bytes of a text; returns Base64."""
    signature = private_key(pem).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verifies(text: str, signature: str, pem: str) -> bool:
    """Whether a Base64 signature over the UTF-8 bytes of a text is the key's."""
    try:
        raw = base64.b64decode(signature, validate=True)
        public_key(pem).verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=1)
def stranger() -> str:
    """Return the private key (PEM) of a forger, made once per process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=STRANGER_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@lru_cache(maxsize=4)
def claimed(cert: str) -> str:
    """Return a forger's certificate: the same names and dates, but his own key and signature."""
    real = x509.load_pem_x509_certificate(cert.encode())
    key = private_key(stranger())
    made = (
        x509.CertificateBuilder(real.issuer, real.subject, key.public_key())
        .serial_number(real.serial_number)
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
