"""A paid bill, the officers who give money back, and what became of it."""

from payments import ledger
from payments.records import Refund
from script.chaoses.money.refunding import QIAN, SUN, approved, paid, wish
from script.chaoses.money.town import Town

__all__ = ["QIAN", "SUN", "approved", "later", "paid", "state", "sums", "wish"]


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
