"""What finance denies of a payment: nothing is granted, and of a bank's money nothing goes back."""

from collections.abc import Callable

import pytest

from payments import decisions, fiscal, refunds
from payments.wallets.nontax import Payment

from .closing import at
from .office import Office
from .refunding import QIAN, SUN
from .test_elsewhere import taken
from .test_fiscal_disputes import by_another, by_finance, withdrawn
from .town import BILL


def reversed_by_the_bank(office: Office) -> str:
    """What a bank took is booked and then reversed; its transaction, on the next day."""
    at(office.town, 12)
    transaction = taken(office).received[0]["transaction"]
    office.counter("undo")
    office.town.advance(days=1)
    fiscal.compare_due(office.db, office.finance)
    assert office.sounding() == {"finance_differs"}
    return transaction


def wish(transaction: str, key: str = "k") -> refunds.Wish:
    return refunds.Wish(transaction, 1000, "退", QIAN, key)


def denied(office: Office) -> bool:
    return fiscal.denies(office.db, office.town.bill())


def test_a_banks_payment_that_finances_list_lacks_is_denied_and_does_not_go_back(
    office: Office,
) -> None:
    transaction = reversed_by_the_bank(office)
    assert denied(office)
    with pytest.raises(refunds.PaymentDisputed):
        refunds.request(office.db, BILL, wish(transaction))
    (owed,) = refunds.owe(office.db, BILL, "case_ended")
    assert owed.state == "requested"
    with pytest.raises(refunds.PaymentDisputed):
        decisions.approve(office.db, BILL, owed.number, by=SUN)


def again(office: Office) -> None:
    """The bureau puts a bank's payment of yesterday back into its list."""
    (notice,) = office.book()["notices"]
    office.finance.confirm(office.record.code, "bank", paid(office))
    assert notice["order_no"] == BILL


def paid(office: Office) -> Payment:
    told = office.town.bill().paid
    assert told is not None
    return Payment(told["transaction"], "bank", told["amount"], told["at"])


@pytest.mark.parametrize("days", [0, 10])
def test_a_banks_payment_is_not_denied_any_more_once_the_day_agrees_however_late(
    office: Office, days: int
) -> None:
    transaction = reversed_by_the_bank(office)
    office.town.advance(days=days)
    fiscal.compare_due(office.db, office.finance)
    assert denied(office)
    again(office)
    office.town.advance(hours=25 if days else 0)
    fiscal.compare_due(office.db, office.finance)
    assert (denied(office), office.sounding()) == (False, set())
    asked = refunds.request(office.db, BILL, wish(transaction))
    assert decisions.approve(office.db, BILL, asked.number, by=SUN).state == "approved"


def test_an_old_day_that_differs_is_compared_once_a_day(office: Office) -> None:
    reversed_by_the_bank(office)
    office.town.advance(days=10)
    fiscal.compare_due(office.db, office.finance)
    again(office)
    office.town.advance(hours=23)
    fiscal.compare_due(office.db, office.finance)
    assert denied(office)


def disputed(office: Office, doing: Callable[[Office], None]) -> None:
    office.lock()
    doing(office)
    office.settle()
    assert (office.record.state, office.sounding()) == ("disputed", {"finance_disputed"})


def test_our_own_payment_that_finance_disputes_is_denied_and_can_go_back(office: Office) -> None:
    assert not denied(office)
    disputed(office, by_finance)
    assert denied(office)
    office.refund(3000)
    office.keep()
    assert (office.record.state, denied(office)) == ("disputed", True)


def test_what_finance_confirms_is_not_denied(office: Office) -> None:
    office.pay()
    assert not denied(office)
    office.settle()
    assert not denied(office)


@pytest.mark.parametrize(
    ("doing", "state"), [(by_finance, "void"), (withdrawn, "void"), (by_another, "elsewhere")]
)
def test_a_dispute_about_what_has_gone_back_whole_ends(
    office: Office, doing: Callable[[Office], None], state: str
) -> None:
    disputed(office, doing)
    office.refund(8000)
    office.keep()
    assert (office.town.bill().state, office.record.state) == ("paid", state)
    assert (office.sounding(), denied(office)) == (set(), False)
    fiscal.wake(office.db, BILL)
    office.keep()
    assert (office.record.state, office.sounding()) == (state, set())


def test_what_finance_has_after_all_of_a_payment_that_went_back_is_reversed(
    office: Office,
) -> None:
    disputed(office, by_another)
    office.counter("undo")
    ours = paid(office)
    office.finance.confirm(office.record.code, BILL, ours)
    office.refund(8000)
    office.settle()
    assert (office.record.state, office.sounding()) == ("confirmed", set())
    assert sum(office.record.returned.values()) == 8000


def test_a_notice_that_finance_neither_withdraws_nor_has_as_paid_is_asked_about_again(
    office: Office,
) -> None:
    disputed(office, by_finance)
    office.refund(8000)
    office.counter("undo")
    office.fault("/notice/void", kind="error", code="2002")
    office.keep()
    assert office.record.state == "disputed"
    office.settle()
    assert (office.record.state, office.sounding()) == ("void", set())
