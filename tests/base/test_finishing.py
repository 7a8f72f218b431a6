"""The last write of an effect strikes out its own promise, and no other."""

from base import outbox
from tests.test_outbox import begin


def test_what_an_effect_writes_last_strikes_out_its_promise(db):
    begin(db, outbox.promise("x"))
    (held,) = outbox.take(db["things"])
    (done,) = held.promises
    hand = outbox.at_hand.set((held, done))
    try:
        assert outbox.finish(db["things"], {"_id": "a"}, {"$set": {"said": True}})
    finally:
        outbox.at_hand.reset(hand)
    outbox.kept(db["things"], held, done)
    outbox.release(db["things"], held)

    assert db["things"].find_one() == {"_id": "a", "outbox": {}, "said": True}


def test_what_was_promised_meanwhile_outlives_the_last_write_of_an_effect(db):
    begin(db, outbox.promise("x"))
    (held,) = outbox.take(db["things"])
    (done,) = held.promises
    more = outbox.promise("y")
    db["things"].update_one({"_id": "a"}, outbox.pledge({"$set": {"said": False}}, more))
    hand = outbox.at_hand.set((held, done))
    try:
        assert outbox.finish(db["things"], {"_id": "a"}, {"$set": {"said": True}})
    finally:
        outbox.at_hand.reset(hand)
    outbox.kept(db["things"], held, done)

    row = db["things"].find_one()
    assert (row["said"], list(row["outbox"])) == (True, [more["id"]])
