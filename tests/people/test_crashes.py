"""Killed before any write whatever, everything comes right at the next try."""

from base import privacy
from people import residents, store
from people.records import Account

from .conftest import agrees, id_number, someone
from .crashing import dies

MOST = 30


def keep_promises(db):
    """What app/jobs does with our two effects, twice, as it may."""
    for row in list(store.residents(db).find({"due": {"$exists": True}})) * 2:
        for owed in row["outbox"].values():
            if owed["effect"] == "resident.merged":
                residents.absorb(db, owed["data"]["from"], owed["data"]["into"])
            else:
                residents.forget(db, **{k: v for k, v in owed["data"].items() if k != "resident"})


def whole(db, ids):
    """All ids lead to one resident, and every account of theirs is hers."""
    (found,) = {residents.get(db, id).id for id in ids}
    strays = store.accounts(db).count_documents({"resident": {"$in": ids, "$ne": found}})
    assert strays == 0
    return residents.get(db, found)


def test_a_merging_verification_killed_anywhere_comes_right(db):
    for after in range(MOST):
        number = id_number(f"3418211990{after % 12 + 1:02}07{after:03}")
        one, two = (residents.arrive(db, someone()).id for _ in range(2))
        residents.verify(db, one, "王小红", number, agrees)
        residents.set_phone(db, two, "13900000001")
        killed = dies(
            lambda d, i=two, n=number: residents.verify(d, i, "王小红", n, agrees), db, after
        )
        keep_promises(db)
        residents.verify(db, two, "王小红", number, agrees)
        known = whole(db, [one, two])
        assert (known.id, known.level, known.phone_masked) == (one, 2, "139****0001")
        if not killed:
            break
    assert 5 < after < MOST - 1


def test_a_first_verification_killed_anywhere_lets_the_next_person_in(db):
    for after in range(MOST):
        number = id_number(f"3418211991{after % 12 + 1:02}07{after:03}")
        one, two = (residents.arrive(db, someone()).id for _ in range(2))
        killed = dies(
            lambda d, i=one, n=number: residents.verify(d, i, "王小红", n, agrees), db, after
        )
        residents.verify(db, two, "王小红", number, agrees)
        residents.verify(db, one, "王小红", number, agrees)
        assert whole(db, [one, two]).level == 2
        assert store.identities(db).find_one({"_id": privacy.digest(number, "identity")})
        if not killed:
            break
    assert 2 < after < MOST - 1


def test_an_arrival_killed_anywhere_comes_right(db):
    for after in range(MOST):
        mini, account = someone("mp", f"u{after}"), someone("oa", f"u{after}")
        killed = dies(lambda d, a=mini: residents.arrive(d, a), db, after)
        came = [residents.arrive(db, each).id for each in (account, mini)]
        assert len(whole(db, came).accounts) == 2
        if not killed:
            break
    assert 2 < after < MOST - 1


def test_a_late_unionid_killed_anywhere_comes_right(db):
    for after in range(MOST):
        bare = someone("oa")
        known = Account(bare.kind, bare.appid, bare.openid, f"u{after}")
        ids = [residents.arrive(db, each).id for each in (bare, someone("mp", f"u{after}"))]
        killed = dies(lambda d, a=known: residents.arrive(d, a), db, after)
        keep_promises(db)
        residents.arrive(db, known)
        assert len(whole(db, ids).accounts) == 2
        if not killed:
            break
    assert 3 < after < MOST - 1


def test_a_leaving_killed_anywhere_is_forgotten_once_it_was_promised(db):
    for after in range(4):
        account = someone("oa")
        residents.arrive(db, account)
        dies(lambda d, a=account: residents.unfollow(d, "oa", a.openid), db, after)
        keep_promises(db)
        gone = residents.by_account(db, "oa", account.openid) is None
        assert gone == (after > 1)
