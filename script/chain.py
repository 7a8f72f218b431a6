"""An invented UnionPay: root, intermediate, its signing certificate, and a merchant's own."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
_LEAF = "041@8310000000083040@{signer}@00000001"


class Authority:
    """A certificate and its key, able to issue others; its own word where nobody issued it."""

    def __init__(self, name: str, by: "Authority | None" = None, *, leaf: bool = False) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer, key = (by.cert.subject, by.key) if by else (subject, self.key)
        self.cert: x509.Certificate = (
            x509.CertificateBuilder(issuer, subject, self.key.public_key())
            .serial_number(x509.random_serial_number() >> 96)
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL)
            .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.cert.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def private(self) -> str:
        """The key, PKCS#8."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def invent(signer: str) -> dict[str, str]:
    """All that a merchant and a simulator of UnionPay need; `signer` is who signs messages."""
    root = Authority("Demo Root CA")
    middle = Authority("Demo Operation CA", root)
    theirs = Authority(_LEAF.format(signer=signer), middle, leaf=True)
    ours = Authority(_LEAF.format(signer="banshitong"), middle, leaf=True)
    return {
        "unionpay_root": root.pem,
        "unionpay_middle": middle.pem,
        "unionpay_signing_cert": theirs.pem,
        "unionpay_signing_key": theirs.private,
        "unionpay_merchant_cert": ours.pem,
        "unionpay_merchant_key": ours.private,
    }
