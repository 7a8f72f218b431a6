"""The finance system has the last word: reserved, confirmed once, reversed, and a receipt."""

from typing import Any

import pytest

from payments import fiscal

from .office import Office
from .town import BILL

UNKNOWN = [
    {"kind": "reset_after"},
    {"kind": "error_after"},
    {"kind": "reset"},
    {"kind": "forged_answer"},
    {"kind": "old_answer"},
    {"kind": "other_answer"},
    {"kind": "status", "status": 502},
    {"kind": "error", "code": "9998"},
    {"kind": "status", "status": 200, "body": "{}"},
]


def test_a_paid_bill_is_confirmed_and_gets_its_receipt(office: Office) -> None:
    office.lock()
    office.pay()
    office.keep()
    assert (office.record.state, office.record.live.stage) == ("confirmed", "applied")
    assert fiscal.shown(office.db, BILL)[0]["state_name"] == "正在开具"
    office.settle()
    (shown,) = fiscal.shown(office.db, BILL)
    assert (shown["state"], shown["amount"], len(shown["code"])) == ("issued", 8000, 8)
    (levy,), (made,) = office.book()["notices"], office.book()["receipts"]
    assert (levy["status"], made["payer"], made["bill_no"]) == (3, "张丽", shown["number"])


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        *(("/notice/confirm", fault) for fault in UNKNOWN),
        *((path, fault) for path in ("/notice/issue", "/receipt/*") for fault in UNKNOWN[:2]),
    ],
)
def test_whatever_gets_lost_everything_happens_once(
    office: Office, path: str, fault: dict[str, Any]
) -> None:
    office.fault(path, times=2, **fault)
    office.pay()
    office.settle()
    assert office.record.state == "confirmed"
    assert (office.record.doubt, office.record.tries) == ("", 0)
    assert [each["state"] for each in office.book()["receipts"]] == ["ISSUED"]
    assert [each["status"] for each in office.book()["notices"]] == [3]


def test_a_refund_of_a_part_reverses_the_receipt_and_makes_another(office: Office) -> None:
    office.pay()
    office.settle()
    for path in ("/receipt/red", "/notice/reverse", "/receipt/apply"):
        office.fault(path, kind="error_after")
    office.refund(3000)
    office.settle()
    assert [(each.stage, each.amount) for each in office.record.receipts] == [
        ("red", 8000),
        ("issued", 5000),
    ]
    assert list(office.book()["notices"][0]["returned"].values()) == [3000]


def test_a_receipt_asked_for_before_a_refund_and_heard_of_after_it_is_put_right(
    office: Office,
) -> None:
    office.fault("/receipt/apply", kind="error_after")
    office.pay()
    office.keep()
    assert office.record.doubt == "apply"
    office.refund(3000)
    office.settle()
    office.settle()
    assert [(each["state"], each["fee"]) for each in office.book()["receipts"]] == [
        ("RED", 8000),
        ("ISSUED", 5000),
    ]
    assert [each.stage for each in office.record.receipts] == ["red", "issued"]


def test_a_refund_of_the_whole_leaves_no_receipt(office: Office) -> None:
    office.pay()
    office.settle()
    office.refund(8000)
    office.settle()
    assert [each["state"] for each in fiscal.shown(office.db, BILL)] == ["red"]
    assert office.book()["notices"][0]["status"] == 5


def test_a_refund_waits_for_a_receipt_under_way(office: Office) -> None:
    office.town.fault("receipt/nontax", "delayed", seconds=1200)
    office.pay()
    office.keep()
    office.refund(8000)
    office.keep()
    assert [each.stage for each in office.record.receipts] == ["applied"]
    office.settle()
    assert [each.stage for each in office.record.receipts] == ["red"]


def test_what_a_counter_has_taken_is_not_taken_again(office: Office) -> None:
    office.lock()
    office.counter("pay")
    for _ in range(2):
        with pytest.raises(fiscal.PaidElsewhere):
            office.lock()
    assert office.record.state == "elsewhere"


def test_what_was_paid_twice_goes_back(office: Office) -> None:
    office.lock()
    office.counter("pay")
    office.pay()
    office.keep()
    office.settle()
    assert office.record.state == "elsewhere"
    (back,) = office.town.bill().refunds.values()
    assert (back.reason, back.amount, back.state) == ("paid_elsewhere", 8000, "approved")
    assert office.record.receipts == ()


def test_a_notice_that_another_holds_waits(office: Office) -> None:
    office.keep()
    fiscal.wake(office.db, BILL)
    office.keep()
    office.counter("hold")
    with pytest.raises(fiscal.LevyLocked):
        office.lock()
    office.town.advance(minutes=11)
    office.lock()
    assert office.book()["notices"][0]["holder"] == BILL


def test_another_sum_is_for_a_human(office: Office) -> None:
    office.lock()
    office.pay()
    office.counter("late")
    office.keep()
    assert office.record.state == "disputed"
    assert [each.bill for each in fiscal.disputed(office.db)] == [BILL]
    assert office.sounding() == {"finance_disputed"}
    fiscal.again(office.db, BILL, by="operator:qian")
    assert office.sounding() == set()
    office.keep()
    assert office.record.state == "disputed"


def test_another_sum_stops_the_payment_before_it_is_made(office: Office) -> None:
    office.lock()
    office.counter("late")
    for _ in range(2):
        with pytest.raises(fiscal.LevyDisputed):
            office.lock()
    office.db["bills"].update_one({"_id": BILL}, {"$set": {"state": "cancelled"}})
    office.lock()


def test_only_a_dispute_is_brought_again(office: Office) -> None:
    for _ in range(2):
        with pytest.raises(fiscal.NotDisputed):
            fiscal.again(office.db, BILL, by="operator:qian")
        office.lock()


def test_a_no_to_the_very_first_word_is_a_dispute(office: Office) -> None:
    office.fault("/notice/issue", kind="error", code="2005")
    fiscal.wake(office.db, BILL)
    office.keep()
    assert office.record.state == "disputed"
    fiscal.again(office.db, BILL, by="operator:qian")
    office.keep()
    assert office.record.state == "unpaid"


def test_a_reduced_bill_has_its_notice_amended(office: Office) -> None:
    office.lock()
    office.db["bills"].update_one({"_id": BILL}, {"$set": {"total": 5000}})
    office.lock()
    assert (office.book()["notices"][0]["holder"], office.record.amount) == (BILL, 5000)
