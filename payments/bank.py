"""Money that a bank took on a finance notice: finance's proven word makes it a payment of ours.

Nobody placed an order with us, so order and payment come to be in the one write that books it.
"""

from typing import Final

from base import clock
from base.store import Database

from . import order_numbers
from .reconciliation.store import finance
from .records import BANK, Attempt, Bill
from .wallets import Notice
from .wallets.nontax import Levy
from .wallets.wallet import CURRENCY

LETTER: Final = "B"
SOURCE: Final = "finance"


def notice(bill: str, levy: Levy) -> Notice:
    """What finance says of a bank's payment, as a wallet would tell of it."""
    assert levy.proof is not None
    return Notice(
        provider=BANK,
        kind="payment",
        transaction=levy.transaction,
        attempt=order_numbers.of_payment(bill, LETTER, levy.transaction),
        amount=levy.amount,
        currency=CURRENCY,
        merchant="",
        app="",
        payer="",
        paid_at=levy.paid_at or clock.now(),
        source=SOURCE,
        proof=levy.proof.sha256,
        serial=levy.proof.serial,
    )


def denied(db: Database, bill: Bill, transaction: str) -> bool:
    """Whether this is a bank's payment, and the list of a day of finance's differs on its bill."""
    ours = {each["transaction"] for each in bill.received if each["wallet"] == BANK}
    return transaction in ours and finance.differs(db, bill.number)


def order(bill: Bill, told: Notice) -> Attempt | None:
    """The order that a bank's payment would have had: the bill's sum, while it is owed.

    None for another payment of a bill that is paid: which of the two goes back is not ours to say.
    """
    known = bill.attempts.get(told.attempt)
    if known is not None or bill.paid is not None:
        return known
    return Attempt(
        number=told.attempt,
        wallet=BANK,
        state="open",
        amount=bill.total if bill.state == "open" else told.amount,
        merchant="",
        app="",
        payer="",
        created=told.paid_at,
        expires=told.paid_at,
    )
