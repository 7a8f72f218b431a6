"""What is due before what, and a payment noted once."""

from dataclasses import replace

import pytest

from catalogue import services
from tracking import cases

from ..people.threads import at_once
from .town import answers


def test_a_free_service_never_owes(desk):
    case = desk.submit(quote=type(desk.quote())(lines=(), total=0))
    assert (case.payment.state, case.payment.when) == ("none", None)
    assert desk.move(case, "accept").payment.state == "none"


def test_the_quote_is_kept_as_it_was_made(desk):
    case = desk.submit()
    assert case.quote["total"] == case.payment.amount == 1000
    assert case.quote["lines"][0]["total"] == 1000


@pytest.mark.parametrize(
    ("when", "before", "blocked"),
    [
        ("submit", [], "accept"),
        ("accept", ["accept"], "approve"),
        ("decide", ["accept", "approve"], "close"),
    ],
)
def test_an_unpaid_fee_stops_the_case_where_the_service_says(desk, when, before, blocked):
    paying = desk.with_service(pay_when=when)
    case = paying.submit()
    for move in before:
        assert case.payment.state == "none"
        case = paying.move(case, move)
    assert case.payment.state == "due"
    with pytest.raises(cases.PaymentDue):
        paying.move(case, blocked)
    paying.paid(case)
    assert paying.move(case, blocked).payment.state == "paid"


def test_an_unpaid_case_may_still_be_declined_refused_or_withdrawn(desk):
    case = desk.move(desk.submit(), "accept")
    assert desk.move(case, "refuse", note="视力不合格").state == "refused"
    assert desk.move(desk.move(desk.submit(), "accept"), "withdraw").state == "withdrawn"


def test_a_payment_told_twice_or_eight_times_at_once_is_noted_once(desk):
    case = desk.move(desk.submit(), "accept")
    cases.bill_issued(desk.db, case.number, "b1")
    at_once(*[lambda: desk.paid(case)] * 8)
    found = desk.paid(case)
    assert [step.move for step in found.history] == ["submit", "accept", "bill", "pay"]
    assert (found.payment.state, found.payment.bill) == ("paid", "b1")


def test_a_bill_is_noted_once_and_not_exchanged(desk):
    case = desk.move(desk.submit(), "accept")
    at_once(*[lambda: cases.bill_issued(desk.db, case.number, "b1")] * 4)
    assert len(cases.get(desk.db, case.number).history) == 3
    with pytest.raises(cases.PaymentDiffers):
        cases.bill_issued(desk.db, case.number, "b2")


def test_a_bill_for_a_case_that_owes_nothing_is_refused(desk):
    case = desk.submit()
    with pytest.raises(cases.PaymentDiffers):
        cases.bill_issued(desk.db, case.number, "b1")
    with pytest.raises(cases.PaymentDiffers):
        desk.paid(case)


@pytest.mark.parametrize(("bill", "amount"), [("b2", 1000), ("b1", 999)])
def test_another_bill_or_sum_changes_nothing(desk, bill, amount):
    case = desk.move(desk.submit(), "accept")
    case = cases.bill_issued(desk.db, case.number, "b1")
    with pytest.raises(cases.PaymentDiffers):
        cases.paid(desk.db, case.number, bill, amount)
    assert cases.get(desk.db, case.number) == case


def test_a_payment_may_overtake_the_note_of_its_bill_or_come_after_the_end(desk):
    case = desk.move(desk.submit(), "accept")
    assert desk.paid(case, "b1").payment.bill == "b1"
    assert cases.bill_issued(desk.db, case.number, "b1").payment.state == "paid"
    late = desk.move(desk.move(desk.submit(), "accept"), "withdraw")
    assert desk.paid(late).payment.state == "paid"


def test_a_payment_and_a_decision_at_once_both_count(desk):
    case = desk.with_service(pay_when="submit").submit()
    at_once(lambda: desk.paid(case), lambda: desk.move(case, "decline", note="不属于本机关职权"))
    found = cases.get(desk.db, case.number)
    assert (found.state, found.payment.state) == ("declined", "paid")


@pytest.mark.parametrize(
    ("when", "paid_for", "now"),
    [("accept", 3000, ("none", 3000)), ("submit", 3000, ("due", 3000)), ("accept", 0, ("none", 0))],
)
def test_a_corrected_form_changes_what_is_not_due_yet(desk, when, paid_for, now):
    service = priced(desk, when, 0 if when == "submit" else 1000)
    case = service.move(service.submit(), "ask_supplement")
    priced(desk, when, paid_for)
    photo = {"photo": [desk.file()]}
    case = service.move(case, "supplement", answers=answers(), files=photo)
    assert (case.payment.state, case.payment.amount) == now
    assert case.quote["total"] == paid_for


def test_a_corrected_form_leaves_alone_what_is_due(desk):
    service = priced(desk, "submit", 1000)
    case = service.move(service.submit(), "ask_supplement")
    priced(desk, "submit", 3000)
    photo = {"photo": [desk.file()]}
    case = service.move(case, "supplement", answers=answers(), files=photo)
    assert (case.payment.state, case.payment.amount) == ("due", 1000)


def priced(desk, when, amount):
    """The desk of a service whose only fee is this one from now on."""
    (line,) = desk.service.fees["lines"]
    lines = [line | {"amount": amount}] if amount else []
    fresh = {"content.pay_when": when, "content.fees.lines": lines}
    desk.db["service_versions"].update_one({}, {"$set": fresh})
    return replace(desk, service=services.at(desk.db, desk.service.key, desk.service.version))
