"""Finance's list of a day is held against the books: what a bank took is in both, or differs."""

from base import clock
from payments import fiscal

from .closing import at
from .office import Office
from .refunding import approved
from .test_elsewhere import by_lock, taken
from .test_transfers import fail, pay, transfer
from .town import BILL


def differing(office: Office) -> list[str]:
    return fiscal.compare(office.db, office.finance, clock.today()).differing


def test_what_finance_lists_and_no_books_have_differs_and_is_asked_about(office: Office) -> None:
    office.lock()
    office.counter("pay")
    by_lock(office)
    office.fault("/notice/query", kind="nameless")
    office.keep()
    assert (differing(office), office.town.bill().state) == ([BILL], "open")
    office.keep()
    assert (office.town.bill().state, differing(office)) == ("paid", [])
    assert office.sounding() == set()


def test_what_was_booked_on_a_banks_word_is_held_against_finances_list(office: Office) -> None:
    taken(office)
    found = fiscal.compare(office.db, office.finance, clock.today())
    assert (found.ours, found.ours_fen, found.theirs_fen, found.differing) == (1, 8000, 8000, [])
    for act in ("late", "forget"):
        office.counter(act)
        assert differing(office) == [BILL]


def test_a_payment_of_which_nothing_is_written_down_here_differs(office: Office) -> None:
    office.pay()
    office.keep()
    office.db["fiscal"].delete_one({"_id": BILL})
    assert (differing(office), fiscal.find(office.db, BILL)) == ([BILL], None)


def test_a_day_that_differs_is_for_a_human(office: Office) -> None:
    office.pay()
    office.keep()
    for act in ("late", "forget"):
        office.counter(act)
        assert fiscal.compare(office.db, office.finance, clock.today()).differing == [BILL]
    assert office.sounding() == {"finance_differs"}


def tomorrow(office: Office) -> fiscal.Day:
    """The comparison of the day after, with which today's receipts are tied to today's money."""
    office.town.advance(days=1)
    return fiscal.compare(office.db, office.finance, clock.today())


def test_a_days_receipts_come_to_what_is_held_of_its_payments(office: Office) -> None:
    at(office.town, 12)
    office.pay()
    office.settle()
    office.refund(3000)
    office.settle()
    found = tomorrow(office)
    assert (found.receipts, found.receipts_fen, found.differing) == (1, 5000, [])
    assert office.sounding() == set()


def test_a_payment_without_its_receipt_differs_until_it_is_issued(office: Office) -> None:
    at(office.town, 12)
    office.town.fault("receipt/nontax", "delayed", seconds=100_000)
    office.pay()
    office.keep()
    found = tomorrow(office)
    assert (found.receipts, found.receipts_fen, found.differing) == (0, 0, [BILL])
    assert office.sounding() == {"finance_differs"}
    office.town.advance(hours=4)
    office.keep()
    assert (differing(office), office.sounding()) == ([], set())


def test_a_refund_whose_receipt_was_not_reversed_differs(office: Office) -> None:
    at(office.town, 12)
    office.pay()
    office.settle()
    office.refund(3000)
    assert (tomorrow(office).differing, office.sounding()) == ([BILL], {"finance_differs"})
    office.settle()
    assert differing(office) == []
    assert office.sounding() == set()


def test_refunds_of_what_finance_never_confirmed_have_no_receipt(office: Office) -> None:
    at(office.town, 12)
    office.pay()
    office.keep()
    office.refund(3000)
    office.db["fiscal"].delete_one({"_id": BILL})
    assert tomorrow(office).differing == []


def test_a_transfer_whose_receipt_was_not_reversed_differs(office: Office) -> None:
    at(office.town, 12)
    office.pay()
    office.settle()
    office.town.advance(days=1)
    refund = fail(office.town, approved(office.town, 3000), "refused")
    transfer(office.town, refund)
    pay(office.town, refund)
    assert tomorrow(office).differing == [BILL]
    fiscal.wake(office.db, BILL)
    office.settle()
    assert differing(office) == []
