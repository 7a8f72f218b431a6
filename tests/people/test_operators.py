"""Operators sign in, are locked out, and may do what their roles say."""

import pytest
from argon2 import PasswordHasher

from base import audit, clock, texts
from people import operators, roles, store
from people.operators import Operator

from .threads import at_once

ZHAO = Operator("zhao", "赵敏", ("clerk", "approver"), "civil_affairs", "341821000000")
SECRET = "correct horse"


@pytest.fixture
def zhao(db):
    return operators.create(db, ZHAO, SECRET)


def fail(db, times, username="zhao"):
    for _ in range(times):
        with pytest.raises(operators.WrongPassword):
            operators.sign_in(db, username, "wrong")


def test_the_right_password_opens_and_is_recorded(db, zhao):
    assert operators.sign_in(db, " Zhao ", SECRET) == ZHAO
    assert audit.of_subject(db, "operator:zhao")[0]["act"] == "operator.sign_in"
    row = store.operators(db).find_one({"_id": "zhao"})
    assert "赵敏" not in repr(row)
    assert row["secret"].startswith("$argon2id$")


@pytest.mark.parametrize("username", ["zhao", "nobody"])
def test_five_failures_lock_a_username_for_fifteen_minutes(db, zhao, username):
    fail(db, 5, username)
    with pytest.raises(operators.LockedOut) as locked:
        operators.sign_in(db, username, SECRET)
    assert "15" in texts.explain(locked.value)
    clock.move(db, 901)
    if username == "zhao":
        assert audit.of_subject(db, "operator:zhao")[0]["act"] == "operator.locked_out"
        assert operators.sign_in(db, username, SECRET) == ZHAO
    else:
        fail(db, 1, username)


def test_a_success_forgets_earlier_failures(db, zhao):
    for _ in range(2):
        fail(db, 4)
        operators.sign_in(db, "zhao", SECRET)


def test_parallel_guesses_are_counted_too(db, zhao):
    came = at_once(*[lambda: operators.sign_in(db, "zhao", "wrong")] * 8)
    kinds = [type(each) for each in came]
    assert kinds.count(operators.WrongPassword) == operators.FAILURES_ALLOWED
    assert kinds.count(operators.LockedOut) == 3


def test_who_has_left_cannot_come_in(db, zhao):
    operators.retire(db, "zhao", "operator:boss")
    fail(db, 1)
    for late in (operators.get, lambda db, name: operators.retire(db, name, "system")):
        with pytest.raises(operators.NoSuchOperator):
            late(db, "zhao")
    assert operators.everyone(db) == []


def test_an_operator_is_found_by_username(db, zhao):
    assert operators.get(db, "zhao") == ZHAO
    assert operators.everyone(db) == [ZHAO]
    assert ZHAO.actor == "operator:zhao"


def test_a_username_is_given_once(db, zhao):
    with pytest.raises(operators.OperatorExists):
        operators.create(db, ZHAO, SECRET)


@pytest.mark.parametrize(
    ("operator", "password"),
    [
        (Operator("Zhao", "赵", ("clerk",)), SECRET),
        (Operator("zhao", "赵", ()), SECRET),
        (Operator("zhao", "赵", ("king",)), SECRET),
        (Operator("zhao", "赵", ("clerk",)), "short"),
        (Operator("zhao", "赵", ("clerk",)), "x" * 201),
    ],
)
def test_what_makes_no_operator_is_refused(db, operator, password):
    with pytest.raises(operators.BadOperator):
        operators.create(db, operator, password)


def test_an_operator_changes_her_own_password(db, zhao):
    operators.change_password(db, "zhao", SECRET, "battery staple")
    fail(db, 1)
    assert operators.sign_in(db, "zhao", "battery staple") == ZHAO


def test_an_old_hash_is_made_anew_at_sign_in(db, zhao):
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(SECRET)
    store.operators(db).update_one({"_id": "zhao"}, {"$set": {"secret": weak}})
    operators.sign_in(db, "zhao", SECRET)
    assert store.operators(db).find_one({"_id": "zhao"})["secret"] != weak
    operators.sign_in(db, "zhao", SECRET)


def test_roles_carry_rights(db):
    assert operators.may(ZHAO, "case.decide")
    assert not operators.may(ZHAO, "operator.manage")
    with pytest.raises(KeyError):
        operators.may(ZHAO, "case.dance")


def test_another_agencys_matter_is_not_mine(db):
    operators.require(ZHAO, "case.decide", "civil_affairs")
    operators.require(ZHAO, "case.decide")
    with pytest.raises(operators.NotAllowed):
        operators.require(ZHAO, "case.decide", "police")
    with pytest.raises(operators.NotAllowed):
        operators.require(ZHAO, "refund.approve")
    assert operators.covers(Operator("a", "", ("admin",)), "police")


def test_every_role_has_a_chinese_name():
    assert texts.table("people.roles").keys() == roles.ROLES.keys()
