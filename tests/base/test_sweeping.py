"""Files nobody took: deleted after seven days, and never one that a case or a ticket names."""

from datetime import timedelta

import pytest

from base import clock, files, sweeping

from .test_files import PDF

WEEK = timedelta(days=8).total_seconds()


def nothing(to, id):
    return False


def put(db, to=None):
    return files.put(db, "r1", "a.pdf", PDF, to).id


def test_what_is_never_submitted_goes_after_seven_days_and_nothing_else(db):
    old, kept = put(db), put(db)
    files.attach(db, [kept], "case:1", owner="r1")
    clock.move(db, WEEK)
    young = put(db)
    assert sweeping.sweep(db, lambda to, id: (to, id) == ("case:1", kept)) == 1
    assert db["files.chunks"].count_documents({"files_id": old}) == 0
    assert [files.get(db, id).id for id in (kept, young)] == [kept, young]


def test_a_file_is_asked_about_once_and_then_kept_for_good(db):
    kept = put(db, "case:1")
    clock.move(db, WEEK)
    assert sweeping.sweep(db, lambda to, id: True) == 0
    assert sweeping.sweep(db, nothing) == 0
    assert files.read(db, kept) == PDF


def test_what_a_talk_names_is_asked_about_every_week(db):
    kept, lost = put(db, "talk:1"), put(db, "talk:1")
    for weeks, named in ((1, {kept, lost}), (2, {kept}), (3, {kept})):
        clock.move(db, WEEK * weeks)
        sweeping.sweep(db, lambda to, id, named=named: id in named)
    assert [each.id for each in files.attached(db, "talk:1")] == [kept]


def test_what_was_attached_to_something_that_never_came_about_goes(db):
    put(db, "case:1")
    clock.move(db, WEEK)
    assert sweeping.sweep(db, nothing) == 1
    assert not files.attached(db, "case:1")


def test_what_was_let_go_after_it_was_kept_is_swept_again(db):
    id = put(db, "case:1")
    clock.move(db, WEEK)
    sweeping.sweep(db, lambda to, id: True)
    files.detach(db, [id], "case:1")
    assert sweeping.sweep(db, nothing) == 1


def test_a_sweep_or_an_upload_killed_halfway_is_finished_by_the_next(db):
    id = put(db)
    clock.move(db, WEEK)
    db["files.files"].update_one({"_id": id}, {"$set": {"metadata.attached": files.GONE}})
    with pytest.raises(files.FileTaken):
        files.attach(db, [id], "case:1", owner="r1")
    assert sweeping.sweep(db, nothing) == 1
    with pytest.raises(files.NoSuchFile):
        files.attach(db, [id], "case:1", owner="r1")


def test_a_sweep_leaves_alone_what_is_attached_under_its_hands(db):
    id = put(db, "case:1")
    clock.move(db, WEEK)

    def tapped_again(to, id):
        files.attach(db, [id], to, owner="r1")
        return False

    assert sweeping.sweep(db, tapped_again) == 0
    assert files.read(db, id) == PDF


def test_a_sweep_takes_more_than_one_handful(db):
    put(db)
    (row,) = db["files.files"].find()
    others = [row | {"_id": f"f{nth}"} for nth in range(sweeping.AT_ONCE)]
    db["files.files"].insert_many(others)
    clock.move(db, WEEK)
    assert sweeping.sweep(db, nothing) == 1 + sweeping.AT_ONCE
