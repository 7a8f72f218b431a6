"""Finance's list of a day is held against the books: what a bank took is in both, or differs."""

from base import clock
from payments import fiscal

from .office import Office
from .test_elsewhere import by_lock, taken
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
