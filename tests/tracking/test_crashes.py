"""Killed before any write whatever, an application and a supplement come right at the next tap."""

from dataclasses import replace

from base import files
from tests.people.crashing import dies
from tracking import cases

MOST = 20


def test_an_application_killed_anywhere_is_one_case_at_the_next_tap(desk):
    for after in range(MOST):
        given = {"photo": [desk.file(), desk.file()]}
        key = f"tap-{after:05}"
        killed = dies(
            lambda d, k=key, g=given: replace(desk, db=d).submit(k, files=g), desk.db, after
        )
        case = desk.submit(key, files=given)
        assert case.materials == given
        assert all(cases.holds(desk.db, case.submission, id) for id in given["photo"])
        assert len(cases.of(desk.db, case.resident, 100)) == after + 1
        if not killed:
            break
    assert 3 < after < MOST - 1


def test_a_supplement_killed_anywhere_is_there_once_at_the_next_tap(desk):
    for after in range(MOST):
        case, given = desk.move(desk.submit(), "ask_supplement"), {"photo": [desk.file()]}
        killed = dies(
            lambda d, c=case, g=given: replace(desk, db=d).move(c, "supplement", files=g),
            desk.db,
            after,
        )
        found = desk.move(case, "supplement", files=given)
        assert found.state == "submitted"
        assert found.files == [*case.files, *given["photo"]]
        assert files.get(desk.db, given["photo"][0]).attached == f"case:{case.submission}"
        assert desk.promised(found).count("case.supplemented") == 1
        if not killed:
            break
    assert 1 < after < MOST - 1
