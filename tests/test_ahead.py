"""What is due, read ahead of those who keep it."""

from datetime import timedelta

from base import ahead, clock, outbox


def test_a_backlog_is_taken_soonest_first_and_then_what_fell_due_meanwhile(db):
    things = db["things"]
    for n in range(40):
        owed = outbox.promise("x")
        owed["due"] += timedelta(milliseconds=n)
        things.insert_one({"_id": f"{n:02}"} | outbox.pledged(owed))
    clock.move(db, 5)
    taken = [held.id for _ in range(3) for held in outbox.take(things, 2)]
    old = outbox.promise("x") | {"due": clock.now() - timedelta(hours=1)}
    things.insert_one({"_id": "a"} | outbox.pledged(old))
    taken += [held.id for _ in range(20) for held in outbox.take(things, 2)]

    late = taken.index("a")
    assert late >= 6
    assert taken == [*(f"{n:02}" for n in range(late)), "a", *(f"{n:02}" for n in range(late, 40))]
    assert not ahead.is_due(things)


def test_a_crowd_larger_than_one_look_is_taken_whole(db):
    owed = ({"_id": f"{n:03}"} | outbox.pledged(outbox.promise("x")) for n in range(300))
    db["things"].insert_many(list(owed))
    taken = [held.id for _ in range(100) for held in outbox.take(db["things"], 3)]

    assert sorted(taken) == [f"{n:03}" for n in range(300)]


class Writes:
    """A collection that counts what is written to it."""

    def __init__(self, things):
        self.things, self.full_name, self.name, self.made = things, things.full_name, "things", 0

    def find(self, *asked):
        return self.things.find(*asked)

    def update_one(self, *asked):
        self.made += 1
        return self.things.update_one(*asked)


def test_two_keepers_before_a_backlog_part_after_the_first_document(db, monkeypatch):
    """Each has what it read by itself, and goes on elsewhere once it meets the other."""
    owed = ({"_id": n} | outbox.pledged(outbox.promise("x")) for n in range(100))
    db["things"].insert_many(list(owed))
    leases, mine, theirs = Writes(db["things"]), {}, {}
    for _ in range(20):
        for memory in (mine, theirs):
            monkeypatch.setattr(ahead, "_left", memory)
            assert len(list(outbox.take(leases, 1))) == 1
    assert 40 < leases.made < 60


def test_what_fell_due_just_now_is_told_from_what_has_long_been(db):
    things = db["things"]
    things.insert_one({"_id": "a"} | outbox.pledged(outbox.promise("x")))
    clock.move(db, 3600)
    assert ahead.is_due(things)
    assert not ahead.is_due(things, timedelta(seconds=3))
    assert ahead.is_due(things, timedelta(hours=2))
