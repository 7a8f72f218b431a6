"""Money that one side has on another day, and refunds that only one side knows."""

import hashlib
import secrets
from datetime import timedelta
from functools import partial

import pytest

from base import clock
from base import store as base_store
from payments import decisions, refunds, repaying
from payments.reconciliation import daily, differences, healing, matching, store
from payments.statements import Line
from payments.wallets.wallet import Refused
from script.chaoses import daybook, reconciling
from script.chaoses.money.town import BILL, CASE, Town
from simulator.wallets import unionpay_files
from tracking import fees

from .closing import QIAN, SUN, asked, at, causes, found, heal, noon_paid, payment, refunding, told
from .refunding import wish

DAY = timedelta(days=1)
SYSTEM = "system"


@pytest.fixture
def noon(alice: Town) -> Town:
    """Alice has paid by WeChat Pay at noon, and we know it."""
    noon_paid(alice)
    return alice


def test_a_line_of_another_days_money_is_no_difference_on_either_day(noon):
    today = clock.today()
    assert told(noon, today + DAY, payment(noon, at=clock.now() + DAY)) == {}
    assert told(noon, today) == {}


def test_what_was_missed_is_found_when_the_other_day_tells_of_it(noon):
    today = clock.today()
    assert told(noon, today) == {"unlisted": "open"}
    assert told(noon, today + DAY, payment(noon, at=clock.now() + DAY)) == {}
    assert causes(noon, today) == {"unlisted": "healed"}


@pytest.mark.parametrize(
    ("other", "cause"), [({"fen": 1}, "amount"), ({"order": "X" * 24}, "identity")]
)
def test_a_line_of_another_days_money_must_agree_with_it(noon, other, cause):
    tomorrow = clock.today() + DAY
    line = payment(noon, at=clock.now() + DAY, **other)
    assert told(noon, tomorrow, line) == {cause: "open"}


def test_a_case_that_owes_what_its_bill_has_told_it_is_paid_is_a_difference(noon):
    today = clock.today()

    def again(owing):
        daily.match(noon.db, noon.wallets, store.name("wechat", today), owing)
        return causes(noon, today)

    told(noon, today, payment(noon))
    noon.db["cases"].insert_one({"_id": CASE, "payment": {"state": "due"}})
    assert again(partial(fees.owing, noon.db)) == {}
    assert "bill.paid" in noon.keep()
    assert again(lambda among: {CASE} if among is None else ()) == {}
    assert again(partial(fees.owing, noon.db)) == {"case_differs": "open"}
    noon.db["cases"].update_one({"_id": CASE}, {"$set": {"payment.state": "paid"}})
    assert again(partial(fees.owing, noon.db)) == {"case_differs": "healed"}


def test_nothing_goes_back_of_a_payment_the_statement_denies_until_that_is_settled(noon):
    waiting = refunds.request(noon.db, BILL, wish(noon, 100))
    assert told(noon, clock.today()) == {"unlisted": "open"}
    for act in (
        lambda: refunds.request(noon.db, BILL, wish(noon, 200, key="another")),
        lambda: decisions.approve(noon.db, BILL, waiting.number, by=SUN),
    ):
        with pytest.raises(refunds.PaymentDisputed):
            act()
    (owed,) = refunds.owe(noon.db, BILL, "case_ended")
    assert (owed.state, owed.decided_by) == ("requested", "")
    (one,) = found(noon, "wechat", clock.today())
    differences.propose(noon.db, one.id, by=QIAN, reason="timing", note="次日到账")
    differences.agree(noon.db, one.id, by=SUN)
    for each in (waiting, owed):
        assert decisions.approve(noon.db, BILL, each.number, by=SUN).state == "approved"


def test_nothing_goes_back_of_a_payment_listed_under_another_transaction(noon):
    line = payment(noon, transaction="4" * 28)
    assert told(noon, clock.today(), line) == {"identity": "open"}
    with pytest.raises(refunds.PaymentDisputed):
        refunds.request(noon.db, BILL, wish(noon, 100))


def test_a_refund_under_way_is_looked_for_on_the_day_it_arrives(noon):
    today = clock.today()
    owed, line = refunding(noon)
    assert told(noon, today, payment(noon), line) == {}
    noon.advance(days=1)
    repaying.go(noon.db, noon.wallets, BILL, owed.number)
    noon.db["money_facts"].update_one({"kind": "refund"}, {"$set": {"day": str(today + DAY)}})
    assert told(noon, today + DAY) == {}


def test_a_refund_booked_by_the_statement_is_not_missed_on_the_day_it_arrived(noon):
    today = clock.today()
    _, line = refunding(noon, state="SUCCESS")
    noon.advance(hours=1)
    assert told(noon, today, payment(noon), line) == {"refund_unbooked": "open"}
    assert heal(noon, today) == {"refund_unbooked": "healed"}
    noon.db["money_facts"].update_one({"kind": "refund"}, {"$set": {"day": str(today + DAY)}})
    assert told(noon, today + DAY) == {}


def test_a_refund_that_arrived_with_another_sum_differs(noon):
    today = clock.today()
    owed, line = refunding(noon, fen=7999)
    assert told(noon, today, payment(noon), line) == {}
    noon.advance(days=1)
    repaying.go(noon.db, noon.wallets, BILL, owed.number)
    noon.db["money_facts"].update_one({"kind": "refund"}, {"$set": {"day": str(today + DAY)}})
    assert told(noon, today + DAY) == {"refund_amount": "open"}


def test_a_refund_the_statement_does_not_list_is_asked_about(noon):
    today = clock.today()
    owed, _ = refunding(noon)
    noon.advance(minutes=30)
    repaying.go(noon.db, noon.wallets, BILL, owed.number)
    assert told(noon, today, payment(noon)) == {"refund_unlisted": "open"}
    assert heal(noon, today) == {"refund_unlisted": "open"}
    (one,) = found(noon, "wechat", today)
    assert one.says == "succeeded"
    assert differences.ask(noon.db, one.id, by=QIAN).history[-1]["move"] == "asked"


def test_a_refund_of_a_stranger_is_somebodys_to_see_to(noon):
    today = clock.today()
    strange = payment(noon, order="X", transaction="Y", refund="R", id="I")
    assert told(noon, today, payment(noon), strange) == {"refund_stranger": "open"}
    assert heal(noon, today) == {"refund_stranger": "open"}


def cleared(town, fact, fen=100):
    """UnionPay's file with the payment and a refund of it made at the console."""
    stamp = f"{clock.now().astimezone(clock.SHANGHAI):%m%d%H%M%S}"
    made = []
    for kind, query, of in (("01", fact["transaction"], ""), ("04", "9" * 21, fact["transaction"])):
        fields = {
            unionpay_files.AT: stamp,
            unionpay_files.AMOUNT: f"{fact['amount'] if kind == '01' else fen:012d}",
            unionpay_files.QUERY_ID: query,
            unionpay_files.ORDER: fact["attempt"] if kind == "01" else "CONSOLE1",
            unionpay_files.TYPE: kind,
            unionpay_files.OF: of,
            unionpay_files.MERCHANT: "777290058110048",
        }
        widths = enumerate(unionpay_files.WIDTHS)
        made.append(" ".join(fields.get(n, "").ljust(width) for n, width in widths))
    return "\r\n".join([*made, ""]).encode()


@pytest.mark.parametrize(("by", "state"), [(SYSTEM, "healed"), (QIAN, "open")])
def test_unionpays_own_file_proves_a_console_refund_and_an_upload_does_not(alice, by, state):
    at(alice, 12)
    today, opened = clock.today(), alice.open("unionpay")
    alice.pay(opened)
    asked(alice)
    (fact,) = alice.db["money_facts"].find({})
    content = cleared(alice, fact)
    assert told(alice, today, wallet="unionpay", by=by, content=content) == {
        "refund_console": "open"
    }
    assert heal(alice, today, "unionpay") == {"refund_console": state}
    assert alice.bill().refundable == (7900 if state == "healed" else 8000)
    line = hashlib.sha256(content.splitlines()[1]).hexdigest()
    proofs = [
        (each["source"], each["proof"]) for each in alice.db["money_facts"].find({"kind": "refund"})
    ]
    assert proofs == ([("statement", line)] if state == "healed" else [])


def test_what_only_an_officers_file_said_is_not_booked_once_unionpays_own_has_come(alice):
    at(alice, 12)
    today, opened = clock.today(), alice.open("unionpay")
    alice.pay(opened)
    asked(alice)
    (fact,) = alice.db["money_facts"].find({})
    brought, own = cleared(alice, fact, fen=5000), cleared(alice, fact, fen=100)
    told(alice, today, wallet="unionpay", by=QIAN, content=brought)
    told(alice, today, wallet="unionpay", content=own)
    assert heal(alice, today, "unionpay") == {"refund_console": "open"}
    assert alice.bill().refundable == 8000


def entry(number="A", transaction="1", amount=100, kind="payment"):
    return matching.Entry(kind, number, transaction, amount, clock.now(), "", "", False, "")


def line(number="A", transaction="1", amount=100, kind="payment"):
    return Line(kind, number, transaction, amount, clock.now(), "done", number, "", 0)


@pytest.mark.parametrize(
    ("theirs", "ours", "causes"),
    [
        ([line()], [entry()], [""]),
        ([line()], [entry("B")], ["theirs", "ours"]),
        ([line("B")], [entry()], ["ours", "theirs"]),
        ([line(), line()], [entry()], ["", "repeated"]),
        ([line(transaction="2")], [entry()], ["identity"]),
        ([line(), line(transaction="2")], [entry()], ["", "theirs"]),
        ([line(amount=1, kind="refund")], [entry(kind="refund")], ["refund_amount"]),
        ([line(kind="refund")], [entry()], ["ours", "theirs"]),
        ([], [entry(), entry(transaction="2")], ["ours", "ours"]),
    ],
)
def test_two_ordered_sides_are_walked_once(theirs, ours, causes):
    assert [each.cause for each in matching.pairs(theirs, ours)] == causes


class Grumpy:
    """A wallet that says no."""

    def query(self, *_):
        raise Refused("NO_AUTH")


def test_a_wallet_that_refuses_to_answer_is_quoted(noon):
    today, opened = clock.today(), noon.opened
    line = payment(noon)
    noon.db["money_facts"].delete_many({"attempt": opened.attempt})
    assert told(noon, today, line) == {"unbooked": "open"}
    (one,) = found(noon, "wechat", today)
    healing.heal(noon.db, {"wechat": Grumpy()}, one.id)
    assert differences.get(noon.db, one.id).says == "NO_AUTH"
    differences.propose(noon.db, one.id, by=QIAN, reason="other", note="x")
    differences.agree(noon.db, one.id, by=SUN)
    healing.heal(noon.db, {"wechat": Grumpy()}, one.id)
    assert differences.get(noon.db, one.id).state == "closed"


@pytest.fixture
def shelf(store_uri, keys):
    """A database with the indexes that reconciling takes, and no others: they cost time."""
    fresh = base_store.connect(store_uri(f"t{secrets.token_hex(6)}"))
    base_store.ensure(fresh, store.INDEXES)
    yield fresh
    fresh.client.close()


def test_a_long_statement_with_ten_kinds_of_fault(shelf, tmp_path):
    made, path = daybook.made_up(2000, 40), tmp_path / "statement.csv"
    daybook.keep(shelf, made)
    path.with_suffix(".funds").write_bytes(daybook.account(made.lines))
    path.write_bytes(daybook.statement(made.lines, wrong=1))
    assert reconciling.reconcile(shelf, path)["state"] == "rejected"
    path.write_bytes(daybook.statement(made.lines))
    told = reconciling.reconcile(shelf, path)
    assert (told["state"], told["lines"]) == ("matched", len(made.lines))
    assert not told["changed_by_second_run"]
    found = {(row["cause"], row["number"]) for row in shelf["differences"].find({})}
    assert found == made.faults
    assert {cause for cause, _ in found} == set(daybook.KINDS)
