"""What a merged record leaves to the one who stays, once, however often it is handed on."""

from people import consents, merging, residents, store

from .conftest import someone


def two(db):
    """Two records in the order (stays, goes)."""
    return sorted(residents.arrive(db, someone()).id for _ in range(2))


def test_a_consent_that_was_taken_back_after_a_merger_does_not_come_back(db):
    stays, goes = two(db)
    residents.agree(db, goes, "2026-01")
    merging.unite(db, stays, goes)
    residents.withdraw(db, stays, consents.AGREEMENT)
    residents.absorb(db, goes, stays)
    assert residents.get(db, stays).agreement is None
    assert residents.standing(db, stays) == []


def test_taking_a_consent_back_keeps_what_a_merger_brings_meanwhile(db):
    stays, goes = two(db)
    residents.agree(db, stays, "2026-01")
    residents.allow(db, goes, "identity", "1")
    seen = store.residents(db).find_one({"_id": stays})["version"]
    merging.unite(db, stays, goes)
    assert store.residents(db).find_one({"_id": stays})["version"] > seen
    assert {each["purpose"] for each in residents.standing(db, stays)} == {"agreement", "identity"}


def test_who_stays_remembers_whom_she_has_been(db):
    first, second, third = sorted(residents.arrive(db, someone()).id for _ in range(3))
    merging.unite(db, second, third)
    merging.unite(db, first, second)
    assert set(residents.formerly(db, first)) == {second, third}
    assert residents.formerly(db, "nobody") == ()


def test_an_id_leads_home_through_every_merger(db):
    first, second, third = sorted(residents.arrive(db, someone()).id for _ in range(3))
    merging.unite(db, second, third)
    merging.unite(db, first, second)
    assert {residents.home(db, each) for each in (first, second, third)} == {first}
