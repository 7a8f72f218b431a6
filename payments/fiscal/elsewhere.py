"""A notice that finance has as paid, and not by us: asked after, and its money booked.

A bank takes money on a notice's code and tells us nothing. What finance answers about that very
notice is the proof of it, and goes through `settlement.settle` like a wallet's word.
"""

from datetime import timedelta
from typing import Final

from base import alarms, clock
from base.errors import Unreachable
from base.store import Database

from .. import bank, refunds, settlement
from ..records import BANK, Bill
from ..wallets.nontax import Finance, Levy
from ..wallets.nontax_wire import PARTNER
from ..wallets.wallet import Refused
from . import answers
from .records import FISCAL_MOVES, Record
from .steps import moved, taken

ALARM = "finance_elsewhere"
# What does not fit is for a human, who mends it here or at the bureau, which tells us nothing.
ASKED_AGAIN: Final = timedelta(days=1)


class Unbooked(Unreachable):
    """Finance has somebody's money for a bill, and it fits no rule: asked again `until` then."""


def ask(db: Database, finance: Finance, bill: Bill, record: Record) -> None:
    """Have finance say whether the notice of an open bill was paid; raises Unreachable."""
    starts = FISCAL_MOVES["elsewhere"].starts
    if bill.state != "open" or not record.code or record.state not in starts:
        return
    levy = _query(db, finance, bill, record)
    if taken(levy, bill):
        told = moved("elsewhere", levy.proof, amount=levy.amount, about=levy.transaction)
        answers.write(db, record, told)
    else:
        answers.heard(db, record)


def follow(db: Database, finance: Finance, bill: Bill, record: Record) -> bool:
    """Book what was paid in another way, or owe back what a wallet or the counter took as well.

    Only finance's word of this moment does either. While it does not, the alarm stands and Unbooked
    is raised; False once it has nobody's money for a bill that is not open, for then there is
    another step. Raises Unreachable, Contended.
    """
    if record.state != "elsewhere":
        return True
    if not _is_settled(bill):
        levy = _query(db, finance, bill, record)
        if levy.state != "paid" and bill.state != "open":
            answers.write(db, record, moved("freed", levy.proof, about=levy.state))
            alarms.clear(db, ALARM, bill.number)
            return False
        answers.heard(db, record)
        if not (taken(levy, bill) and _followed(db, bill, levy)):
            alarms.sound(db, ALARM, bill.number, bill=bill.number)
            until = clock.now() + ASKED_AGAIN
            raise Unbooked(PARTNER, reason="paid elsewhere, not booked", until=until)
    alarms.clear(db, ALARM, bill.number)
    return True


def _is_settled(bill: Bill) -> bool:
    """Whether the bank's payment is the bill's, or ours is on its way back."""
    paid = bill.paid
    return paid is not None and (paid["wallet"] == BANK or not bill.left(paid["transaction"]))


def _followed(db: Database, bill: Bill, levy: Levy) -> bool:
    if bill.paid is not None:
        refunds.owe(db, bill.number, "paid_elsewhere")
        return True
    return settlement.settle(db, bank.notice(bill.number, levy)).result != "quarantined"


def _query(db: Database, finance: Finance, bill: Bill, record: Record) -> Levy:
    try:
        return finance.query(record.code)
    except Unreachable as silent:
        raise answers.silent(db, record, "query") from silent
    except Refused as no:
        raise answers.refuses(db, bill, record, "query", no) from no
