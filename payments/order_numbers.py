"""Numbers of bills and attempts, made so that each leads back to the one it belongs to."""

import re
import secrets

PURPOSES = {"fee": "1"}
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_LENGTH = 8
_CASE = re.compile(r"[0-9]{4,20}", re.ASCII)
_ATTEMPT = re.compile(r"([0-9]{4,20})([0-9])[A-Z][0-9A-Z]{8}", re.ASCII)


def of_bill(case: str, purpose: str) -> str:
    """The one number a bill of this case and purpose can have, e.g. 202611214831075-1."""
    if not _CASE.fullmatch(case):
        raise ValueError("a case number is all digits")
    return f"{case}-{PURPOSES[purpose]}"


def of_attempt(bill: str, letter: str) -> str:
    """A fresh order number of at most 30 plain alphanumerics, legal at every wallet."""
    signs = (secrets.choice(_SIGNS) for _ in range(_RANDOM_LENGTH))
    return f"{bill.replace('-', '')}{letter}{''.join(signs)}"


def bill_of(attempt: str) -> str | None:
    """The bill an order number was made for; None when it is not one of ours."""
    match = _ATTEMPT.fullmatch(attempt)
    return f"{match[1]}-{match[2]}" if match else None
