"""A submission is one document under one number, whatever happens on the way."""

import secrets

import pytest

from base import clock, store, submissions
from tests.people.crashing import dies
from tests.people.threads import at_once

BOOK = submissions.Book("thing_claims", "things")


@pytest.fixture
def db(db):
    store.ensure(db, BOOK.indexes)
    return db


def enter(db, id="s1"):
    return submissions.enter(db, BOOK, id, lambda number: {"_id": number, "submission": id})


def test_many_tries_at_once_are_one_document(db):
    found = at_once(*[lambda: enter(db)] * 8)
    assert len({each["_id"] for each in found}) == 1
    assert db["things"].count_documents({}) == db["thing_claims"].count_documents({}) == 1


def test_killed_anywhere_it_is_one_document_at_the_next_try(db):
    for after in range(9):
        killed = dies(lambda d, n=after: enter(d, f"s{n}"), db, after)
        row = enter(db, f"s{after}")
        assert submissions.find(db, BOOK, f"s{after}") == row
        assert db["things"].count_documents({}) == after + 1
        if not killed:
            break
    assert after == 2


def test_a_number_that_is_taken_is_exchanged(db):
    other = enter(db, "other")
    db["thing_claims"].insert_one({"_id": "s1", "number": other["_id"], "at": clock.now()})
    assert submissions.find(db, BOOK, "s1") is None
    assert enter(db)["_id"] != other["_id"]
    assert enter(db, "other") == other


def test_a_day_without_a_free_number_says_so(db, monkeypatch):
    monkeypatch.setattr(secrets, "randbelow", lambda most: 7)
    enter(db, "first")
    with pytest.raises(submissions.NoNumber):
        enter(db)


def test_a_document_is_known_long_after_its_claim_was_forgotten(db):
    row = enter(db)
    db["thing_claims"].delete_many({})
    assert submissions.holder(db, BOOK, "s1") == row
    assert submissions.holder(db, BOOK, "s2") is None
