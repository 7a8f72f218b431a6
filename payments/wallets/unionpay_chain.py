"""Whether a certificate is UnionPay's own: of the pinned chain, in force, and in its name."""

from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from base import clock

from .wallet import Forged

# The common name is channel@organisation number@organisation@number.
_OWNER = 2


class Chain:
    """UnionPay's root and intermediate as its merchant site hands them out; build one and keep it.

    Raises ValueError when the intermediate is not the root's.
    """

    def __init__(self, root: str, middle: str, signer: str) -> None:
        self._root = load_pem_x509_certificate(root.encode())
        self._middle = load_pem_x509_certificate(middle.encode())
        self._signer = signer
        if not (_issued(self._root, self._root) and _issued(self._middle, self._root)):
            raise ValueError("the intermediate certificate is not issued by the root")

    @property
    def ends(self) -> dict[str, datetime]:
        """When root and intermediate end."""
        return {"root": self._root.not_valid_after_utc, "middle": self._middle.not_valid_after_utc}

    def key(self, pem: str) -> tuple[RSAPublicKey, str]:
        """Key and certId of a certificate that came with a message; raises Forged unless theirs."""
        try:
            found = load_pem_x509_certificate(pem.encode())
        except ValueError as error:
            raise Forged("certificate") from error
        key = found.public_key()
        links = (found, self._middle, self._root)
        if not (_issued(found, self._middle) and all(map(_in_force, links))):
            raise Forged("certificate")
        if not isinstance(key, RSAPublicKey) or _owner(found) != self._signer:
            raise Forged("certificate")
        return key, str(found.serial_number)


def _issued(found: Certificate, by: Certificate) -> bool:
    try:
        found.verify_directly_issued_by(by)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _in_force(found: Certificate) -> bool:
    return found.not_valid_before_utc <= clock.now() <= found.not_valid_after_utc


def _owner(found: Certificate) -> str:
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    parts = str(names[0].value).split("@") if names else []
    return parts[_OWNER] if len(parts) > _OWNER else ""
