"""What is listed in which order, and what a resident reads."""

from datetime import timedelta

import pytest

from base import clock
from tracking import cases, desks, receipts, stories

from .town import CLERK


def due_on(desk, case, day):
    desk.db["cases"].update_one({"_id": case.number}, {"$set": {"deadline.due_day": day}})
    return case.number


def test_a_desk_shows_what_is_due_first_and_only_its_own(desk):
    late, soon = desk.submit(), desk.submit()
    numbers = [due_on(desk, late, "2026-12-02"), due_on(desk, soon, "2026-12-01")]
    agency = late.agency
    assert [each.number for each in desks.page(desk.db, agency, "submitted")] == numbers[::-1]
    assert [each.number for each in desks.page(desk.db, None, "submitted", limit=1)] == numbers[1:]
    assert desks.page(desk.db, "tobacco", "submitted") == []
    assert desks.page(desk.db, agency, "accepted") == []


def test_finished_cases_come_latest_first_and_a_season_at_a_time(desk):
    first, second = (desk.move(desk.submit(), "withdraw") for _ in range(2))
    found = desks.page(desk.db, first.agency, "withdrawn")
    assert [each.number for each in found] == [second.number, first.number]
    that_day = clock.today()
    clock.move(desk.db, 92 * 86400)
    assert desks.page(desk.db, None, "withdrawn") == []
    assert desks.count(desk.db, None, "withdrawn", until=that_day) == 2


def test_what_is_overdue_is_found(desk):
    case, other = desk.submit(), desk.submit()
    due_on(desk, case, "2020-01-02")
    late = desks.page(desk.db, None, "submitted", until=clock.today() - timedelta(days=1))
    assert [each.number for each in late] == [case.number]
    assert cases.get(desk.db, other.number) == other


def test_a_resident_lists_her_own_cases_newest_first(desk, li):
    first, second = desk.submit(), desk.submit()
    assert [each.number for each in cases.of(desk.db, first.resident)] == [
        second.number,
        first.number,
    ]
    assert cases.of(desk.db, li.id) == []


def test_the_receipt_says_what_came_and_what_the_resident_may_expect(desk):
    case = desk.submit()
    found = receipts.receipt(case)
    assert found["number"] == case.spoken
    assert found["applicant"] == "王**"
    shown = {each["name"]: each["files"] for each in found["materials"]}
    assert shown["1寸白底彩色免冠照片"] == "1个文件"
    assert "未上传" in shown.values()
    assert "逾期不告知的，自收到申请之日起即为受理" in found["promise"]
    assert "None" not in repr(found)


def test_the_story_names_the_agency_and_never_the_operator(desk):
    case = desk.move(desk.submit(), "ask_supplement", note="共一项")
    told = stories.story(case)
    assert [chapter.title for chapter in told] == ["已提交申请", "需要补正材料"]
    assert case.agency_name in told[1].text
    assert "补齐后不会再要求补正" in told[1].text
    assert told[1].note == "共一项"
    assert all("chen" not in chapter.text for chapter in told)


@pytest.mark.parametrize(("start", "move"), [(None, "decline"), ("accept", "refuse")])
def test_a_refusal_says_how_to_object(desk, start, move):
    case = desk.submit()
    case = desk.move(case, start) if start else case
    told = stories.story(desk.move(case, move, note="不符合条件"))[-1]
    assert "60日内申请行政复议" in told.text
    assert "6个月内提起行政诉讼" in told.text
    assert told.note == "不符合条件"


def test_it_is_always_said_who_is_awaited_until_when(desk):
    case = desk.with_service(pay_when=None).submit()
    said = [stories.waiting(case)]
    for move in ("accept", "approve", "close"):
        case = desk.move(case, move)
        said.append(stories.waiting(case))
    assert all(case.agency_name in each for each in said[:3])
    assert said[3] == "这个办件已经结束。"
    asked = desk.move(desk.submit(), "ask_supplement")
    assert stories.waiting(asked).startswith("请您在")


def test_a_fee_that_is_due_is_said_before_anything_else(desk):
    case = desk.move(desk.submit(), "accept")
    assert stories.waiting(case) == "请先缴费，缴费后继续办理。"
    paid = desk.paid(case)
    told = [chapter.text for chapter in stories.story(paid)]
    assert told[-1] == "已收到您缴纳的10.00元。"


def test_a_day_in_a_year_without_a_calendar_is_called_provisional(desk):
    clock.move(desk.db, 365 * 86400)
    case = desk.submit()
    assert case.deadline.provisional
    assert "放假安排" in stories.waiting(case)


def test_looking_at_anothers_answers_leaves_a_line(desk):
    case = desk.submit()
    cases.answers(desk.db, case.number, CLERK, "审核")
    lines = list(desk.db["audit"].find({"actor": CLERK}))
    assert [line["facts"] for line in lines] == [{"why": "审核"}]
