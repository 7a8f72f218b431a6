"""Platform certificates in MongoDB: public, so kept as they are.

wallet_certificates  `_id` the serial; inserted once, never changed. Shard key `_id`.
"""

from base import clock
from base import store as base_store
from base.store import Database, Document, Index

from ..wallets.ring import PlatformCertificate

INDEXES: tuple[Index, ...] = (
    Index("wallet_certificates", [("ends", 1)], serves="the certificates that still count"),
)
_MOST = 50


def current(db: Database) -> list[Document]:
    """Certificates that have not ended."""
    found = db["wallet_certificates"].find({"ends": {"$gte": clock.now()}}).sort("ends", 1)
    return list(found.limit(_MOST))


def keep(db: Database, found: PlatformCertificate) -> bool:
    """Keep a certificate; False when it was there."""
    row: Document = {"_id": found.serial, "pem": found.pem}
    row |= {"starts": found.starts, "ends": found.ends, "kept": clock.now()}
    return base_store.add(db["wallet_certificates"], row)
