"""Order numbers of attempts, made so that each leads back to the bill it was made for."""

import base64
import hashlib
import re
import secrets

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_LENGTH = 8
_ATTEMPT = re.compile(r"([0-9]{15})[A-Z][0-9A-Z]{8}", re.ASCII)


def of_attempt(bill: str, letter: str) -> str:
    """A fresh order number of 24 plain alphanumerics, legal at every wallet."""
    signs = (secrets.choice(_SIGNS) for _ in range(_RANDOM_LENGTH))
    return f"{bill}{letter}{''.join(signs)}"


def of_payment(bill: str, letter: str, transaction: str) -> str:
    """The order number of a payment that was made without an order: the same for the same one."""
    return f"{bill}{letter}{signs(transaction, _RANDOM_LENGTH)}"


def signs(seed: str, many: int) -> str:
    """So many letters and digits that always follow from the same seed; 51 at most."""
    return base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:many]


def bill_of(attempt: str) -> str | None:
    """The bill an order number was made for; None when it is not one of ours."""
    match = _ATTEMPT.fullmatch(attempt)
    return match[1] if match else None
