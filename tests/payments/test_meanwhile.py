"""What another officer does between a reading and its writing is seen before it is written."""

from collections.abc import Callable

import pytest

from base import clock
from payments.reconciliation import differences
from tests.tracking.test_ledger import meanwhile

from .closing import QIAN, at, found, payment, told
from .refunding import SUN, paid
from .town import Town


def test_nobody_agrees_to_what_she_proposed_herself_meanwhile(
    alice: Town, store_uri: Callable[..., str]
) -> None:
    at(alice, 12)
    paid(alice)
    today = clock.today()
    assert told(alice, today, payment(alice, fen=1)) == {"amount": "open"}
    (one,) = found(alice, "wechat", today)

    def proposed(by: str) -> None:
        differences.propose(alice.db, one.id, by=by, reason="timing", note="次日到账")

    def turned() -> None:
        differences.object(alice.db, one.id, by="operator:li")
        proposed(SUN)

    proposed(QIAN)
    with meanwhile(alice.db, store_uri, turned) as slow, pytest.raises(differences.OwnDifference):
        differences.agree(slow, one.id, by=SUN)
    assert found(alice, "wechat", today)[0].state == "proposed"
    assert differences.agree(alice.db, one.id, by=QIAN).state == "closed"
