"""When a wallet is told of a refund: in its turn, while it is wanted, of an undisputed payment."""

from collections.abc import Callable
from typing import Any

import pytest

from base import clock
from base.errors import Unreachable
from payments import limits, repaying
from payments.reconciliation import daily, differences, store
from payments.store import Contended
from script.chaoses import daybook

from .closing import at, found, nobody
from .refunding import QIAN, SUN, approved, later, paid, state, sums
from .test_repaying import DONE, REFUND, drop, given_back
from .town import BILL, Town

TOLD = REFUND["wechat"]


def denied(town: Town) -> differences.Difference:
    """The difference of a statement that lists nothing of what was paid today."""
    day = clock.today()
    daily.receive(town.db, "wechat", day, daybook.statement([]), by="system")
    daily.match(town.db, town.wallets, store.name("wechat", day), nobody)
    (one,) = found(town, "wechat", day)
    return one


@pytest.mark.parametrize("before", ["approved", "unsure"])
def test_what_was_approved_before_a_statement_denies_its_payment_is_not_sent_until_that_is_settled(
    alice: Town, before: str
) -> None:
    at(alice, 12)
    opened, refund = paid(alice), approved(alice)
    if before == "unsure":
        alice.fault(TOLD, "reset")
        alice.keep()
    one = denied(alice)
    assert "refund.go" in later(alice, 2, minutes=31)
    repaying.refresh(alice.db, alice.wallets, BILL)
    assert (state(alice, refund), given_back(alice, opened)) == (before, 0)
    differences.propose(alice.db, one.id, by=QIAN, reason="timing", note="次日到账")
    differences.agree(alice.db, one.id, by=SUN)
    later(alice, 3, minutes=31)
    assert (state(alice, refund), given_back(alice, opened)) == ("succeeded", 8000)
    assert sums(alice) == DONE


class Meanwhile:
    """A wallet that is slow to say how a refund stands: something else happens first."""

    def __init__(self, wallet: Any, act: Callable[[], object]) -> None:
        self._wallet, self._act = wallet, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wallet, name)

    def query_refund(self, asked: Any) -> Any:
        standing = self._wallet.query_refund(asked)
        self._act()
        return standing


def test_a_refund_given_up_while_another_runner_asks_about_it_is_not_told_any_more(
    alice: Town,
) -> None:
    opened, refund = paid(alice), approved(alice)
    alice.fault(TOLD, "reset")
    alice.keep()
    assert state(alice, refund) == "unsure"

    def given_up() -> None:
        alice.fault(TOLD, "error", code="NOT_ENOUGH")
        repaying.go(alice.db, alice.wallets, BILL, refund.number)
        drop(alice, refund)

    slow: Any = {"wechat": Meanwhile(alice.wallets["wechat"], given_up)}
    with pytest.raises(Contended):
        repaying.go(alice.db, slow, BILL, refund.number)
    repaying.go(alice.db, slow, BILL, refund.number)
    assert (state(alice, refund), given_back(alice, opened)) == ("dropped", 0)
    assert alice.bill().refundable == 8000


def test_each_telling_is_written_down_and_the_next_refund_waits_from_the_last(alice: Town) -> None:
    paid(alice)
    first, second = approved(alice, 3000, "a"), approved(alice, 5000, "b")
    alice.fault(TOLD, "reset")
    repaying.go(alice.db, alice.wallets, BILL, first.number)
    alice.advance(seconds=50)
    repaying.go(alice.db, alice.wallets, BILL, first.number)
    assert state(alice, first) == "sent"
    alice.advance(seconds=50)
    with pytest.raises(Unreachable) as waiting:
        repaying.go(alice.db, alice.wallets, BILL, second.number)
    called = alice.bill().refunds[first.number].called
    assert called is not None
    assert waiting.value.until == called + limits.wallets()["wechat"].apart
