"""A paid bill, and the officers who give money back."""

from typing import Any

from payments import attempts, bills, decisions, ledger, refunds
from payments.records import Refund

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
    (payment, *_) = town.bill().received
    told = {"transaction": payment["transaction"], "note": "收错了", "by": QIAN, "key": key}
    return refunds.Wish(amount=amount, **told | other)


def approved(town: Town, amount: int = 8000, key: str = "k") -> Refund:
    """A refund one officer asked for and another agreed to."""
    asked = refunds.request(town.db, BILL, wish(town, amount, key))
    return decisions.approve(town.db, BILL, asked.number, by=SUN)


def state(town: Town, refund: Refund) -> str:
    return town.bill().refunds[refund.number].state


def sums(town: Town) -> dict[str, int]:
    """What stands on each account of the bill's ledger; it adds up to nothing."""
    found = ledger.balances(town.bill().ledger)
    assert sum(found.values()) == 0
    return found


def later(town: Town, times: int = 6, **span: float) -> list[str]:
    """Let so much time pass so many times, promises kept in between; what was owed."""
    kept = town.keep()
    for _ in range(times):
        town.advance(**span)
        kept += town.keep()
    return kept
