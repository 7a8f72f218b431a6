"""The clock: whatever it rings for is found in the store, and it deletes only what nobody took."""

from datetime import timedelta

from app import clockwork
from base import clock, files
from feedback import talks, tickets
from people.residents import Account
from tests.people.crashing import dies

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF"
WEEK = timedelta(days=8).total_seconds()


def test_a_file_that_was_attached_for_a_ticket_that_never_was_goes(runtime):
    db = runtime.db
    kept, lost = (files.put(db, "wang", "a.pdf", PDF).id for _ in range(2))
    tickets.complain(db, resident="wang", text="有坑", key="tap-00001", files=[kept])
    files.attach(db, [lost], "ticket:never", owner="wang")
    clock.move(db, WEEK)
    clockwork._tidy(runtime)
    assert files.read(db, kept) == PDF
    assert db["files.files"].find_one({"_id": lost}) is None


def test_a_file_that_was_attached_for_a_case_that_never_was_goes(runtime):
    lost = files.put(runtime.db, "wang", "a.pdf", PDF, "case:never").id
    clock.move(runtime.db, WEEK)
    clockwork._tidy(runtime)
    assert runtime.db["files.files"].find_one({"_id": lost}) is None


def test_a_photograph_of_a_talk_goes_when_its_resident_leaves_however_late(runtime):
    db, after, killed = runtime.db, 0, True
    while killed:
        account = Account("oa", "wxoa", f"user{after}")
        photo = photographed(db, account)
        clock.move(db, WEEK * (after + 1))
        clockwork._tidy(runtime)
        assert files.get(db, photo).id == photo
        killed = dies(lambda dying, key=account.key: talks.forget(dying, key), db, after)
        talks.forget(db, account.key)
        clockwork._tidy(runtime)
        assert db["files.files"].find_one({"_id": photo}) is None
        after += 1
    assert after == 3


def photographed(db, account):
    """A photograph in the talk of an account."""
    talk = talks.open(db, account, "wang", "m1", {"doing": None})
    talks.hear(db, account.key, "m2", "（照片）")
    photo = files.put(db, "wang", "a.pdf", PDF, f"talk:{talk.id}").id
    assert talks.enclose(db, talk.id, "m2", photo)
    return photo
