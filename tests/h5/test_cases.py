"""My cases: their story, what I must do, and that they are nobody else's."""

import pytest

from tracking import cases

from .phone import answers, fields, photo, picture

CLERK = "operator:chuangkou"
BLURRED = {"material": "hukou_or_other", "words": "首页看不清，请重拍"}
ADDRESS = {"material": None, "words": "地址请写到门牌号"}


def test_a_case_tells_its_story_and_lists_itself(town, citizen):
    number = citizen.case()
    page = citizen.open(f"/h5/cases/{number}")
    assert "郎溪县公安局会在" in page.text
    assert "已提交申请" in page.text
    assert "居民身份证换领、补领" in citizen.open("/h5/cases").text
    assert "正在办理（1）" in citizen.open("/h5/").text


def test_a_number_may_be_written_as_it_is_spoken(citizen):
    number = citizen.case()
    spoken = f"{number[:8]}-{number[8:14]}-{number[14:]}"
    assert spoken in citizen.open(f"/h5/cases/{spoken}").text


@pytest.mark.parametrize(
    "page", ["", "/receipt", "/withdraw", "/supplement", "/rating", "/files/x"]
)
def test_anothers_case_does_not_exist(citizen, other, page):
    number = citizen.case()
    other.open(f"/h5/cases/{number}{page}", expect=404)


@pytest.mark.parametrize("number", ["123", "202611210000000", "not-a-number"])
def test_a_number_that_is_none_is_missing(citizen, number):
    page = citizen.open(f"/h5/cases/{number}", expect=404)
    assert "没有找到这个办件" in page.text


def test_ones_own_file_comes_back_unsniffed_and_recorded(town, citizen):
    number = citizen.case()
    file = cases.get(town.db, number).files[0]
    answer = citizen.open(f"/h5/cases/{number}/files/{file}").answer
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "您本人 查看了上传的材料" in citizen.open("/h5/me/looks").text


def test_a_file_of_another_case_does_not_exist(town, citizen, other):
    mine, hers = citizen.case(), other.case()
    file = cases.get(town.db, hers).files[0]
    citizen.open(f"/h5/cases/{mine}/files/{file}", expect=404)


def test_taking_back_is_asked_twice(town, citizen):
    number = citizen.case()
    page = citizen.open(citizen.open(f"/h5/cases/{number}").link("撤回申请"))
    assert "不能恢复" in page.text
    page = citizen.send(page.form("/withdraw"))
    assert "已撤回" in page.text
    assert cases.get(town.db, number).state == "withdrawn"
    assert "撤回申请" not in page.text


def asked(town, citizen, *defects):
    number = citizen.case()
    cases.move(town.db, number, "ask_supplement", by=CLERK, defects=list(defects))
    return number, citizen.open(f"/h5/cases/{number}/supplement")


def test_every_defect_is_listed_and_mended_at_once(town, citizen):
    number, page = asked(town, citizen, BLURRED)
    assert "首页看不清，请重拍" in page.text
    assert "补齐材料" in citizen.open("/h5/").text
    page = citizen.send(page.form("/supplement"), {}, photo("新.png"))
    assert "已提交补正" in page.text
    assert "新.png" in page.text
    assert cases.get(town.db, number).state == "submitted"


def test_a_corrected_form_goes_with_the_new_file(town, citizen):
    number, page = asked(town, citizen, BLURRED, ADDRESS)
    form = page.form("/supplement")
    assert fields(form)["applicant_address"] == "幸福路1号"
    assert citizen.person["id_number"] not in page.answer.text
    told = {"applicant_address": "幸福路1号3栋202"}
    page = citizen.send(form, told, expect=422)
    assert "还没有补" in page.text
    page = citizen.send(page.form("/supplement"), {}, photo())
    said = cases.answers(town.db, number, CLERK, "test")
    assert said["applicant_address"] == "幸福路1号3栋202"
    assert said["applicant_id_no"] == citizen.person["id_number"]


def test_faults_of_a_corrected_form_are_named(town, citizen):
    _, page = asked(town, citizen, ADDRESS)
    told = answers(citizen.person, applicant_address="", applicant_mobile="1")
    page = citizen.send(page.form("/supplement"), told, expect=422)
    assert "请填写“联系地址”" in page.text
    assert "手机号码" in page.text


def test_a_note_may_explain_what_is_not_mended(town, citizen):
    number, page = asked(town, citizen, BLURRED)
    page = citizen.send(page.form("/supplement"), {"draft.note": "户口簿只有这一页"})
    assert "户口簿只有这一页" in page.text
    assert cases.get(town.db, number).state == "submitted"


def test_files_of_a_supplement_are_sent_ahead_and_taken_away(town, citizen):
    _, page = asked(town, citizen, BLURRED)
    page = citizen.send(page.form("/supplement"), {"draft.do": "upload"}, photo("二.png"))
    assert "✓ 二.png" in page.text
    drop = next(value for _, value in page.form("/supplement").fields if value.startswith("drop:"))
    page = citizen.send(page.form("/supplement"), {"draft.do": drop})
    assert "二.png" not in page.text
    bad = {"file.hukou_or_other": ("y.txt", b"hello")}
    page = citizen.send(page.form("/supplement"), {}, bad, expect=422)
    assert "“y.txt”没有传上" in page.text


def test_a_second_tap_on_a_supplement_leads_to_the_case(town, citizen):
    number, page = asked(town, citizen, BLURRED)
    form = page.form("/supplement")
    for _ in range(2):
        done = citizen.send(form, {}, photo())
        assert done.url.endswith(f"/h5/cases/{number}")
    assert citizen.open(f"/h5/cases/{number}/supplement").url.endswith(f"/h5/cases/{number}")


def finished(town, citizen):
    number = citizen.case()
    cases.move(town.db, number, "decline", by=CLERK, note="不属于本县受理范围")
    return number


def test_an_end_is_told_with_its_reason_and_rated_once(town, citizen):
    number = finished(town, citizen)
    page = citizen.open(f"/h5/cases/{number}")
    assert "不属于本县受理范围" in page.text
    form = citizen.open(page.link("给这次服务打分")).form("/rating")
    page = citizen.send(form, {"grade": "very_dissatisfied", "tags": "slow", "words": "太慢"})
    assert "您已经评价过" in page.text
    again = citizen.send(form, {"grade": "satisfied"})
    assert again.url.endswith(f"/h5/cases/{number}")
    assert citizen.open(f"/h5/cases/{number}/rating").url.endswith(f"/h5/cases/{number}")


def test_a_rating_without_a_grade_is_sent_back(town, citizen):
    number = finished(town, citizen)
    form = citizen.open(f"/h5/cases/{number}/rating").form("/rating")
    page = citizen.send(form, {"words": "还行"}, expect=422)
    assert "请从五个评价等级中选择一个" in page.text


def test_what_awaits_me_stands_on_the_first_page(town, citizen):
    finished(town, citizen)
    page = citizen.open("/h5/")
    assert "等您处理（1）" in page.text
    assert "/rating" in page.link("给这次服务打分")


def test_pictures_differ(citizen):
    assert picture() != picture()
