"""The keys a wallet signs with, by serial: those we were given, and those kept for all processes.

An unknown serial is looked up among the kept ones, once a minute at most; nothing is ever fetched
for whoever names one.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from base import clock

from . import keys

LOOK: Final = timedelta(minutes=1)
_EVER: Final = datetime.max.replace(tzinfo=UTC)
Kept = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PlatformCertificate:
    """A certificate that WeChat Pay signs with from one moment to another; `pem` is public."""

    serial: str
    pem: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class _Key:
    key: RSAPublicKey
    starts: datetime
    ends: datetime


class Ring:
    """Public keys by serial; `given` never end, `kept` are certificates that somebody fetched."""

    def __init__(self, given: Mapping[str, str], kept: Kept) -> None:
        since = datetime.min.replace(tzinfo=UTC)
        self._given = {id: _Key(keys.public(pem), since, _EVER) for id, pem in given.items()}
        self._kept = kept
        self._known: Mapping[str, _Key] = dict(self._given)
        self._looked = since
        self._lock = threading.Lock()

    def key(self, serial: str) -> RSAPublicKey | None:
        """The key of this serial if it is in force now; None for every other."""
        found = self._known.get(serial)
        if found is None and serial and self._may_look():
            self._known = self._given | {id: _read(pem) for id, pem in self._kept().items()}
            found = self._known.get(serial)
        if found is None or not found.starts <= clock.now() <= found.ends:
            return None
        return found.key

    def _may_look(self) -> bool:
        """Whether a minute has passed since the last look, which this one then is."""
        with self._lock:
            moment = clock.now()
            due = not self._looked <= moment < self._looked + LOOK
            if due:
                self._looked = moment
            return due


def certificate(serial: str, pem: str) -> PlatformCertificate:
    """A certificate with its window; raises ValueError when the serial is not its own."""
    found = load_pem_x509_certificate(pem.encode())
    if f"{found.serial_number:X}" != serial.upper().lstrip("0"):
        raise ValueError("a certificate of another serial")
    return PlatformCertificate(serial, pem, found.not_valid_before_utc, found.not_valid_after_utc)


def _read(pem: str) -> _Key:
    found = load_pem_x509_certificate(pem.encode())
    return _Key(keys.public(pem), found.not_valid_before_utc, found.not_valid_after_utc)
