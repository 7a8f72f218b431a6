"""What waits for officers is found however much there is, an agency's among all the others'."""

from datetime import timedelta
from typing import Any

from base import alarms, clock
from payments import bills, counter, decisions, refunds, reporting, slips, waivers

from .refunding import QIAN, SUN, approved, paid, wish
from .test_counter import CASH, take
from .town import BILL, Town


def many(town: Town, count: int, **other: Any) -> None:
    """So many bills like the one there is, changed later."""
    row = town.db["bills"].find_one({"_id": BILL}) or {}
    later = {"updated": clock.now() + timedelta(seconds=1)}
    town.db["bills"].insert_many(
        row | later | other | {"_id": f"{BILL}-{n}", "outbox": {}} for n in range(count)
    )


def of(town: Town, agency: str) -> None:
    town.db["bills"].update_one({"_id": BILL}, {"$set": {"agency": agency}})


def test_a_days_close_has_every_slip_of_the_day(alice: Town) -> None:
    take(alice)
    many(alice, 250)
    found = slips.waiting(alice.db)
    assert len(found) == 251
    assert slips.drawer(slip for _, slip in found) == 251 * 8000


def test_an_agency_finds_what_waits_for_it_among_the_others(alice: Town) -> None:
    take(alice)
    asked = refunds.request(alice.db, BILL, wish(alice, 3000))
    many(alice, 3, agency="elsewhere")
    of(alice, "ours")
    ((bill, found),) = refunds.waiting(alice.db, "requested", 2, "ours")
    assert (bill.number, found.number) == (BILL, asked.number)
    ((bill, slip),) = slips.waiting(alice.db, limit=2, agency="ours")
    assert (bill.number, slip.number) == (BILL, CASH.number)
    decisions.approve(alice.db, BILL, asked.number, by=SUN)
    assert [bill.number for bill, _ in counter.payouts(alice.db, 2, "ours")] == [BILL]
    assert waivers.waiting(alice.db, 2, "ours") == []


def test_what_waits_longest_is_found_first(alice: Town) -> None:
    take(alice)
    asked = refunds.request(alice.db, BILL, wish(alice, 3000))
    many(alice, 3)
    found = [refunds.waiting(alice.db, "requested", 1), slips.waiting(alice.db, limit=1)]
    assert [[bill.number for bill, _ in each] for each in found] == [[BILL]] * 2
    decisions.approve(alice.db, BILL, asked.number, by=SUN)
    row = alice.db["bills"].find_one({"_id": BILL}) or {}
    young = {"_id": f"{BILL}-young", "outbox": {}, "updated": clock.now() + timedelta(seconds=9)}
    alice.db["bills"].insert_one(row | young)
    assert [bill.number for bill, _ in counter.payouts(alice.db, 1)] == [BILL]


def test_an_agency_finds_its_bills_among_the_others(alice: Town) -> None:
    many(alice, 3, agency="elsewhere", created=clock.now() + timedelta(seconds=1))
    of(alice, "ours")
    assert [bill.number for bill in bills.recent(alice.db, "open", 2, "ours")] == [BILL]
    alice.advance(days=90)
    assert [bill.number for bill in bills.overdue(alice.db, 2, "ours")] == [BILL]


def test_an_agency_finds_the_reduction_that_waits_for_it_among_the_others(alice: Town) -> None:
    wanted = waivers.Wish(100, "cert", "条例第三条", "低保", QIAN, "k")
    waivers.ask(alice.db, BILL, wanted)
    many(alice, 3, agency="elsewhere")
    of(alice, "ours")
    assert [bill.number for bill, _ in waivers.waiting(alice.db, 2, "ours")] == [BILL]


def test_a_stuck_refund_is_told_of_however_many_others_are_under_way(alice: Town) -> None:
    paid(alice)
    refund = approved(alice, 3000)
    alice.fault("refund/wechat", "processing", seconds=40 * 86400)
    alice.keep()
    alice.advance(days=11)
    kept = (alice.db["bills"].find_one({"_id": BILL}) or {})["refunds"][refund.number]
    young = {refund.number: kept | {"created": clock.now()}}
    many(alice, 1001, refunds=young, history=[])
    reporting.report(alice.db)
    (alarm,) = alarms.standing(alice.db)
    assert (alarm["kind"], alarm["facts"]) == ("refunds_owed", {"count": 1, "yuan": "30.00"})
