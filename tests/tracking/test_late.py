"""What goes late, or never, holds nobody back, and its report is still found."""

import pytest

from base import outbox
from tracking import ledger, messages

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
    ledger.accepted(db, ledger.start(db, tell("m0"), "oa", "a", []), "35")
    tell("m1")
    stick(db, "m1")
    tell("m2")
    ledger.bounced(db, messages.get(db, "m0"), "35", "failed", "system failed")
    assert before(db, "m2") == "m0"


def test_an_urgent_message_that_is_stuck_holds_no_urgent_one(db, tell):
    tell("m1", **URGENT)
    stick(db, "m1")
    assert ledger.urgent_before(db, tell("m2", **URGENT)) is None
