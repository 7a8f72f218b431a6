"""A day's statement tied to the wallet's account, and to what the bills alone still tell of."""

from datetime import date, timedelta

import pytest

from base import clock
from payments import attempts, bills, refunds, repaying
from payments.reconciliation import daily, differences, store
from script.chaoses.money.town import BILL, Town

from .closing import (
    QIAN,
    SUN,
    asked,
    at,
    causes,
    fetched,
    healed,
    keep,
    matched,
    noon_paid,
    seed,
    sounding,
)
from .refunding import wish

DAY = timedelta(days=1)
FEE = 48


@pytest.fixture
def noon(alice: Town) -> Town:
    """Alice has paid by WeChat Pay at noon, and we know it; it is the noon after."""
    noon_paid(alice)
    alice.advance(days=1)
    return alice


def yesterday() -> date:
    return clock.today() - DAY


def kept(town: Town, day: date) -> store.Statement:
    return store.statement(town.db, store.name("wechat", day))


def test_fees_and_what_left_for_the_bank_make_no_difference(noon: Town) -> None:
    seed(noon, "wechat", yesterday(), "withdrawn", fen=5000)
    assert matched(noon, "wechat", yesterday()) == []
    figures = kept(noon, yesterday()).figures
    assert figures["fees"] == FEE
    flow = {"came": 8000, "left": FEE + 5000, "trades": 8000 - FEE, "others": -5000}
    assert figures["flow"] == flow


def test_alipays_file_tells_its_fees_and_of_no_account(alice: Town) -> None:
    at(alice, 12)
    alice.pay(alice.open("alipay"))
    asked(alice)
    alice.advance(days=1)
    assert matched(alice, "alipay", yesterday()) == []
    figures = store.statement(alice.db, store.name("alipay", yesterday())).figures
    assert (figures["fees"], figures["flow"]) == (FEE, None)


def test_an_account_that_gained_less_than_its_trades_is_closed_by_two(noon: Town) -> None:
    day = yesterday()
    seed(noon, "wechat", day, "funds", fen=30)
    (one,) = matched(noon, "wechat", day)
    assert (one.class_, one.cause, one.kind, one.state) == (
        "funds",
        "funds_differ",
        "funds",
        "open",
    )
    assert (one.theirs, one.ours, one.gap) == (8000 - FEE - 30, 8000 - FEE, -30)
    assert "differences_open" in sounding(noon)
    assert matched(noon, "wechat", day) == [one]
    differences.propose(noon.db, one.id, by=QIAN, reason="corrected", note="平台少记，已补")
    with pytest.raises(differences.OwnDifference):
        differences.agree(noon.db, one.id, by=QIAN)
    assert differences.agree(noon.db, one.id, by=SUN).state == "closed"
    assert "differences_open" not in sounding(noon)


def test_a_refund_under_way_may_or_may_not_have_left_the_account(noon: Town) -> None:
    noon.fault("refund/wechat", "processing", seconds=3 * 86400)
    (owed,) = refunds.owe(noon.db, BILL, "case_ended")
    repaying.go(noon.db, noon.wallets, BILL, owed.number)
    day = clock.today()
    noon.advance(days=1)
    seed(noon, "wechat", day, "funds", fen=-8000)
    assert "funds_differ" not in {each.cause for each in matched(noon, "wechat", day)}
    assert kept(noon, day).figures["under_way"] == 8000


def test_an_account_that_cannot_be_read_is_refused_like_a_statement(noon: Town) -> None:
    day = yesterday()
    seed(noon, "wechat", day, "funds_summary")
    assert matched(noon, "wechat", day) == []
    refused = kept(noon, day)
    assert (refused.state, refused.trouble) == ("rejected", "funds")
    assert "statement_refused" in sounding(noon)
    noon.web.delete(f"{noon.url}/control/v1/wallets/wechat/statement-faults")
    daily.again(noon.db, refused.id, by=QIAN)
    assert matched(noon, "wechat", day) == []
    assert kept(noon, day).state == "matched"
    assert "statement_refused" not in sounding(noon)


def test_an_account_that_is_still_being_told_of_is_waited_for(noon: Town) -> None:
    day = yesterday()
    noon.fault("/v3/bill/fundflowbill", "error", code="STATEMENT_CREATING")
    assert fetched(noon, "wechat", day).state == "awaited"
    noon.fault("/v3/bill/fundflowbill", "error", code="NO_STATEMENT_EXIST")
    assert fetched(noon, "wechat", day).state == "stored"
    keep(noon)
    assert kept(noon, day).figures["flow"] is None


@pytest.mark.parametrize("row", ["missing", ""])
def test_a_bill_that_is_paid_without_fact_and_line_is_somebodys(noon: Town, row: str) -> None:
    day = yesterday()
    noon.db["money_facts"].delete_many({"bill": BILL})
    seed(noon, "wechat", day, "extra")
    if row:
        seed(noon, "wechat", day, row, number=noon.opened.attempt)
    listed = {each.cause: each for each in matched(noon, "wechat", day)}
    assert set(listed) == {"stranger", "unbacked" if row else "unbooked"}
    if row:
        one = listed["unbacked"]
        assert (one.class_, one.ours, one.theirs, one.bill) == ("short", 8000, None, BILL)
        assert ("unbacked", "open") in healed(noon, "wechat", day)
        assert differences.get(noon.db, one.id).says == "paid"
        with pytest.raises(refunds.PaymentDisputed):
            refunds.request(noon.db, BILL, wish(noon, 100))


def test_a_bill_whose_payment_is_booked_for_another_order_is_somebodys(noon: Town) -> None:
    noon.db["money_facts"].update_one({"bill": BILL}, {"$set": {"day": "2020-01-01"}})
    seed(noon, "wechat", yesterday(), "extra")
    seed(noon, "wechat", yesterday(), "missing", number=noon.opened.attempt)
    matched(noon, "wechat", yesterday())
    assert "unbacked" not in causes(noon, yesterday())
    noon.db["money_facts"].update_one({"bill": BILL}, {"$set": {"number": "X" * 24}})
    matched(noon, "wechat", yesterday())
    assert causes(noon, yesterday())["unbacked"] == "open"


def test_refunds_and_surplus_without_fact_and_line_are_somebodys(alice: Town) -> None:
    at(alice, 12)
    opened = alice.open("wechat")
    bills.cancel(alice.db, BILL, by=QIAN)
    alice.pay(opened)
    asked(alice)
    for _ in range(2):
        alice.advance(minutes=10)
        alice.keep()
    (refund,) = alice.bill().refunds.values()
    assert refund.state == "succeeded"
    alice.advance(days=1)
    assert matched(alice, "wechat", yesterday()) == []
    alice.db["money_facts"].delete_many({"bill": BILL})
    alice.db["statements"].delete_many({"provider": "wechat"})
    seed(alice, "wechat", yesterday(), "extra")
    seed(alice, "wechat", yesterday(), "missing")
    seed(alice, "wechat", yesterday(), "missing", of="refund")
    listed = {each.cause: each for each in matched(alice, "wechat", yesterday())}
    assert set(listed) == {"stranger", "unbacked", "refund_unbacked"}
    assert listed["refund_unbacked"].class_ == "refund"
    assert ("refund_unbacked", "open") in healed(alice, "wechat", yesterday())


def test_a_fact_of_another_order_or_sum_than_its_bills_is_a_difference(noon: Town) -> None:
    for field, value in (("attempt", "X" * 24), ("amount", 1)):
        told = noon.db["bills"].find_one({"_id": BILL})["paid"]
        noon.db["bills"].update_one({"_id": BILL}, {"$set": {f"paid.{field}": value}})
        matched(noon, "wechat", yesterday())
        assert causes(noon, yesterday())["bill_differs"] == "open"
        noon.db["bills"].update_one({"_id": BILL}, {"$set": {"paid": told}})
        matched(noon, "wechat", yesterday())
        assert causes(noon, yesterday())["bill_differs"] == "healed"


def test_money_of_other_wallets_and_days_is_none_of_this_statements(alice: Town) -> None:
    at(alice, 12)
    first = alice.open("wechat")
    second = attempts.open(alice.db, alice.wallets, BILL, "alipay", None, alice.url)
    assert first.attempt != second.attempt
    alice.pay(second)
    asked(alice)
    alice.advance(days=1)
    refunds.owe(alice.db, BILL, "case_ended")
    for _ in range(2):
        alice.keep()
        alice.advance(days=1)
    for day in (yesterday() - DAY, yesterday()):
        assert matched(alice, "alipay", day) == []
