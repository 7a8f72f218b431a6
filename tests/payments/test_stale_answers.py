"""An answer of WeChat Pay signed too long ago, or ahead of our clock, proves nothing either."""

import pytest

from base.errors import Unreachable
from payments import bills, repaying

from .refunding import approved, later, paid, state
from .town import BILL, Town

PREPAY = "/v3/pay/transactions/jsapi"
QUERY = "/v3/pay/transactions/out-trade-no/*"
REFUND = "/v3/refund/domestic/refunds"
# The window is 300 s; a second or two passes between signing and reading.
STALE = pytest.mark.parametrize("seconds", [-302, 310])
FRESH = pytest.mark.parametrize("seconds", [-290, 298])


@STALE
def test_an_order_opened_by_a_stale_answer_is_unsure(alice: Town, seconds: int) -> None:
    alice.fault(PREPAY, "stale_answer", seconds=seconds)
    with pytest.raises(Unreachable, match="window"):
        alice.open("wechat")
    (unsure,) = alice.bill().attempts.values()
    assert (unsure.state, unsure.handle) == ("unsure", "")
    assert alice.open("wechat").attempt == unsure.number


@STALE
def test_a_stale_answer_that_an_order_was_paid_settles_nothing(alice: Town, seconds: int) -> None:
    alice.fault("notify/wechat", "drop", times=-1)
    opened = alice.open("wechat")
    alice.pay(opened)
    alice.fault(QUERY, "stale_answer", seconds=seconds)
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    assert (alice.state(opened), bills.facts(alice.db, BILL)) == ("open", [])
    bills.ask(alice.db, alice.wallets, BILL, opened.attempt)
    assert alice.state(opened) == "paid"


@STALE
def test_a_stale_no_is_no_answer_either(alice: Town, seconds: int) -> None:
    alice.fault(QUERY, "stale_answer", seconds=seconds)
    with pytest.raises(Unreachable, match="window"):
        alice.wallets["wechat"].query("202611214831075W00000000", alice.bill().created)


@STALE
def test_a_refund_taken_by_a_stale_answer_is_unsure_and_goes_back_once(
    alice: Town, seconds: int
) -> None:
    paid(alice)
    alice.fault("notify/wechat", "drop", times=-1)
    refund = approved(alice)
    alice.fault(REFUND, "stale_answer", seconds=seconds)
    repaying.go(alice.db, alice.wallets, BILL, refund.number)
    assert state(alice, refund) == "unsure"
    alice.advance(seconds=15)
    alice.fault(f"{REFUND}/*", "stale_answer", seconds=seconds)
    repaying.go(alice.db, alice.wallets, BILL, refund.number)
    assert (state(alice, refund), alice.bill().returned) == ("unsure", 0)
    later(alice, 2, seconds=90)
    assert (state(alice, refund), alice.bill().returned) == ("succeeded", 8000)


@FRESH
def test_an_answer_within_the_window_counts(alice: Town, seconds: int) -> None:
    for path in (PREPAY, QUERY):
        alice.fault(path, "stale_answer", seconds=seconds)
    opened = alice.open("wechat")
    assert alice.wallets["wechat"].query(opened.attempt, alice.bill().created).state == "open"
