"""The same key is given the same answer for a day, and another request under it none."""

import secrets

import pytest

from base import clock, once
from tests.people.threads import at_once


class Till:
    """Counts how often something was really done."""

    def __init__(self):
        self.done = 0

    def sell(self):
        self.done += 1
        return {"ticket": secrets.token_hex(4), "words": "票"}


def asked(db, till, key="k1", who="alice", body=None):
    return once.answer(db, who, "sell", key, body or {"seat": 1}, till.sell)


def test_the_same_request_is_answered_as_before(db):
    till = Till()
    assert asked(db, till) == asked(db, till)
    assert till.done == 1


@pytest.mark.parametrize("other", [{"key": "k2"}, {"who": "bob"}])
def test_another_key_or_asker_is_another_request(db, other):
    till = Till()
    assert asked(db, till) != asked(db, till, **other)
    assert till.done == 2


def test_another_request_under_the_same_key_is_refused(db):
    till = Till()
    asked(db, till)
    with pytest.raises(once.KeyReused):
        asked(db, till, body={"seat": 2})
    assert till.done == 1


def test_after_a_day_a_key_is_free_again(db):
    till = Till()
    first = asked(db, till)
    clock.move(db, 86_401)
    assert asked(db, till, body={"seat": 2}) != first
    clock.move(db, 0)


def test_what_failed_may_be_tried_again(db):
    with pytest.raises(ZeroDivisionError):
        once.answer(db, "alice", "sell", "k1", {"seat": 1}, lambda: {"x": 1 // 0})
    assert asked(db, Till())


def test_many_at_once_are_given_one_answer(db):
    answers = []
    till = Till()
    at_once(*[lambda: answers.append(asked(db, till))] * 8)
    assert len({each["ticket"] for each in answers}) == 1


def test_neither_key_nor_answer_lie_open_in_the_store(db):
    asked(db, Till(), key="a very own key")
    kept = str(list(db["answers"].find()))
    assert "票" not in kept
    assert "own key" not in kept
