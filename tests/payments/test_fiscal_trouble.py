"""What the finance system will not have, says late, or does not say at all."""

import json
from contextlib import suppress
from typing import Any

import pytest

from base import clock
from base.errors import Unreachable
from payments import bills, fiscal
from payments.wallets.wallet import Forged, Refused
from simulator.wallets import nontax_wire

from .closing import at
from .office import Office
from .town import BILL


@pytest.mark.parametrize("known", [True, False])
def test_a_cancelled_bill_has_its_notice_withdrawn(office: Office, known: bool) -> None:
    if not known:
        office.fault("/notice/issue", kind="reset_after")
    fiscal.wake(office.db, BILL)
    office.keep()
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    office.fault("/notice/void", kind="error_after")
    office.settle()
    assert office.record.state == "void"
    assert [each["status"] for each in office.book()["notices"]] == [12]


@pytest.mark.parametrize("void", ["", "2005"])
def test_a_disputed_notice_is_withdrawn_with_its_bill(office: Office, void: str) -> None:
    office.lock()
    office.counter("late")
    with pytest.raises(fiscal.LevyDisputed):
        office.lock()
    assert office.sounding() == {"finance_disputed"}
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    if void:
        office.fault("/notice/void", kind="error_after", code=void)
    office.keep()
    assert (office.record.state, office.sounding()) == ("void", set())
    assert [each["status"] for each in office.book()["notices"]] == [12]


def test_a_disputed_notice_that_a_counter_took_is_no_difference(office: Office) -> None:
    office.lock()
    office.counter("late")
    with pytest.raises(fiscal.LevyDisputed):
        office.lock()
    office.counter("pay")
    assert fiscal.compare(office.db, office.finance, clock.today()).differing == []
    assert (office.record.state, office.sounding()) == ("elsewhere", set())


def test_a_bill_cancelled_at_once_was_never_told_of(office: Office) -> None:
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    office.keep()
    assert (office.record.state, office.book()["notices"]) == ("void", [])


def test_a_cancelled_bill_that_a_counter_took_is_given_back_by_hand(office: Office) -> None:
    office.lock()
    office.counter("pay")
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    office.keep()
    (back,) = office.town.bill().refunds.values()
    assert (back.wallet, back.reason, back.state) == ("bank", "surplus", "approved")
    assert (office.record.state, office.sounding()) == ("elsewhere", set())


def test_a_silent_system_is_an_alarm_until_it_speaks(office: Office) -> None:
    office.lock()
    office.fault("/notice/confirm", kind="reset", times=4)
    office.pay()
    for _ in range(4):
        office.keep()
        office.town.advance(minutes=11)
    assert office.sounding() == {"finance_silent"}
    assert (office.record.doubt, office.record.tries) == ("confirm", 4)
    office.town.advance(minutes=31)
    office.keep()
    assert (office.sounding(), office.record.state) == (set(), "confirmed")


def test_nobody_pays_while_the_system_is_silent(office: Office) -> None:
    office.fault("/notice/lock", kind="reset", times=3)
    for _ in range(3):
        with pytest.raises(Unreachable):
            office.lock()
    assert office.sounding() == {"finance_silent"}
    office.lock()
    assert (office.sounding(), office.record.tries) == (set(), 0)


def test_a_receipt_that_fails_is_asked_for_again(office: Office) -> None:
    office.town.fault("receipt/nontax", "failed")
    office.pay()
    office.keep()
    office.town.advance(minutes=1)
    office.keep()
    assert office.sounding() == {"finance_receipt"}
    assert fiscal.shown(office.db, BILL) == []
    office.settle()
    assert [each.stage for each in office.record.receipts] == ["failed", "issued"]


def test_a_receipt_that_takes_a_day_is_an_alarm(office: Office) -> None:
    office.town.fault("receipt/nontax", "delayed", seconds=100_000)
    office.pay()
    office.keep()
    office.town.advance(hours=25)
    office.keep()
    assert office.sounding() == {"finance_receipt"}
    office.town.advance(hours=4)
    office.keep()
    assert office.record.live.stage == "issued"


def test_a_no_after_the_money_is_confirmed_is_asked_again(office: Office) -> None:
    office.pay()
    office.fault("/receipt/apply", kind="error", code="3003")
    office.keep()
    assert office.sounding() == {"finance_refuses"}
    office.town.advance(minutes=1)
    office.keep()
    assert office.record.live.stage == "applied"
    assert office.sounding() == set()


@pytest.mark.parametrize("path", ["issue", "lock"])
def test_a_no_that_is_not_about_the_notice_disputes_nothing(office: Office, path: str) -> None:
    office.fault(f"/notice/{path}", kind="error", code="1001")
    with pytest.raises(Unreachable, match="1001"):
        office.lock()
    assert office.sounding() == {"finance_refuses"}
    office.lock()
    assert (office.record.state, office.sounding()) == ("unpaid", set())
    office.fault("/notice/confirm", kind="error", code="1001")
    office.pay()
    office.keep()
    assert (office.record.state, office.sounding()) == ("unpaid", {"finance_refuses"})
    office.settle()
    assert (office.record.state, office.sounding()) == ("confirmed", set())


def test_a_bill_paid_while_its_notice_is_reserved_is_not_paid_elsewhere(office: Office) -> None:
    office.lock()
    before = office.town.bill()
    office.pay()
    office.fault("/notice/confirm", kind="error_after")
    office.keep()
    fiscal.lock(office.db, office.finance, before)
    office.settle()
    assert (office.record.state, office.sounding()) == ("confirmed", set())


def test_a_posted_notice_is_believed_only_when_signed(office: Office) -> None:
    world, path = office.town.place.world, "/notices/nontax"
    body = json.dumps({"order_no": BILL}).encode()
    signed = nontax_wire.headers(world, path, body)
    assert office.finance.read_notice(signed, path, body) == BILL
    old = {**signed, "X-Timestamp": str(int(clock.now().timestamp()) - 400)}
    for headers, said in ((signed, b"{}"), (old, body), ({}, body)):
        with pytest.raises(Forged):
            office.finance.read_notice(headers, path, said)
    empty = nontax_wire.headers(world, path, b"[]")
    with pytest.raises(Forged, match="shape"):
        office.finance.read_notice(empty, path, b"[]")


def test_an_unknown_notice_is_a_definite_no(office: Office) -> None:
    with pytest.raises(Refused, match="2001"):
        office.finance.query("0" * 20)
    assert office.finance.receipt("nothing") is None
    with pytest.raises(Refused, match="3001"):
        office.finance.red("nothing", "退")


def test_finances_day_agrees_with_ours(office: Office) -> None:
    office.pay()
    office.keep()
    today = clock.today()
    for _ in range(2):
        found = fiscal.compare(office.db, office.finance, today)
        assert (found.ours, found.theirs, found.ours_fen, found.theirs_fen) == (1, 1, 8000, 8000)
        assert (found.differing, office.sounding()) == ([], set())


def test_a_counters_payment_that_nobody_told_us_of_is_followed(office: Office) -> None:
    office.lock()
    office.counter("pay")
    for ours in range(2):
        found = fiscal.compare(office.db, office.finance, clock.today())
        assert (found.ours, found.theirs, found.differing) == (ours, 1, [])
        assert office.record.state == "elsewhere"
        office.keep()


def test_our_own_payment_is_ours_though_its_confirmation_was_not_written_down(
    office: Office,
) -> None:
    office.lock()
    office.fault("/notice/confirm", kind="error_after")
    office.pay()
    office.keep()
    assert office.record.state == "unpaid"
    found = fiscal.compare(office.db, office.finance, clock.today())
    assert (found.theirs, found.differing, office.sounding()) == (1, [], set())
    office.settle()
    assert office.record.state == "confirmed"


def test_what_a_counter_took_beside_our_own_payment_goes_back(office: Office) -> None:
    office.lock()
    office.counter("pay")
    office.town.pay(office.town.open("wechat"))
    assert fiscal.compare(office.db, office.finance, clock.today()).differing == [BILL]
    office.keep()
    (back,) = office.town.bill().refunds.values()
    assert (back.reason, back.amount) == ("paid_elsewhere", 8000)
    assert fiscal.compare(office.db, office.finance, clock.today()).differing == []


def test_what_is_paid_here_after_a_counter_took_it_goes_back(office: Office) -> None:
    office.lock()
    opened = office.town.open("wechat")
    office.counter("pay")
    fiscal.compare(office.db, office.finance, clock.today())
    office.town.pay(opened)
    for _ in range(2):
        fiscal.wake(office.db, BILL)
        office.keep()
    (back,) = office.town.bill().refunds.values()
    assert (back.reason, back.amount) == ("paid_elsewhere", 8000)


def test_a_day_is_compared_once_from_ten_on(office: Office) -> None:
    at(office.town, 9)
    fiscal.compare_due(office.db, office.finance)
    office.fault("/daily", kind="reset")
    fiscal.compare_due(office.db, office.finance)
    office.town.advance(hours=1)
    with pytest.raises(Unreachable):
        fiscal.compare_due(office.db, office.finance)
    for _ in range(2):
        fiscal.compare_due(office.db, office.finance)
        office.fault("/daily", kind="reset")


def test_a_day_that_was_not_told_or_differed_is_compared_later(office: Office) -> None:
    office.pay()
    office.keep()
    paid = clock.today().isoformat()
    office.town.advance(minutes=1)
    office.keep()
    office.fault("/daily", kind="reset", times=1)
    assert day_after(office, paid) is None
    late = {"order_no": BILL, "act": "late"}
    office.town.control("nontax/counter", **late, fen=100)
    assert day_after(office, paid)["differing"] == [BILL]
    assert office.sounding() == {"finance_differs"}
    office.town.control("nontax/counter", **late, fen=-100)
    assert day_after(office, paid)["differing"] == []
    assert office.sounding() == set()


def day_after(office: Office, day: str) -> Any:
    """What is kept of a day's comparison once it is eleven on the next morning."""
    now = clock.now().astimezone(clock.SHANGHAI)
    office.town.advance(seconds=(24 + 11 - now.hour) * 3600)
    with suppress(Unreachable):
        fiscal.compare_due(office.db, office.finance)
    return office.db["fiscal_days"].find_one({"_id": day})
