"""A case moves by the table only: in order, once, with reasons, and files that follow."""

from dataclasses import replace

import pytest

from base import clock, files
from tracking import cases, checks, deadlines, moves

from ..people.threads import at_once
from .town import CLERK, answers


@pytest.fixture
def free(desk):
    """The same service without a fee."""
    return desk.with_service(pay_when=None)


def test_the_usual_way_ends_closed_and_tells_every_step(free):
    case = free.submit()
    for move in ("accept", "approve", "close"):
        case = free.move(case, move)
    assert [step.move for step in case.history] == ["submit", "accept", "approve", "close"]
    assert free.promised(case) == [
        "case.accepted",
        "case.approved",
        "case.closed",
        "case.submitted",
    ]
    assert case.finished
    assert case.deadline is None


def test_a_move_from_the_wrong_state_is_refused_in_words(free):
    case = free.submit()
    with pytest.raises(cases.WrongState) as raised:
        free.move(case, "approve")
    assert raised.value.values == {"state": "待受理"}
    assert free.row(case)["version"] == 1


def test_eight_operators_accept_at_once_and_one_wins(free):
    case = free.submit()
    found = at_once(*[lambda: free.move(case, "accept")] * 8)
    assert sum(isinstance(each, cases.Case) for each in found) == 1
    assert sum(isinstance(each, cases.WrongState) for each in found) == 7
    assert free.promised(case).count("case.accepted") == 1


def test_a_decision_and_a_withdrawal_at_once_leave_one_story(free):
    case = free.move(free.submit(), "accept")
    at_once(lambda: free.move(case, "approve"), lambda: free.move(case, "withdraw"))
    last = cases.get(free.db, case.number)
    assert last.state in ("approved", "withdrawn")
    assert len(last.history) == 3
    assert len(free.promised(case)) == 3


def test_an_unknown_move_and_an_unknown_case_are_missing(free):
    with pytest.raises(moves.NoSuchMove):
        free.move(free.submit(), "burn")
    with pytest.raises(cases.NoSuchCase):
        cases.move(free.db, "123", "accept", by=CLERK)


@pytest.mark.parametrize("move", ["decline", "refuse"])
@pytest.mark.parametrize("note", [None, "", "  \n"])
def test_no_is_never_said_without_a_reason(free, move, note):
    case = free.submit()
    case = free.move(case, "accept") if move == "refuse" else case
    with pytest.raises(cases.ReasonNeeded):
        free.move(case, move, note=note)


def test_a_reason_is_sealed_and_opened_for_its_reader(free):
    case = free.move(free.submit(), "decline", note="  王小红的照片不是本人  ")
    assert "王小红" not in repr(free.row(case))
    assert cases.note_of(case.history[-1]) == "王小红的照片不是本人"
    assert cases.note_of(case.history[0]) is None


def test_a_note_too_long_to_read_is_refused(free):
    with pytest.raises(checks.NoteInvalid):
        free.move(free.submit(), "decline", note="长" * 501)


# One notice lists every defect


def test_a_supplement_is_asked_for_once_and_only_once(free):
    case = free.move(free.submit(), "ask_supplement")
    case = free.move(case, "supplement", files={"photo": [free.file()]})
    assert case.state == "submitted"
    with pytest.raises(cases.AlreadyAsked):
        free.move(case, "ask_supplement")
    assert free.move(case, "accept").state == "accepted"


def test_two_clerks_asking_at_once_ask_once(free):
    case = free.submit()
    at_once(*[lambda: free.move(case, "ask_supplement")] * 4)
    assert free.promised(case).count("case.supplementing") == 1
    assert len(cases.defects(free.db, case.number)) == 1


def test_the_notice_keeps_every_defect_sealed(free):
    listed = [
        {"material": "photo", "words": "照片太暗"},
        {"material": None, "words": "王小红的住址没有门牌号"},
    ]
    case = free.move(free.submit(), "ask_supplement", defects=listed)
    assert cases.defects(free.db, case.number) == listed
    assert "门牌" not in repr(free.row(case))
    assert cases.defects(free.db, free.submit().number) == []


@pytest.mark.parametrize(
    ("listed", "fields"),
    [
        ([], ["defects"]),
        ([{"material": None, "words": "x"}] * 31, ["defects"]),
        (
            [{"material": "nothing", "words": " "}, {"material": None, "words": "长" * 501}],
            ["defects.0.material", "defects.0.words", "defects.1.words"],
        ),
    ],
)
def test_a_bad_notice_is_refused_with_all_its_faults(free, listed, fields):
    with pytest.raises(cases.DefectsInvalid) as raised:
        free.move(free.submit(), "ask_supplement", defects=listed)
    assert [each["field"] for each in raised.value.details] == fields


def test_a_supplement_must_mend_everything_at_once(free):
    listed = [{"material": "photo", "words": "太暗"}, {"material": None, "words": "住址不全"}]
    case = free.move(free.submit(), "ask_supplement", defects=listed)
    wrong = answers(applicant_mobile="1", license_class="C1")
    with pytest.raises(cases.SupplementInvalid) as raised:
        free.move(case, "supplement")
    assert [each["field"] for each in raised.value.details] == ["files.photo", "answers"]
    with pytest.raises(cases.SupplementInvalid) as raised:
        free.move(case, "supplement", files={"photo": ["gone"]}, answers=wrong)
    found = [each["field"] for each in raised.value.details]
    assert found == ["applicant_mobile", "files.photo"]


def test_a_supplement_adds_files_and_corrects_the_form(free):
    case = free.move(free.submit(), "ask_supplement")
    old, new = case.files[0], free.file()
    fresh = answers(applicant_address="建平镇中港路二号")
    case = free.move(case, "supplement", files={"photo": [new]}, answers=fresh)
    assert case.materials == {"photo": [old, new]}
    assert cases.answers(free.db, case.number, CLERK, "审核")["applicant_address"].endswith("二号")
    assert files.get(free.db, new).attached == files.get(free.db, old).attached
    assert case.supplement_answered is not None


def test_a_resident_may_explain_instead(free):
    case = free.move(free.submit(), "ask_supplement")
    case = free.move(case, "supplement", note="照片就是本月拍的，请再看一下")
    assert case.state == "submitted"


def test_a_double_tap_on_supplement_or_withdraw_is_harmless(free):
    case = free.move(free.submit(), "ask_supplement")
    given = {"photo": [free.file()]}
    found = at_once(*[lambda: free.move(case, "supplement", files=given)] * 6)
    assert {each.version for each in found} == {3}
    assert files.get(free.db, given["photo"][0]).attached is not None
    found = at_once(*[lambda: free.move(case, "withdraw")] * 6)
    assert {each.state for each in found} == {"withdrawn"}
    assert free.promised(case).count("case.withdrawn") == 1


def test_files_of_a_supplement_that_came_too_late_go_free_again(free):
    case = free.move(free.submit(), "ask_supplement")
    file = free.file()
    found = at_once(
        lambda: free.move(case, "supplement", files={"photo": [file]}),
        lambda: free.move(case, "withdraw"),
    )
    last = cases.get(free.db, case.number)
    kept = files.get(free.db, file).attached is not None
    assert found[1].state == "withdrawn"
    assert kept == (file in last.files)


def test_more_than_thirty_files_in_all_are_refused(free):
    case = free.move(free.submit(), "ask_supplement")
    with pytest.raises(cases.SupplementInvalid) as raised:
        free.move(case, "supplement", files={"photo": [f"f{n}" for n in range(30)]})
    assert [each["code"] for each in raised.value.details] == ["too_many_files"]


def test_a_case_left_unsupplemented_can_be_declined_only_after_its_day(free):
    case = free.move(free.submit(), "ask_supplement")
    with pytest.raises(deadlines.SupplementNotOver):
        free.move(case, "decline", note="逾期未补正")
    clock.move(free.db, 60 * 86400)
    assert free.move(case, "decline", note="逾期未补正").state == "declined"


# Whose move it is


def test_another_residents_case_does_not_exist_for_her(free, li):
    case = free.submit()
    with pytest.raises(cases.NoSuchCase):
        free.move(case, "withdraw", by=f"resident:{li.id}")
    with pytest.raises(cases.NoSuchCase):
        free.move(case, "withdraw", by=CLERK)
    with pytest.raises(cases.NoSuchCase):
        cases.owned(free.db, case.number, li.id)
    assert cases.owned(free.db, case.number, case.resident) == case


def test_another_agencys_case_does_not_exist_for_its_operator(free):
    case = free.submit()
    with pytest.raises(cases.NoSuchCase):
        free.move(case, "accept", agency="tobacco")
    assert free.move(case, "accept", agency=case.agency).state == "accepted"


def test_withdrawing_ends_with_the_decision(free):
    case = free.move(free.move(free.submit(), "accept"), "approve")
    with pytest.raises(cases.WrongState):
        free.move(case, "withdraw")


def test_a_merged_residents_cases_follow(free, li):
    case = free.submit()
    cases.rehome(free.db, case.resident, li.id)
    assert cases.of(free.db, li.id)[0].number == case.number
    moved = replace(case, resident=li.id)
    assert free.move(moved, "withdraw").state == "withdrawn"


def test_the_table_says_who_may_do_what():
    assert moves.open_to("submitted", "case.accept") == ["accept", "decline"]
    assert moves.open_to("accepted", "case.decide") == ["approve", "refuse"]
    assert moves.open_to("accepted", moves.RESIDENT) == ["withdraw"]
    assert moves.open_to("closed", "case.decide") == []
