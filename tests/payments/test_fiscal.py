"""The finance system has the last word: reserved, confirmed once, reversed, and a receipt."""

import json
from typing import Any

import pytest

from base import alarms, clock, outbox
from base.errors import Unreachable
from payments import bills, decisions, fiscal, refunds
from payments.wallets.nontax import Finance
from payments.wallets.nontax_wire import NontaxSettings
from payments.wallets.wallet import Forged, Refused
from simulator.wallets import nontax_wire

from .town import BILL, Town

OFFICE = {"app_id": "unit", "secret": "s" * 32, "region": "341821", "unit": "101001"}
UNKNOWN = [
    {"kind": "reset_after"},
    {"kind": "reset"},
    {"kind": "error_after"},
    {"kind": "forged_answer"},
    {"kind": "status", "status": 502},
    {"kind": "error", "code": "9998"},
    {"kind": "status", "status": 200, "body": "{}"},
]


class Office:
    """Alice's town with a finance system beside it, and a worker for what is owed to it."""

    def __init__(self, town: Town) -> None:
        self.town, self.db = town, town.db
        settings = NontaxSettings(
            f"{town.url}/nontax", notify_url="http://127.0.0.1:1/notices/nontax", **OFFICE
        )
        self.finance = Finance(settings)

    def fault(self, path: str, **told: Any) -> None:
        self.town.fault(f"/nontax{path}", **told)

    def counter(self, act: str) -> None:
        assert self.town.control("nontax/counter", order_no=BILL, act=act)["ok"]

    def book(self) -> dict[str, Any]:
        return self.town.web.get(f"{self.town.url}/control/v1/nontax").json()

    def lock(self) -> None:
        fiscal.lock(self.db, self.finance, self.town.bill())

    def pay(self) -> None:
        self.town.pay(self.town.open("wechat"))
        fiscal.wake(self.db, BILL)

    def keep(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            for held in outbox.take(self.db["fiscal"]):
                for owed in held.promises:
                    self._keep(held, owed)
                outbox.release(self.db["fiscal"], held)

    def _keep(self, held: outbox.Held, owed: outbox.Promise) -> None:
        try:
            fiscal.go(self.db, self.finance, owed["data"]["bill"], lambda _: "张丽")
        except Unreachable as late:
            outbox.delayed(self.db["fiscal"], held, owed, str(late), late.until)
        else:
            outbox.kept(self.db["fiscal"], held, owed)

    def settle(self) -> None:
        """Let an hour pass in which everything is asked."""
        for minutes in (1, 2, 5, 15, 40):
            self.town.advance(minutes=minutes)
            self.keep()

    @property
    def record(self) -> fiscal.Record:
        found = fiscal.find(self.db, BILL)
        assert found is not None
        return found

    def refund(self, fen: int) -> None:
        payment = self.town.bill().received[0]
        wish = refunds.Wish(payment["transaction"], fen, "退", "operator:qian", f"k{fen}")
        number = refunds.request(self.db, BILL, wish).number
        decisions.approve(self.db, BILL, number, by="operator:sun")
        for _ in range(3):
            self.town.keep()
            self.town.advance(minutes=2)
        assert self.town.bill().refunds[number].state == "succeeded"
        fiscal.wake(self.db, BILL)

    def sounding(self) -> set[str]:
        return {each["kind"] for each in alarms.standing(self.db)}


@pytest.fixture
def office(open_door: Town) -> Office:
    open_door.place.world.config["nontax"] = OFFICE
    return Office(open_door)


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


@pytest.mark.parametrize("path", ["/notice/issue", "/notice/confirm", "/receipt/*"])
@pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault["kind"])
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
    assert office.sounding() == {"finance_elsewhere"}


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
    office.fault("/notice/issue", kind="error", code="1004")
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


def test_a_bill_cancelled_at_once_was_never_told_of(office: Office) -> None:
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    office.keep()
    assert (office.record.state, office.book()["notices"]) == ("void", [])


def test_a_cancelled_bill_that_a_counter_took_is_for_a_human(office: Office) -> None:
    office.lock()
    office.counter("pay")
    bills.cancel(office.db, BILL, by="operator:qian")
    fiscal.wake(office.db, BILL)
    office.keep()
    assert (office.record.state, office.sounding()) == ("elsewhere", {"finance_elsewhere"})


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
    office.fault("/notice/lock", kind="reset")
    with pytest.raises(Unreachable):
        office.lock()


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
    assert office.sounding() == {"finance_disputed"}
    office.town.advance(minutes=61)
    office.keep()
    assert office.record.live.stage == "applied"


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
