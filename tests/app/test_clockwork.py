"""The clock: whatever it rings for is found in the store, and it deletes only what nobody took."""

from datetime import timedelta

from app import clockwork
from base import clock, files
from feedback import tickets

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
