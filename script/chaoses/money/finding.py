"""How we learn of money that moved without our asking, each made ready as `verbs` does."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from base import clock
from base.store import Database
from payments import bank, fiscal, foreign, settlement
from payments.reconciliation import healing
from script.chaoses.told import MONEY

from . import outside, refunding, town
from .town import BILL, Town

Act = Callable[[], object]


def console(here: Town, db: Database) -> Act:
    """A refund made at a wallet's console is booked on the wallet's answer."""
    order = refunding.paid(here)
    town.refund(here, order)
    here.advance(minutes=20)
    notice = outside.word(here, order)
    assert notice is not None
    return partial(foreign.book, db, notice)


def listed(here: Town, db: Database) -> Act:
    """A payment nobody told us of is found in the statement, and settled."""
    day = clock.today()
    here.pay(here.open("wechat"))
    return partial(healing.heal, db, here.wallets, outside.found(here, day, "unbooked"))


def console_listed(here: Town, db: Database) -> Act:
    """A refund made at a wallet's console is found in the statement, and booked."""
    day = clock.today()
    town.refund(here, refunding.paid(here))
    return partial(healing.heal, db, here.wallets, outside.found(here, day, "refund_console"))


def banked(here: Town, db: Database) -> Act:
    """What a bank took is booked on finance's word."""
    here.open("wechat")
    return partial(settlement.settle, db, bank.notice(BILL, outside.paid_at_bank(here)))


def elsewhere(here: Town, db: Database) -> Act:
    """What a bank took on a notice that we had locked is asked after, and booked."""
    line = outside.finance(here)
    fiscal.lock(here.db, line, here.bill())
    here.control("nontax/counter", order_no=BILL, act="pay")
    fiscal.wake(here.db, BILL)
    return partial(fiscal.go, db, line, BILL, lambda _: MONEY["payer"])


VERBS: Final[Mapping[str, Callable[[Town, Database], Act]]] = {
    "console": console,
    "listed": listed,
    "console_listed": console_listed,
    "banked": banked,
    "elsewhere": elsewhere,
}
