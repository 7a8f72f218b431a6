"""A paid bill, and the officers who give money back."""

from typing import Any

from payments import attempts, bills, decisions, refunds
from payments.records import Refund
from script.chaoses.told import MONEY

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
