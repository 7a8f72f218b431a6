"""How a resident may be written to, by which channels she wants to be, and how she is found."""

from people import residents
from people.residents import Account


def somebody(db, openid="o1", union="u1"):
    return residents.arrive(db, Account("oa", "wx", openid, union))


def test_reach_knows_by_which_channels_she_can_be_written_to(db):
    alice = somebody(db)
    residents.arrive(db, Account("mp", "wxm", "m1", "u1"))
    assert residents.reach(db, alice.id).openids == {"mp": "m1", "biz": "o1"}
    residents.follow(db, "oa", "o1")
    assert residents.reach(db, alice.id).openids == {"oa": "o1", "mp": "m1", "biz": "o1"}


def test_a_phone_number_is_opened_when_it_is_asked_for(db):
    alice = somebody(db)
    assert residents.reach(db, alice.id).number() is None
    residents.set_phone(db, alice.id, "13900000000")
    reach = residents.reach(db, alice.id)
    assert "13900000000" not in repr(reach)
    assert reach.number() == "13900000000"


def test_a_choice_is_kept_until_the_next(db):
    alice = somebody(db)
    residents.mute(db, alice.id, {"progress": ["sms", "sms", "oa"], "duty": []})
    assert residents.muted(db, alice.id) == {"progress": ["oa", "sms"]}
    reach = residents.reach(db, alice.id)
    assert (reach.wants("progress", "oa"), reach.wants("duty", "oa")) == (False, True)
    residents.mute(db, alice.id, {})
    assert residents.muted(db, alice.id) == {}


def test_a_resident_is_found_by_the_phone_she_has_now(db):
    alice = somebody(db)
    residents.set_phone(db, alice.id, "13900000000")
    residents.set_phone(db, alice.id, "13900000001")
    assert residents.with_phone_or_name(db, "13900000000") == []
    assert residents.with_phone_or_name(db, "13900000001") == [alice.id]


def test_a_resident_is_found_by_her_verified_name(db):
    alice = somebody(db)
    number = "11010519491231002X"
    residents.verify(db, alice.id, "张三丰", number, lambda name, number: None)
    assert residents.with_phone_or_name(db, "张三丰") == [alice.id]


def test_choices_and_phone_follow_a_merger(db):
    alone = somebody(db, "o2", None)
    residents.set_phone(db, alone.id, "13900000002")
    residents.mute(db, alone.id, {"progress": ["sms"]})
    somebody(db)
    joined = residents.arrive(db, Account("oa", "wx", "o2", "u1"))
    assert residents.muted(db, joined.id) == {"progress": ["sms"]}
    assert residents.with_phone_or_name(db, "13900000002") == [joined.id]
