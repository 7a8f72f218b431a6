"""Accounts arrive, are linked, follow and leave."""

from datetime import timedelta

import pytest

from base import audit, clock
from people import residents, store

from .conftest import LI, WANG, agrees, someone
from .threads import at_once


def count(db):
    return db["residents"].count_documents({"merged_into": None})


def test_the_same_account_is_the_same_resident(db):
    account = someone()
    first, second = residents.arrive(db, account), residents.arrive(db, account)
    assert first == second
    assert first.level == 0
    assert [each.openid for each in first.accounts] == [account.openid]


def test_mini_program_and_official_account_are_linked_by_unionid(db):
    mp = residents.arrive(db, someone("mp", "u1"))
    oa = residents.arrive(db, someone("oa", "u1"))
    assert mp.id == oa.id
    assert {each.kind for each in oa.accounts} == {"mp", "oa"}


def test_two_logins_with_one_unionid_at_once_are_one_resident(db):
    for turn in range(5):
        mp, oa = someone("mp", f"u{turn}"), someone("oa", f"u{turn}")
        came = at_once(*[lambda a=a: residents.arrive(db, a) for a in (mp, oa, mp, oa)])
        assert len({each.id for each in came}) == 1
    assert count(db) == 5


def test_the_same_account_with_and_without_unionid_at_once_is_one_resident(db):
    for turn in range(5):
        bare = someone("mp")
        known = residents.Account(bare.kind, bare.appid, bare.openid, f"u{turn}")
        at_once(lambda a=bare: residents.arrive(db, a), lambda a=known: residents.arrive(db, a))
        again = residents.arrive(db, known)
        assert residents.by_account(db, "mp", bare.openid).id == again.id
        assert len(again.accounts) == 1


def test_a_late_unionid_joins_the_two_records(db):
    bare = someone("oa")
    early = residents.arrive(db, bare)
    residents.set_phone(db, early.id, "13900000001")
    mini = residents.arrive(db, someone("mp", "u"))
    joined = residents.arrive(db, residents.Account("oa", bare.appid, bare.openid, "u"))
    assert residents.get(db, early.id).id == residents.get(db, mini.id).id == joined.id
    assert joined.phone_masked == "139****0001"
    assert joined.level == 1
    assert len(joined.accounts) == 2


def test_a_late_unionid_of_somebody_new_only_gets_noted(db):
    bare = someone("oa")
    early = residents.arrive(db, bare)
    later = residents.arrive(db, residents.Account("oa", bare.appid, bare.openid, "u"))
    assert later.id == early.id == residents.arrive(db, someone("mp", "u")).id


def test_two_verified_citizens_under_one_unionid_stay_two(db):
    bare = someone("oa")
    wang = residents.arrive(db, bare)
    residents.verify(db, wang.id, "王小红", WANG, agrees)
    li = residents.arrive(db, someone("mp", "u"))
    residents.verify(db, li.id, "李建国", LI, agrees)
    for _ in range(2):
        known = residents.Account("oa", bare.appid, bare.openid, "u")
        assert residents.arrive(db, known).id == wang.id
    assert [line["act"] for line in audit.of_subject(db, f"resident:{wang.id}")] == [
        "account.conflict"
    ]
    assert bare.openid not in repr(list(db["audit"].find()))


def test_an_account_that_changes_its_unionid_is_noted_and_stays(db):
    first = someone("mp", "u1")
    wang = residents.arrive(db, first)
    other = residents.Account(first.kind, first.appid, first.openid, "u2")
    for _ in range(2):
        assert residents.arrive(db, other).id == wang.id
    assert store.accounts(db).find_one({"_id": first.key})["conflict"] == "another union"


def test_a_verified_resident_stays_when_a_unionid_joins_her_to_an_unknown_one(db):
    bare = someone("oa")
    wang = residents.arrive(db, bare)
    residents.verify(db, wang.id, "王小红", WANG, agrees)
    residents.arrive(db, someone("mp", "u"))
    joined = residents.arrive(db, residents.Account("oa", bare.appid, bare.openid, "u"))
    assert joined.id == wang.id
    assert joined.level == 2


def test_an_account_left_at_a_merged_record_is_put_right_when_it_comes(db, wang, verified_li):
    account = wang.accounts[0]
    residents.verify(db, wang.id, "李建国", LI, agrees)
    store.accounts(db).update_one({"_id": account.key}, {"$set": {"resident": wang.id}})
    assert residents.arrive(db, account).id == verified_li.id
    assert store.accounts(db).find_one({"_id": account.key})["resident"] == verified_li.id


def test_only_a_following_official_account_can_be_written_to(db):
    account = someone("oa", "u")
    wang = residents.arrive(db, account)
    assert residents.account_of(db, wang.id, "oa") is None
    residents.follow(db, "oa", account.openid, "qr_42")
    assert residents.account_of(db, wang.id, "oa") == account.openid
    assert residents.account_of(db, wang.id, "mp") is None


def test_leaving_removes_the_account_and_keeps_the_resident(db):
    account = someone("oa")
    wang = residents.arrive(db, account)
    residents.unfollow(db, "oa", account.openid)
    assert residents.by_account(db, "oa", account.openid) is None
    assert store.accounts(db).find_one({"_id": account.key}) is None
    (owed,) = store.residents(db).find_one({"_id": wang.id})["outbox"].values()
    assert owed["effect"] == "account.removed"
    assert residents.arrive(db, account).id == wang.id


def test_leaving_twice_or_without_having_come_is_nothing(db):
    residents.unfollow(db, "oa", "nobody")
    with pytest.raises(residents.NoSuchAccount):
        residents.follow(db, "oa", "nobody")


def test_tidying_up_after_a_leaving_does_not_take_away_a_return(db):
    account = someone("oa")
    residents.arrive(db, account)
    left = store.accounts(db).find_one({"_id": account.key})["since"]
    store.accounts(db).update_one(
        {"_id": account.key}, {"$set": {"since": left.replace(year=2020)}}
    )
    residents.follow(db, "oa", account.openid)
    residents.forget(db, "oa", account.openid, left.replace(year=2020))
    assert residents.by_account(db, "oa", account.openid) is not None


def test_nobody_has_an_unknown_account_or_id(db):
    assert residents.by_account(db, "mp", "x") is None
    with pytest.raises(residents.NoSuchResident):
        residents.get(db, "x")


def test_a_leaving_that_is_told_after_the_return_takes_nothing_away(db):
    account, moment = someone("oa"), clock.now().replace(microsecond=0)
    residents.arrive(db, account)
    residents.follow(db, "oa", account.openid, at=moment)
    residents.unfollow(db, "oa", account.openid, at=moment - timedelta(seconds=2))
    assert residents.by_account(db, "oa", account.openid) is not None
    residents.unfollow(db, "oa", account.openid, at=moment + timedelta(seconds=2))
    assert residents.by_account(db, "oa", account.openid) is None
