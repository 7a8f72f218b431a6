"""A paid bill, and the officers who give money back."""

from typing import Any

from payments import attempts, bills, decisions, refunds, repaying
from payments.records import Refund
from script.chaoses.told import MONEY

from .draw import REFUSALS
from .town import BILL, Town

QIAN, SUN = "operator:qian", "operator:sun"


def paid(town: Town, wallet: str = "wechat") -> attempts.Opened:
    """A bill of 80 yuan, paid and settled."""
    opened = town.open(wallet)
    town.pay(opened)
    bills.ask(town.db, town.wallets, BILL, opened.attempt)
    assert town.bill().state == "paid"
    return opened


def wish(town: Town, amount: int, key: str = "k", **other: Any) -> refunds.Wish:
    """What an officer asks back of the first payment."""
    (payment, *_) = town.bill().received
    told = {"transaction": payment["transaction"], "note": MONEY["asked"], "by": QIAN, "key": key}
    return refunds.Wish(amount=amount, **told | other)


def approved(town: Town, amount: int = 8000, key: str = "k") -> Refund:
    """A refund one officer asked for and another agreed to."""
    asked = refunds.request(town.db, BILL, wish(town, amount, key))
    return decisions.approve(town.db, BILL, asked.number, by=SUN)


def refused(town: Town, wallet: str = "wechat") -> Refund:
    """A refund that was approved, and that its wallet will not make."""
    paid(town, wallet)
    return refuse(town, approved(town, 3000))


def refuse(town: Town, refund: Refund) -> Refund:
    """Have its wallet refuse a refund that was approved."""
    endpoint, told = REFUSALS[refund.wallet]
    town.fault(endpoint, **told)
    repaying.go(town.db, town.wallets, BILL, refund.number)
    return town.bill().refunds[refund.number]
