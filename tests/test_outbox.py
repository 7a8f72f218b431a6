"""Promises: kept once, put off, never dropped."""

from datetime import timedelta

from base import clock, outbox


def begin(db, *promises):
    db["things"].insert_one({"_id": "a"} | outbox.pledged(*promises))
    return db["things"]


def test_a_promise_is_held_by_one_keeper_only(db):
    things = begin(db, outbox.promise("x"))
    assert [held.id for held in outbox.take(things)] == ["a"]
    assert list(outbox.take(things)) == []


def test_a_kept_promise_is_gone_and_the_document_rests(db):
    things = begin(db, outbox.promise("x"))
    for held in outbox.take(things):
        outbox.kept(things, held, held.promises[0])
        outbox.release(things, held)
    assert things.find_one({"_id": "a"}) == {"_id": "a", "outbox": {}}


def test_a_killed_keeper_loses_its_lease(db):
    things = begin(db, outbox.promise("x"))
    list(outbox.take(things))
    clock.move(db, outbox.LEASE.total_seconds() + 1)
    assert [held.promises[0]["effect"] for held in outbox.take(things)] == ["x"]


def test_a_promise_made_meanwhile_waits_for_nobody(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    things.update_one({"_id": "a"}, outbox.pledge({}, outbox.promise("y")))
    (second,) = outbox.take(things)
    assert [each["effect"] for each in second.promises] == ["y"]
    outbox.release(things, held)
    assert things.find_one({"_id": "a"})["due"] == second.until


def test_a_promise_for_later_is_not_due_yet(db):
    things = begin(db, outbox.promise("x", after=timedelta(minutes=5)))
    assert list(outbox.take(things)) == []
    clock.move(db, 301)
    assert len(list(outbox.take(things))) == 1


def test_a_failing_promise_backs_off_and_at_last_is_stuck_but_kept(db):
    things = begin(db, outbox.promise("x"))
    for turn in range(outbox.PATIENCE):
        clock.move(db, (turn + 1) * 4000)
        (held,) = outbox.take(things)
        outbox.delayed(things, held, held.promises[0], "no answer")
        outbox.release(things, held)
    row = things.find_one({"stuck": True})
    (owed,) = row["outbox"].values()
    assert owed["stuck"]
    assert owed["error"] == "no answer"


def test_an_operator_makes_a_stuck_promise_due_again(db):
    promise = outbox.promise("x", after=timedelta(hours=1)) | {"stuck": True}
    things = begin(db, promise)
    assert outbox.again(things, "a", promise["id"])
    assert len(list(outbox.take(things))) == 1
    assert not outbox.again(things, "a", "gone")
