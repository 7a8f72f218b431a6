"""Accepting, asking once, deciding: each through its forms, each only where the table allows."""

import pytest

from payments import bills
from tracking import cases

from .people import filed


def state(town, number):
    return cases.get(town.db, number).state


def accept(browser, number):
    return browser.send(browser.open(f"/console/cases/{number}").form("/accept"))


def decide(browser, number, move, **values):
    """Fill in the form of a move and stop at the page that asks once more."""
    page = browser.open(f"/console/cases/{number}/{move}")
    return browser.send(page.form(f"/{move}"), values)


def test_a_case_is_accepted_approved_and_closed(town, clerk, approver, case):
    assert "已受理" in accept(clerk, case).text
    sure = decide(approver, case, "approve", note="材料齐全，符合条件。")
    assert state(town, case) == "accepted"
    assert "申请人会看到" in sure.text
    assert "材料齐全，符合条件。" in sure.text
    assert "已准予" in approver.send(sure.form("/approve")).text
    page = clerk.send(clerk.open(f"/console/cases/{case}").form("/close"))
    assert "已办结" in page.text
    assert state(town, case) == "closed"
    assert "吴建国（审批）" in page.text


@pytest.mark.parametrize(("move", "first"), [("decline", False), ("refuse", True)])
def test_a_refusal_needs_its_reason_and_names_the_remedies(town, clerk, approver, move, first):
    number = filed(town)
    if first:
        accept(clerk, number)
    page = approver.open(f"/console/cases/{number}/{move}")
    refused = approver.send(page.form(f"/{move}"), {"note": "  "}, expect=422)
    assert "请写明理由" in refused.text
    sure = approver.send(refused.form(f"/{move}"), {"note": "不符合第三条。"})
    assert "60日内申请行政复议" in sure.text
    approver.send(sure.form(f"/{move}"))
    assert state(town, number) == {"decline": "declined", "refuse": "refused"}[move]
    (step,) = [each for each in cases.get(town.db, number).history if each.move == move]
    assert cases.note_of(step) == "不符合第三条。"


def test_everything_is_asked_for_at_once_and_only_once(town, clerk, case):
    page = clerk.open(f"/console/cases/{case}/ask_supplement")
    assert "只能告知一次" in page.text
    empty = clerk.send(page.form("/ask_supplement"), expect=422)
    assert "请列出需要补正的全部内容" in empty.text
    told = {"material.id_doc": "照片不清楚，请重拍。", "free": "联系地址没有写门牌号。"}
    sure = clerk.send(empty.form("/ask_supplement"), told)
    assert "照片不清楚，请重拍。" in sure.text
    clerk.send(sure.form("/ask_supplement"))
    assert [each["words"] for each in cases.defects(town.db, case)] == list(told.values())
    assert "已一次性告知的补正内容" in clerk.open(f"/console/cases/{case}").text


def test_whoever_was_asked_once_is_not_asked_again(town, clerk, case):
    who = f"resident:{cases.get(town.db, case).resident}"
    defects = [{"material": None, "words": "请补门牌号。"}]
    by = "operator:chuangkou"
    cases.move(town.db, case, "ask_supplement", by=by, defects=defects)
    cases.move(town.db, case, "supplement", by=who, note="三号楼")
    page = clerk.open(f"/console/cases/{case}")
    assert "只能一次性告知一次" in page.text
    clerk.open(f"/console/cases/{case}/ask_supplement", expect=409)


def test_nobody_is_declined_while_there_is_time_to_supplement(town, clerk, case):
    defects = [{"material": None, "words": "请补门牌号。"}]
    by = "operator:chuangkou"
    cases.move(town.db, case, "ask_supplement", by=by, defects=defects)
    clerk.open(f"/console/cases/{case}/decline", expect=409)


def test_a_stale_page_says_so_and_changes_nothing(town, clerk, approver, case):
    form = clerk.open(f"/console/cases/{case}").form("/accept")
    accept(approver, case)
    page = clerk.send(form, expect=409)
    assert "状态已变化" in page.text
    assert any(url.endswith(f"/console/cases/{case}") for url, _ in page.links)


def test_a_form_from_nowhere_changes_nothing(town, clerk, case):
    form = clerk.open(f"/console/cases/{case}").form("/accept")
    clerk.send(form, {"version": "99"}, expect=409)
    clerk.send(form, {"version": "eins"}, expect=409)
    assert state(town, case) == "submitted"


def test_a_double_click_moves_once(town, clerk, case):
    form = clerk.open(f"/console/cases/{case}").form("/accept")
    clerk.send(form)
    clerk.send(form, expect=409)
    assert [step.move for step in cases.get(town.db, case).history].count("accept") == 1


def test_a_move_that_does_not_start_here_is_not_offered(clerk, approver, case):
    assert not [f for f in clerk.open(f"/console/cases/{case}").forms if "/close" in f.action]
    approver.open(f"/console/cases/{case}/approve", expect=409)


def test_what_is_not_paid_is_not_decided(town, clerk, approver):
    number = filed(town, "id_card_renewal")
    accept(clerk, number)
    town.eventually(lambda: bills.of_case(town.db, number))
    page = approver.open(f"/console/cases/{number}")
    assert "费用还没有缴清" in page.text
    approver.open(f"/console/cases/{number}/approve", expect=409)


def test_a_note_beyond_measure_is_sent_back_as_it_was_written(approver, case):
    page = decide(approver, case, "decline", note="写" * 500)
    assert "请核对" in page.text
    form = approver.open(f"/console/cases/{case}/decline").form("/decline")
    back = approver.send(form, {"note": "写" * 501}, expect=422)
    assert "写写写" in back.answer.text


def test_nobody_moves_a_case_that_changed_under_their_hands(town, case):
    with pytest.raises(cases.ChangedMeanwhile):
        cases.move(town.db, case, "accept", by="operator:chuangkou", version=7)
    assert state(town, case) == "submitted"
