"""An application becomes a case: once, all its faults named at once, nothing personal shown."""

from dataclasses import replace

import pytest

from base import files, numbers, outbox
from people import levels
from tracking import cases, checks

from ..people.threads import at_once
from .town import ID_NUMBER, answers


def test_an_application_becomes_a_case_with_a_number_people_can_read(desk):
    case = desk.submit()
    assert numbers.tidy(case.spoken) == case.number
    assert (case.state, case.version, case.state_name) == ("submitted", 1, "待受理")
    assert (case.service, case.service_version) == (desk.service.key, 1)
    assert case.agency_name == "郎溪县公安局交通警察大队车辆管理所"
    assert desk.promised(case) == ["case.submitted"]


def test_a_double_tap_returns_the_first_case(desk):
    given = {"photo": [desk.file()]}
    first = desk.submit("tap-00001", files=given)
    assert desk.submit("tap-00001", files=given) == first
    assert desk.submit("tap-00002").number != first.number


def test_eight_taps_at_once_make_one_case_and_no_orphan(desk):
    given = {"photo": [desk.file()]}
    found = at_once(*[lambda: desk.submit("tap-00001", files=given)] * 8)
    assert {case.number for case in found} == {found[0].number}
    assert len(list(desk.db["cases"].find())) == 1
    assert len(list(desk.db["submissions"].find())) == 1
    holder = files.get(desk.db, given["photo"][0]).attached
    assert holder == f"case:{found[0].submission}"


def test_two_residents_may_use_the_same_key(desk, li):
    mine = desk.submit("tap-00001")
    theirs = replace(desk, resident=li).submit("tap-00001")
    assert mine.number != theirs.number


def test_every_fault_of_form_and_materials_is_named_at_once(desk, li):
    wrong = answers(applicant_mobile="12", license_class="Z9")
    given = {"licence": [desk.file()], "id_doc": [desk.file(li.id), "gone"]}
    with pytest.raises(checks.ApplicationInvalid) as raised:
        desk.submit(answers=wrong, files=given)
    found = [each["field"] for each in raised.value.details]
    assert {"applicant_mobile", "license_class", "files.photo", "files.licence"} <= set(found)
    assert found.count("files.id_doc") == 2
    assert all(each["message"] for each in raised.value.details)
    assert desk.db["cases"].find_one() is None


def test_a_file_twice_and_too_many_files_are_refused(desk):
    file = desk.file()
    with pytest.raises(checks.ApplicationInvalid) as raised:
        desk.submit(files={"photo": [file, file]})
    assert [each["code"] for each in raised.value.details] == ["file_twice"]
    with pytest.raises(checks.ApplicationInvalid) as raised:
        desk.submit(files={"photo": [f"f{n}" for n in range(31)]})
    assert [each["code"] for each in raised.value.details] == ["too_many_files"]


def test_a_file_of_another_case_is_refused_and_the_rest_stays_free(desk):
    free, taken = desk.file(), desk.file()
    desk.submit(files={"photo": [taken]})
    with pytest.raises(files.FileTaken):
        desk.submit(files={"photo": [free, taken]})
    assert files.get(desk.db, free).attached is None


def test_who_is_not_known_well_enough_cannot_apply(desk):
    stranger = replace(desk.resident, level=1)
    with pytest.raises(levels.LevelTooLow):
        desk.submit(resident=stranger)


def test_a_service_of_the_window_only_cannot_be_applied_for_here(desk):
    at_the_window = desk.with_service(online={"supported": False, "depth": [], "full": False})
    with pytest.raises(cases.NotOnline):
        at_the_window.submit()


@pytest.mark.parametrize("key", ["", "short", "x" * 101])
def test_a_key_that_is_no_key_is_refused(desk, key):
    with pytest.raises(cases.BadKey):
        cases.submit(
            desk.db,
            resident=desk.resident,
            service=desk.service,
            answers={},
            files={},
            quote=desk.quote(),
            key=key,
        )


def test_nothing_of_the_answers_is_found_in_the_store(desk):
    case = desk.submit()
    kept = repr(desk.row(case))
    for secret in ("王小红", ID_NUMBER, "13900001111", "中港路"):
        assert secret not in kept


def test_who_opens_the_answers_is_written_down(desk):
    case = desk.submit()
    opened = cases.answers(desk.db, case.number, "operator:chen", "审核")
    assert opened["applicant_name"] == "王小红"
    line = desk.db["audit"].find_one({"subject": f"case:{case.number}"})
    assert (line["actor"], line["act"]) == ("operator:chen", "case.answers")


def test_a_file_is_shown_only_through_its_case_and_that_is_written_down(desk):
    case, other = desk.submit(), desk.submit()
    shown, content = cases.file(desk.db, case.number, case.files[0], "operator:chen", "审核")
    assert shown.id == case.files[0]
    assert content.startswith(b"%PDF")
    with pytest.raises(files.NoSuchFile):
        cases.file(desk.db, case.number, other.files[0], "operator:chen", "审核")
    assert desk.db["audit"].count_documents({"act": "case.file"}) == 1


def test_the_promise_can_be_kept(desk):
    case = desk.submit()
    (held,) = outbox.take(desk.db["cases"])
    assert held.promises[0]["data"] == {"case": case.number, "resident": case.resident}


def test_a_case_holds_the_files_it_names_and_no_others(desk):
    case, stray = desk.submit(), desk.file()
    assert cases.holds(desk.db, case.submission, case.files[0])
    assert not cases.holds(desk.db, case.submission, stray)
    assert not cases.holds(desk.db, "a submission that never became a case", stray)
