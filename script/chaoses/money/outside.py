"""Money that moves without our asking: at a wallet's own console, and at a bank's counter."""

from contextlib import suppress
from datetime import date
from typing import Final

from base import clock
from base.errors import Unreachable
from payments import attempts
from payments.reconciliation import daily, differences, store
from payments.wallets import Notice
from payments.wallets.nontax import Finance, Item, Levy
from payments.wallets.wallet import Refused, Repayment

from . import sides, town
from .town import BILL, CONSOLE, TITLE, Town

LEFT: Final = (
    "fiscal", "statements", "differences", "crossings", "statements.files", "statements.chunks",
)  # fmt: skip
"""What finding such money leaves in the store besides bills and facts."""


def given_back(here: Town, order: attempts.Opened) -> bool:
    """Whether a fen was given back at WeChat's console, perhaps, of a payment that is booked."""
    booked = any(each["attempt"] == order.attempt for each in here.bill().received)
    if booked and order.wallet == "wechat":
        with suppress(Refused, Unreachable):
            town.refund(here, order)
        return True
    return False


def word(here: Town, order: attempts.Opened) -> Notice | None:
    """What WeChat proves of that fen, if it is back and WeChat answers."""
    received = here.bill().received
    payment = next(each for each in received if each["attempt"] == order.attempt)
    asked = Repayment(
        number=CONSOLE,
        attempt=order.attempt,
        transaction=payment["transaction"],
        amount=1,
        total=payment["amount"],
        reason="",
        agreed=clock.now(),
    )
    with suppress(Refused, Unreachable):
        return here.wallets["wechat"].query_refund(asked).notice
    return None


def finance(here: Town) -> Finance:
    """Our line to finance's side of this world."""
    return Finance(sides.office(here.url))


def paid_at_bank(here: Town) -> Levy:
    """What finance says of the bill's notice once a bank has taken its money."""
    line, fen = finance(here), here.bill().total
    levy = line.issue(BILL, TITLE, [Item("cert", TITLE, fen)], fen)
    here.control("nontax/counter", order_no=BILL, act="pay")
    return line.query(levy.code)


def taken_back(here: Town) -> None:
    """The bank gives back what was paid twice: nobody has paid there."""
    here.control("nontax/counter", order_no=BILL, act="undo")


def found(here: Town, day: date, cause: str) -> str:
    """The one difference of this cause in WeChat's statement of a day, two days later."""
    here.advance(days=2)
    id = store.name("wechat", day)
    daily.expect(here.db, here.wallets)
    daily.fetch(here.db, here.wallets, id)
    daily.match(here.db, here.wallets, id, lambda _: ())
    (one,) = (each for each in differences.of_statement(here.db, id) if each.cause == cause)
    return one.id
