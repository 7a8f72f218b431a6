"""A notice that finance has as paid, and not by us: asked after, and its money booked.

A bank takes money on a notice's code and tells us nothing. What finance answers about that very
notice is the proof of it, and goes through `settlement.settle` like a wallet's word.
"""

from base import alarms
from base.errors import Unreachable
from base.store import Database

from .. import bank, refunds, settlement
from ..records import BANK, Bill
from ..wallets.nontax import Finance, Levy
from ..wallets.wallet import Refused
from . import answers
from .records import FISCAL_MOVES, Record
from .steps import moved

ALARM = "finance_elsewhere"


def ask(db: Database, finance: Finance, bill: Bill, record: Record) -> None:
    """Have finance say whether the notice of an open bill was paid; raises Unreachable."""
    starts = FISCAL_MOVES["elsewhere"].starts
    if bill.state != "open" or not record.code or record.state not in starts:
        return
    levy = _query(db, finance, bill, record)
    if _taken(levy, bill):
        told = moved("elsewhere", levy.proof, amount=levy.amount, about=levy.transaction)
        answers.write(db, record, told)
    else:
        answers.heard(db, record)


def follow(db: Database, finance: Finance, bill: Bill, record: Record) -> None:
    """Book what was paid in another way, or owe back what a wallet or the counter took as well.

    The alarm stands while finance's word cannot be booked. Raises Unreachable, Contended.
    """
    if record.state != "elsewhere":
        return
    if bill.paid is None and not _booked(db, finance, bill, record):
        alarms.sound(db, ALARM, bill.number, bill=bill.number)
        return
    if bill.paid is not None and bill.paid["wallet"] != BANK:
        refunds.owe(db, bill.number, "paid_elsewhere")
    alarms.clear(db, ALARM, bill.number)


def _booked(db: Database, finance: Finance, bill: Bill, record: Record) -> bool:
    levy = _query(db, finance, bill, record)
    answers.heard(db, record)
    if not _taken(levy, bill):
        return False
    return settlement.settle(db, bank.notice(bill.number, levy)).result != "quarantined"


def _taken(levy: Levy, bill: Bill) -> bool:
    """Whether somebody else took the money and has it still; our channel is our bill's number."""
    return levy.state == "paid" and levy.channel != bill.number and bool(levy.transaction)


def _query(db: Database, finance: Finance, bill: Bill, record: Record) -> Levy:
    try:
        return finance.query(record.code)
    except Unreachable as silent:
        raise answers.silent(db, record, "query") from silent
    except Refused as no:
        raise answers.refuses(db, bill, record, "query", no) from no
