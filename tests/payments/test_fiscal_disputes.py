"""What fits no rule is for a human: disputed where no asking will change it, else asked again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from base import clock, outbox
from payments import fiscal
from payments.wallets.nontax import Payment

from .office import Office
from .test_elsewhere import late, misfit
from .town import BILL


def by_finance(office: Office) -> None:
    """Finance has our payment, and has given it back."""
    office.fault("/notice/confirm", kind="error_after")
    office.pay()
    office.keep()
    office.finance.reverse(office.record.code, "T1", 8000)


def withdrawn(office: Office) -> None:
    """Finance has not heard of our payment when it withdraws the notice."""
    office.fault("/notice/confirm", kind="reset")
    office.pay()
    office.keep()
    office.finance.void(office.record.code)


def by_another(office: Office) -> None:
    """Finance has another payment in our bill's name."""
    other = Payment("420000000000", "wechat", 8000, clock.now())
    office.finance.confirm(office.record.code, BILL, other)
    office.pay()


@pytest.mark.parametrize(
    ("doing", "about"),
    [(by_finance, "returned"), (withdrawn, "void"), (by_another, "420000000000")],
)
def test_what_finance_will_always_say_of_our_payment_is_disputed_and_not_asked_for_ever(
    office: Office, doing: Callable[[Office], None], about: str
) -> None:
    office.lock()
    doing(office)
    office.settle()
    assert (office.record.state, office.sounding()) == ("disputed", {"finance_disputed"})
    assert office.record.history[-1]["about"] == about
    assert (office.record.tries, office.db["fiscal"].find_one({"_id": BILL})["outbox"]) == (0, {})
    fiscal.again(office.db, BILL, by="operator:sun")
    office.keep()
    assert (office.record.state, office.town.bill().refunds) == ("disputed", {})


def test_what_the_bureau_has_mended_is_confirmed_when_it_is_brought_again(office: Office) -> None:
    office.lock()
    by_another(office)
    office.keep()
    office.counter("undo")
    fiscal.again(office.db, BILL, by="operator:sun")
    office.keep()
    assert (office.record.state, office.sounding()) == ("confirmed", set())


def test_what_the_bureau_puts_right_is_booked_within_a_day_by_itself(office: Office) -> None:
    misfit(office)
    office.town.control("nontax/counter", order_no=BILL, act="late", fen=-100)
    office.town.advance(hours=23)
    office.keep()
    assert office.town.bill().state == "open"
    office.town.advance(hours=2)
    office.keep()
    assert office.town.bill().paid["wallet"] == "bank"
    assert "finance_elsewhere" not in office.sounding()


def test_who_paid_beside_us_is_asked_every_day_until_finance_says(office: Office) -> None:
    office.fault("/notice/query", kind="nameless", times=3)
    late(office, lambda _: None)
    assert office.sounding() == {"finance_elsewhere"}
    for _ in range(3):
        assert office.town.bill().refunds == {}
        office.town.advance(hours=25)
        office.keep()
    (back,) = office.town.bill().refunds.values()
    assert (back.wallet, back.reason, office.sounding()) == ("wechat", "paid_elsewhere", set())


def looks(office: Office) -> list[outbox.Promise]:
    """The looks at Alice's bill that are owed."""
    row = office.db["fiscal"].find_one({"_id": BILL})
    assert row is not None
    return list(row["outbox"].values())


def test_however_often_it_is_woken_what_cannot_be_booked_waits_for_one_look(
    office: Office,
) -> None:
    misfit(office)
    for _ in range(3):
        fiscal.wake(office.db, BILL)
        fiscal.wake(office.db, BILL)
        office.keep(2)
        (waiting,) = looks(office)
        assert waiting["due"] > clock.now() + timedelta(hours=23)


def test_a_waking_while_the_bill_is_looked_at_leads_to_another_look(office: Office) -> None:
    misfit(office)
    fiscal.wake(office.db, BILL)
    (held,) = outbox.take(office.db["fiscal"])
    fiscal.wake(office.db, BILL)
    (new,) = looks(office)
    until = clock.now() + timedelta(days=1)
    outbox.delayed(office.db["fiscal"], held, held.promises[0], "late", until)
    outbox.release(office.db["fiscal"], held)
    assert looks(office) == [new]
    (held,) = outbox.take(office.db["fiscal"])
    fiscal.wake(office.db, BILL)
    (new,) = looks(office)
    outbox.kept(office.db["fiscal"], held, held.promises[0])
    outbox.release(office.db["fiscal"], held)
    assert looks(office) == [new]
    assert len(list(outbox.take(office.db["fiscal"]))) == 1
