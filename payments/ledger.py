"""The double entries of a bill: what came in, what went back, what is fee, what we still owe.

Every event posts lines whose sum is zero, so the ledger balances at any moment. Money received is
positive; what we keep as fee, what went back and what we owe back are where it is. What was granted
away stands on two accounts of its own, for it never was money.
"""

from collections.abc import Iterable

from base import clock

from .records import PostingDoc

ACCOUNTS = ("received", "fee", "owed", "returned")
GRANTED = ("waived", "forgone")

# event: (account, sign), always one of each sign
EVENTS = {
    "paid": (("received", 1), ("fee", -1)),
    "surplus": (("received", 1), ("owed", -1)),
    "promised": (("fee", 1), ("owed", -1)),
    "kept": (("fee", -1), ("owed", 1)),
    "returned": (("owed", 1), ("returned", -1)),
    "waived": (("waived", 1), ("forgone", -1)),
}


def post(event: str, amount: int, about: str) -> tuple[PostingDoc, ...]:
    """The lines of an event; `about` is the transaction or refund that moves the money."""
    moment = clock.now()
    return tuple(
        PostingDoc(at=moment, account=account, amount=sign * amount, about=about)
        for account, sign in EVENTS[event]
    )


def balances(lines: Iterable[PostingDoc]) -> dict[str, int]:
    """The fen on every account; they add up to nothing. GRANTED only where something was."""
    found = dict.fromkeys(ACCOUNTS, 0)
    for line in lines:
        found[line["account"]] = found.get(line["account"], 0) + line["amount"]
    return found
