"""Printed codes: each person counts once, for the first code she came by."""

from people import merging, residents, scenes
from people.residents import Account


def somebody(db, openid="alice", union=None):
    return residents.arrive(db, Account("oa", "wxoa", openid, union)).id


def hall(db):
    return scenes.put(db, scenes.COUNTER, "hall", "政务服务中心")


def registered(db, id):
    return residents.verify(db, id, "张三", "342522198507243872", lambda *_: None).id


def test_a_code_keeps_its_scene_and_takes_a_new_name(db):
    first = hall(db)
    again = scenes.put(db, scenes.COUNTER, "hall", "新大厅")

    assert (again.key, again.name) == (first.key, "新大厅")
    assert 1 <= len(first.key) <= 64
    assert first.key.isascii()


def test_what_the_platform_made_first_counts(db):
    key = hall(db).key

    assert scenes.coded(db, key, "http://weixin.qq.com/q/1")
    assert not scenes.coded(db, key, "http://weixin.qq.com/q/2")
    assert scenes.get(db, key).url == "http://weixin.qq.com/q/1"


def test_a_person_counts_once_for_her_first_code(db):
    one, other = hall(db).key, scenes.put(db, scenes.VILLAGE, "v1", "南丰社区").key
    id = somebody(db)

    told = [scenes.arrived(db, key, id) for key in (one, one, other)]
    assert [each.key for each in told] == [one, one, other]
    assert scenes.brought(db, one) == scenes.Brought(1, 0)
    assert scenes.brought(db, other) == scenes.Brought(0, 0)


def test_a_scene_that_is_none_of_ours_counts_nothing(db):
    assert scenes.arrived(db, "somebody-elses", somebody(db)) is None
    assert scenes.brought(db, "somebody-elses") == scenes.Brought(0, 0)


def test_a_real_name_proven_after_coming_counts(db):
    key, id = hall(db).key, somebody(db)
    scenes.arrived(db, key, id)
    registered(db, id)

    assert scenes.brought(db, key) == scenes.Brought(1, 1)


def test_who_was_known_before_was_not_registered_by_the_code(db):
    key, id = hall(db).key, somebody(db)
    registered(db, id)
    scenes.arrived(db, key, id)

    assert scenes.brought(db, key) == scenes.Brought(1, 0)


def test_a_merger_makes_two_arrivals_one(db):
    key = hall(db).key
    first, second = somebody(db, "a"), somebody(db, "b")
    for id in (first, second):
        scenes.arrived(db, key, id)
    assert merging.unite(db, first, second)

    assert scenes.brought(db, key) == scenes.Brought(1, 0)


def test_codes_are_listed_page_by_page(db):
    keys = sorted(scenes.put(db, scenes.VILLAGE, f"v{n}", f"村{n}").key for n in range(5))
    first = scenes.listed(db, scenes.VILLAGE, limit=3)
    rest = scenes.listed(db, scenes.VILLAGE, first[-1].key, 3)

    assert [each.key for each in first + rest] == keys
