"""Phones, agreements, levels and tokens."""

from datetime import timedelta

import pytest

from base import clock, texts
from people import consents, identity, levels, residents, tokens

from .conftest import someone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("139 0000 0001", "13900000001"),
        ("+86-13900000001", "13900000001"),
        ("１３９００００００００１"[:11], "13900000000"),
        ("+85290000000", "+85290000000"),
    ],
)
def test_phones_are_kept_in_one_form(typed, kept):
    assert residents.check_phone(typed) == kept


@pytest.mark.parametrize("typed", ["", "12900000001", "1390000000", "110", "+0123456789", "abc"])
def test_what_is_no_phone_is_refused(db, wang, typed):
    with pytest.raises(residents.BadPhone):
        residents.set_phone(db, wang.id, typed)


def test_a_phone_makes_level_one_and_may_be_shared(db, wang):
    child = residents.arrive(db, someone())
    for id in (wang.id, child.id):
        assert residents.set_phone(db, id, "13900000001").level == 1
    assert residents.get(db, wang.id).id != residents.get(db, child.id).id


def test_a_new_phone_takes_no_level_away(db, verified_wang):
    assert residents.set_phone(db, verified_wang.id, "13900000001").level == 2


def test_an_agreement_is_recorded_once_per_version(db, wang):
    for version in ("2026-01", "2026-01", "2026-02"):
        residents.agree(db, wang.id, version)
    assert residents.get(db, wang.id).agreement == "2026-02"
    versions = [each["version"] for each in residents.standing(db, wang.id)]
    assert versions == ["2026-01", "2026-02"]


def test_a_separate_consent_can_be_taken_back_and_given_again(db, wang):
    for _ in range(2):
        residents.allow(db, wang.id, "identity", "1")
    residents.agree(db, wang.id, "2026-01")
    assert len(residents.standing(db, wang.id)) == 2
    assert residents.withdraw(db, wang.id, "identity")
    assert not residents.withdraw(db, wang.id, "identity")
    assert [each["purpose"] for each in residents.standing(db, wang.id)] == ["agreement"]
    residents.allow(db, wang.id, "identity", "1")
    assert len(residents.standing(db, wang.id)) == 2


def test_taking_the_agreement_back_leaves_none(db, wang):
    residents.agree(db, wang.id, "2026-01")
    assert residents.withdraw(db, wang.id, consents.AGREEMENT)
    assert residents.get(db, wang.id).agreement is None


def test_who_is_not_known_well_enough_is_told_what_to_do(db, wang):
    levels.require(wang, 0)
    with pytest.raises(residents.LevelTooLow) as refused:
        residents.require(wang, 2)
    assert "实名认证" in texts.explain(refused.value)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 王 小红 ", "王小红"),
        ("阿依努尔•买买提", "阿依努尔·买买提"),
        ("SMITH  JOHN", "SMITH JOHN"),
        ("㐀𠮷", "㐀𠮷"),
    ],
)
def test_names_are_kept_as_the_card_bears_them(typed, name):
    assert identity.check_name(typed) == name


@pytest.mark.parametrize("typed", ["", "王", "王1", "·王小", "<b>王</b>", "王" * 41, "张\u0000三"])
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(identity.BadName):
        identity.check_name(typed)


def test_a_token_says_who_carries_it_until_it_runs_out(db, wang):
    account = wang.accounts[0]
    token = tokens.issue("secret", wang.id, account, timedelta(hours=2))
    bearer = tokens.read("secret", token)
    assert (bearer.resident, bearer.account) == (wang.id, account)
    clock.move(db, 7200)
    with pytest.raises(tokens.DeadSession):
        tokens.read("secret", token)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "王"]
)
def test_a_token_that_was_touched_is_dead(change):
    token = tokens.issue("secret", "r", someone(), timedelta(hours=1))
    for secret, carried in (("secret", change(token)), ("other", token)):
        with pytest.raises(tokens.DeadSession):
            tokens.read(secret, carried)
