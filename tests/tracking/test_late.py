"""What goes late, or never, holds nobody back, and its report is still found."""

import pytest

from base import clock, outbox
from tracking import ledger, messages, reports, undeliverable
from tracking.ways import Way

TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026年12月1日"}
URGENT = {"kind": "account_joined", "values": {}}


@pytest.fixture
def tell(db):
    def told(key="m1", kind="ticket_answered", values=TICKET):
        messages.tell(db, key=key, kind=kind, resident="r1", values=values)
        message, _ = ledger.line(db, key)
        return message

    return told


def stick(db, key):
    """Have a message tried in vain as often as one tries."""
    (held,) = [each for each in outbox.take(db["messages"]) if each.id == key]
    owed = held.promises[0] | {"attempts": outbox.PATIENCE}
    outbox.delayed(db["messages"], held, owed, "KeyError")
    outbox.release(db["messages"], held)
    assert outbox.stuck(db["messages"])


def before(db, key):
    _, found = ledger.line(db, key)
    return found and found["_id"]


def test_a_message_that_is_stuck_holds_nobody(db, tell):
    tell("m1")
    stick(db, "m1")
    second = tell("m2")
    assert before(db, "m2") is None
    assert ledger.line(db, "m2", "r1", second.row["turn"])[1] is None


def test_past_one_that_is_stuck_the_one_before_it_is_waited_for(db, tell):
    ledger.accepted(db, ledger.start(db, tell("m0"), Way("oa", address="a"), []), "35")
    tell("m1")
    stick(db, "m1")
    tell("m2")
    ledger.bounced(db, messages.get(db, "m0"), "35", "failed", "system failed")
    assert before(db, "m2") == "m0"


def test_an_urgent_message_that_is_stuck_holds_no_urgent_one(db, tell):
    tell("m1", **URGENT)
    stick(db, "m1")
    assert ledger.urgent_before(db, tell("m2", **URGENT)) is None


# What was written long ago and is sent today


def sent_after(db, message, days):
    """A message that a channel took, without a number of its own, so many days after its birth."""
    clock.move(db, days * 86400)
    return ledger.accepted(db, ledger.start(db, message, Way("mp", address="a"), []), None)


def test_a_report_finds_what_an_operator_sent_again_days_later(db, tell):
    ledger.settle(db, tell(), [ledger.note("failed", "mp", "x")])
    ledger.again(db, "m1", "operator:chen")
    sent_after(db, ledger.line(db, "m1")[0], 3)
    assert reports.note(db, "", "user block", "a")
    told = messages.get(db, "m1")
    assert (told.state, told.row["passed"]) == ("waiting", ["mp"])


def test_a_report_is_for_what_was_sent_first_not_for_what_was_written_first(db, tell):
    old = tell("m1")
    new = sent_after(db, tell("m2"), 1)
    ledger.accepted(db, ledger.start(db, old, Way("mp", address="a"), []), None)
    assert reports.note(db, "", "", "a")
    assert (messages.get(db, new.key).state, messages.get(db, "m1").state) == ("arrived", "sent")


def test_what_was_sent_weeks_after_it_was_written_is_doubted_a_day_later(db, tell):
    sent_after(db, tell(), 20)
    reports.doubt_silent(db)
    assert messages.get(db, "m1").state == "sent"
    clock.move(db, 21 * 86400 + 60)
    reports.doubt_silent(db)
    assert messages.get(db, "m1").state == "unknown"


def test_a_late_report_on_another_channels_try_is_about_nothing(db, tell):
    ledger.accepted(db, ledger.start(db, tell(), Way("oa", address="a"), []), "35")
    reports.note(db, "35", "system failed")
    message, _ = ledger.line(db, "m1")
    ledger.doubt(db, ledger.start(db, message, Way("biz", address="a"), []), "cut off")
    assert not reports.note(db, "35", reports.WITHHELD)
    assert messages.get(db, "m1").state == "unknown"


def test_sends_that_are_still_in_doubt_crowd_nothing_out_of_the_list(db, tell):
    ledger.settle(db, tell("m0"), [ledger.note("failed", "mp", "x")])
    db["messages"].update_one({"_id": "m0"}, {"$set": {"state": "unknown", "again": clock.now()}})
    for n in range(1, 4):
        ledger.doubt(db, ledger.start(db, tell(f"m{n}"), Way("mp", address="a"), []), "cut off")
    assert [each.key for each in undeliverable.page(db, limit=1)] == ["m0"]


def test_a_repeat_that_sent_nothing_leaves_its_message_on_the_list(db, tell):
    ledger.doubt(db, ledger.start(db, tell(), Way("mp", address="a"), []), "cut off")
    message, _ = ledger.line(db, "m1")
    again = ledger.start(db, message, Way("mp", address="a"), [])
    assert ledger.put_back(db, again, "busy").state == "unknown"
    assert [each.key for each in undeliverable.page(db)] == ["m1"]
