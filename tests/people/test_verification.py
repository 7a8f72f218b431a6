"""One identity number is one resident, whoever comes, however often, at whatever moment."""

import pytest

from base import audit, clock, privacy
from base.errors import Unreachable
from people import identity, merging, records, residents, store, verification

from .conftest import LI, WANG, agrees, someone
from .threads import at_once


def differs(name, number):
    raise identity.NameDiffers


def is_down(name, number):
    raise Unreachable("identity")


def row(db, id):
    return store.residents(db).find_one({"_id": id})


def test_a_verified_resident_has_level_two_and_a_masked_name(db, wang):
    known = residents.verify(db, wang.id, "王小红", WANG.lower(), agrees)
    assert (known.level, known.name_masked) == (2, "王**")
    assert residents.verify(db, wang.id, "王小红", WANG, differs) == known


def test_nothing_readable_lies_in_the_store(db, verified_wang):
    text = repr(row(db, verified_wang.id)) + repr(list(store.identities(db).find()))
    assert "王小红" not in text
    assert WANG not in text


@pytest.mark.parametrize("check", [differs, is_down])
def test_what_the_partner_does_not_confirm_changes_nothing(db, wang, check):
    with pytest.raises((identity.NameDiffers, Unreachable)):
        residents.verify(db, wang.id, "王小红", WANG, check)
    assert residents.get(db, wang.id).level == 0
    assert store.identities(db).find_one() is None


def test_a_broken_number_or_name_is_not_even_asked_about(db, wang):
    with pytest.raises(identity.BadIdNumber):
        residents.verify(db, wang.id, "王小红", "341821199003070011", differs)
    with pytest.raises(identity.BadName):
        residents.verify(db, wang.id, "王", WANG, differs)


def test_failed_checks_are_limited_by_the_day_but_an_outage_is_not_counted(db, wang):
    for check in [is_down] + [differs] * verification.CHECKS_A_DAY:
        with pytest.raises((identity.NameDiffers, Unreachable)):
            residents.verify(db, wang.id, "王小红", WANG, check)
    with pytest.raises(identity.TooManyChecks):
        residents.verify(db, wang.id, "王小红", WANG, agrees)
    clock.move(db, 86_400)
    assert residents.verify(db, wang.id, "王小红", WANG, agrees).level == 2


def test_a_second_number_for_the_same_resident_is_refused(db, verified_wang):
    with pytest.raises(residents.AlreadyVerified):
        residents.verify(db, verified_wang.id, "李建国", LI, agrees)


def test_the_same_number_from_another_account_leads_to_the_first_resident(db, verified_wang):
    other = residents.arrive(db, someone("oa"))
    residents.set_phone(db, other.id, "13900000002")
    residents.agree(db, other.id, "2026-01")
    merged = residents.verify(db, other.id, "王小红", WANG, agrees)
    assert merged.id == verified_wang.id == residents.get(db, other.id).id
    assert (merged.phone_masked, merged.agreement) == ("139****0002", "2026-01")
    assert {each.kind for each in merged.accounts} == {"mp", "oa"}
    (owed,) = row(db, other.id)["outbox"].values()
    assert (owed["effect"], owed["data"]) == (
        "resident.merged",
        {"from": other.id, "into": verified_wang.id},
    )


@pytest.mark.parametrize("number", [WANG, LI])
def test_eight_threads_with_one_number_end_as_one_resident(db, number):
    many = [residents.arrive(db, someone()).id for _ in range(8)]
    came = at_once(*[lambda i=i: residents.verify(db, i, "王小红", number, agrees) for i in many])
    assert len({each.id for each in came}) == 1
    assert {residents.get(db, id).id for id in many} == {came[0].id}
    assert sum(row(db, id)["identity"] is not None for id in many) == 1
    assert len(residents.get(db, came[0].id).accounts) == 8


def test_one_resident_verifying_in_eight_threads_is_verified_once(db, wang):
    verify = [lambda: residents.verify(db, wang.id, "王小红", WANG, agrees)] * 5
    came = at_once(*verify)
    assert {each.id for each in came} == {wang.id}
    moves = [line["move"] for line in row(db, wang.id)["history"]]
    assert moves.count("verify") == 1


def test_verifying_while_a_unionid_joins_makes_no_circle(db):
    for turn in range(6):
        bare, mini = someone("oa"), someone("mp", f"u{turn}")
        one, two = residents.arrive(db, bare), residents.arrive(db, mini)
        known = residents.Account("oa", bare.appid, bare.openid, f"u{turn}")
        body = WANG if turn % 2 else LI
        at_once(
            lambda a=known: residents.arrive(db, a),
            lambda i=one.id, b=body: residents.verify(db, i, "王小红", b, agrees),
            lambda i=two.id, b=body: residents.verify(db, i, "王小红", b, agrees),
        )
        residents.arrive(db, known)
        assert residents.get(db, one.id).id == residents.get(db, two.id).id


def test_a_claim_whose_maker_crashed_is_completed_by_the_next(db, wang):
    digest = privacy.digest(WANG, "identity")
    merging.claim(db, "identities", digest, wang.id)
    other = residents.arrive(db, someone())
    assert residents.verify(db, other.id, "王小红", WANG, agrees).id == wang.id
    assert residents.get(db, wang.id).level == 2


def test_a_claim_whose_maker_became_somebody_else_is_taken_over(db, verified_li, wang):
    lost = residents.arrive(db, someone())
    merging.claim(db, "identities", privacy.digest(WANG, "identity"), lost.id)
    assert merging.unite(db, lost.id, verified_li.id)
    known = residents.verify(db, wang.id, "王小红", WANG, agrees)
    assert known.id == wang.id
    assert residents.get(db, lost.id).id == verified_li.id


def test_a_merger_during_the_check_is_followed(db, wang, verified_li):
    def merges(name, number):
        merging.unite(db, wang.id, verified_li.id)

    with pytest.raises(residents.AlreadyVerified):
        residents.verify(db, wang.id, "王小红", WANG, merges)


def test_a_crash_after_the_merging_write_is_made_good_by_the_effect(db, wang, verified_li):
    residents.set_phone(db, wang.id, "13900000003")
    store.residents(db).update_one({"_id": wang.id}, {"$set": {"merged_into": verified_li.id}})
    for _ in range(2):
        residents.absorb(db, wang.id, verified_li.id)
    whole = residents.get(db, wang.id)
    assert (whole.id, whole.phone_masked, len(whole.accounts)) == (
        verified_li.id,
        "139****0003",
        2,
    )
    with pytest.raises(residents.NoSuchResident):
        residents.absorb(db, "nobody", wang.id)


def test_a_verified_record_is_never_merged_away(db, verified_wang, verified_li):
    assert not merging.merge(db, verified_wang.id, verified_li.id)
    assert not merging.unite(db, verified_wang.id, verified_li.id)


def test_level_three_needs_a_verified_name_and_says_who_saw_her(db, wang):
    with pytest.raises(residents.NotVerified):
        residents.confirm(db, wang.id, "operator:zhao", "window")
    residents.verify(db, wang.id, "王小红", WANG, agrees)
    assert residents.confirm(db, wang.id, "operator:zhao", "window").level == 3
    assert audit.of_subject(db, f"resident:{wang.id}")[0]["facts"] == {"how": "window"}


def test_opening_personal_data_is_recorded(db, verified_wang):
    residents.set_phone(db, verified_wang.id, "13900000001")
    person = residents.reveal(db, verified_wang.id, "operator:zhao", "case 7")
    assert person == residents.Person("王小红", WANG, "13900000001")
    (line,) = audit.of_subject(db, f"resident:{verified_wang.id}")
    assert (line["actor"], line["act"]) == ("operator:zhao", "person.reveal")


def test_who_is_unknown_has_nothing_to_reveal(db, wang):
    assert residents.reveal(db, wang.id, "system", "test") == residents.Person(None, None, None)


def test_a_chain_without_end_is_nobody(db):
    for id in "ab":
        store.residents(db).insert_one(records.fresh(id) | {"merged_into": "ba"["ab".index(id)]})
    with pytest.raises(residents.NoSuchResident):
        residents.get(db, "a")
