"""Promises: kept once, put off, never dropped."""

from datetime import timedelta

from base import clock, outbox
from tests.people.threads import at_once


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


def test_a_promise_that_waits_on_purpose_is_not_counted_as_tried(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    until = clock.now() + timedelta(hours=1)
    outbox.delayed(things, held, held.promises[0], "closed", until)
    outbox.release(things, held)
    row = things.find_one({"_id": "a"})
    (owed,) = row["outbox"].values()
    assert (owed["attempts"], owed["due"], row["due"]) == (0, until, until)


def test_a_promise_rung_for_while_it_is_put_off_is_due_at_once(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    outbox.again(things, "a", held.promises[0]["id"])
    outbox.delayed(things, held, held.promises[0], "closed", clock.now() + timedelta(hours=1))
    outbox.release(things, held)
    assert [each.id for each in outbox.take(things)] == ["a"]


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


def test_a_promise_made_under_a_lease_is_due_as_soon_as_the_document_is_let_go(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    late = outbox.promise("y", after=timedelta(minutes=5))
    things.update_one({"_id": "a"}, outbox.pledge({}, late))
    outbox.kept(things, held, held.promises[0])
    outbox.release(things, held)
    assert things.find_one({"_id": "a"})["due"] == late["due"]


class Hurried:
    """A collection in which somebody makes a promise right after the next look."""

    def __init__(self, things, made):
        self.things, self.made = things, made

    def find_one(self, *asked):
        found = self.things.find_one(*asked)
        self.things.update_one({"_id": "a"}, outbox.pledge({}, self.made))
        return found

    def update_one(self, *asked):
        return self.things.update_one(*asked)


def test_a_promise_made_while_a_document_is_let_go_is_not_forgotten(db):
    for after, wait in ((None, 0), (timedelta(minutes=5), 301)):
        clock.move(db, 0)
        db["things"].delete_many({})
        things = begin(db, outbox.promise("x"), outbox.promise("z", after=timedelta(hours=1)))
        (held,) = outbox.take(things)
        outbox.kept(things, held, held.promises[0])
        outbox.release(Hurried(things, outbox.promise("y", after=after)), held)
        clock.move(db, max(wait, outbox.LEASE.total_seconds() + 1))
        (again,) = outbox.take(things)
        assert [each["effect"] for each in again.promises] == ["y"]


def test_a_promise_made_while_the_last_is_struck_out_is_not_forgotten(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    things.update_one({"_id": "a"}, outbox.pledge({}, outbox.promise("y")))
    outbox.kept(things, held, held.promises[0])
    outbox.release(things, held)
    (again,) = outbox.take(things)
    assert [each["effect"] for each in again.promises] == ["y"]


def test_a_keeper_whose_lease_ran_out_leaves_no_husk_of_what_it_kept_late(db):
    things = begin(db, outbox.promise("x"))
    (slow,) = outbox.take(things)
    clock.move(db, outbox.LEASE.total_seconds() + 1)
    (row,) = things.find({})
    outbox.kept(things, slow, slow.promises[0])
    assert outbox._lease(things, row) is None
    assert things.find_one({"_id": "a"})["outbox"] == {}


def stuck_and_fresh(db):
    stuck = outbox.promise("x") | {"stuck": True, "attempts": outbox.PATIENCE}
    things = begin(db, stuck, outbox.promise("y"))
    things.update_one({"_id": "a"}, {"$set": {"stuck": True}})
    return things, stuck


def test_a_document_is_stuck_no_longer_once_its_stuck_promise_is_kept(db):
    things, stuck = stuck_and_fresh(db)
    (held,) = outbox.take(things)
    outbox.kept(things, held, stuck)
    outbox.release(things, held)
    assert "stuck" not in things.find_one({"_id": "a"})


def test_a_document_stays_stuck_while_one_of_its_promises_is(db):
    things, stuck = stuck_and_fresh(db)
    (held,) = outbox.take(things)
    outbox.kept(things, held, next(each for each in held.promises if each["effect"] == "y"))
    outbox.release(things, held)
    assert [each["id"] for _, each in outbox.stuck(things)] == [stuck["id"]]


def test_trying_one_stuck_promise_again_hides_no_other(db):
    things, stuck = stuck_and_fresh(db)
    other = outbox.promise("z") | {"stuck": True}
    things.update_one({"_id": "a"}, outbox.pledge({}, other))
    outbox.again(things, "a", stuck["id"])
    assert [each["id"] for _, each in outbox.stuck(things)] == [other["id"]]


def test_many_keepers_and_promisers_leave_nothing_owed_and_no_husk(db):
    things, kept, made = begin(db), [], []

    def promise_away():
        for _ in range(25):
            owed = outbox.promise("x")
            things.update_one({"_id": "a"}, outbox.pledge({}, owed))
            made.append(owed["id"])

    def keep():
        for held in outbox.take(things):
            for owed in held.promises:
                kept.append(owed["id"])
                outbox.kept(things, held, owed)
            outbox.release(things, held)

    def keep_on():
        for _ in range(60):
            keep()

    at_once(promise_away, promise_away, keep_on, keep_on, keep_on)
    for turn in (1, 2, 3):
        clock.move(db, turn * (outbox.LEASE.total_seconds() + 1))
        keep()
    assert sorted(set(kept)) == sorted(made)
    assert things.find_one({"_id": "a"}) == {"_id": "a", "outbox": {}}


def test_a_renewed_lease_is_held_longer(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    clock.move(db, 20)
    assert outbox.renew(things, held)
    clock.move(db, 40)
    assert list(outbox.take(things)) == []
    clock.move(db, 51)
    assert [again.id for again in outbox.take(things)] == ["a"]


def test_a_lease_that_another_has_taken_over_is_renewed_no_more(db):
    things = begin(db, outbox.promise("x"))
    (slow,) = outbox.take(things)
    clock.move(db, outbox.LEASE.total_seconds() + 1)
    (fast,) = outbox.take(things)
    assert not outbox.renew(things, slow)
    outbox.kept(things, fast, fast.promises[0])
    assert not outbox.renew(things, slow)
    assert not outbox.renew(things, fast)
    assert things.find_one({"_id": "a"}) == {"_id": "a", "outbox": {}}


def test_a_promise_made_meanwhile_is_due_while_the_first_is_renewed(db):
    things = begin(db, outbox.promise("x"))
    (held,) = outbox.take(things)
    things.update_one({"_id": "a"}, outbox.pledge({}, outbox.promise("y")))
    assert outbox.renew(things, held)
    (second,) = outbox.take(things)
    assert [each["effect"] for each in second.promises] == ["y"]


def test_documents_whose_effects_are_not_wanted_are_passed_by(db):
    for n, effect in enumerate(["slow", "slow", "quick"]):
        db["things"].insert_one({"_id": n} | outbox.pledged(outbox.promise(effect)))
    found = outbox.take(db["things"], 1, lambda effects: effects == {"quick"}, among=10)
    assert [held.id for held in found] == [2]
