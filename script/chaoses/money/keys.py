"""Fresh key pairs for one test run, as PEM text."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Format = serialization.PrivateFormat


def private(format: Format = Format.PKCS8) -> str:
    """A new RSA-2048 private key."""
    key = rsa.generate_private_key(65537, 2048)
    return dressed(key, format)


def dressed(key: rsa.RSAPrivateKey, format: Format) -> str:
    """A private key in one of the two dresses operators paste."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, format, plain).decode()


def public(pem: str) -> str:
    """The public half of a private key."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info).decode()
