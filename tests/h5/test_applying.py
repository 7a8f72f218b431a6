"""The form: everything wrong said at once, nothing lost, nothing asked that we know."""

import requests

from base import files
from catalogue import services
from people import residents
from tracking import cases

from .phone import FORM, SERVICE, answers, fields, photo, picture, straight


def test_a_form_is_filed_with_fee_and_receipt(town, citizen):
    confirm = citizen.apply()
    assert "第2步，共2步" in confirm.text
    assert "受理后缴费" in confirm.text
    assert "合计 40" in confirm.text
    done = citizen.send(confirm.form(FORM), {"draft.do": "file"})
    assert "提交成功" in done.text
    receipt = citizen.open(done.link("收件凭证"))
    assert "收件凭证" in receipt.text
    assert "1个文件" in receipt.text


def test_what_we_know_is_not_asked_and_not_shown(town, citizen):
    page = citizen.open(FORM)
    confirm = citizen.apply()
    for name in ("name", "id_number"):
        assert citizen.person[name] not in page.answer.text
        assert citizen.person[name] not in confirm.answer.text
    citizen.send(confirm.form(FORM), {"draft.do": "file"})
    case = cases.of(town.db, me(town, citizen))[0]
    said = cases.answers(town.db, case.number, "operator:a", "test")
    assert said["applicant_name"] == citizen.person["name"]
    assert said["applicant_id_no"] == citizen.person["id_number"]


def me(town, phone):
    return residents.by_account(town.db, "oa", phone.person["oa_openid"]).id


def test_using_ones_own_data_is_recorded(town, citizen):
    citizen.apply()
    looks = citizen.open("/h5/me/looks").text
    assert "您本人 查看或使用了您的姓名、身份证号、手机号" in looks


def test_somebody_elses_name_may_be_filled_in(town, citizen, other):
    told = {"applicant_name": other.person["name"], "applicant_id_no": other.person["id_number"]}
    confirm = citizen.apply(**told)
    assert other.person["name"] in confirm.text
    citizen.send(confirm.form(FORM), {"draft.do": "file"})
    case = cases.of(town.db, me(town, citizen))[0]
    said = cases.answers(town.db, case.number, "operator:a", "test")
    assert said["applicant_name"] == other.person["name"]


def test_every_fault_is_named_at_once_and_files_survive(town, citizen):
    page = citizen.open(FORM)
    wrong = answers(citizen.person, applicant_mobile="12", result_delivery="", is_agent="true")
    page = citizen.send(page.form(FORM), wrong, photo("户口 本.png"), expect=422)
    for words in ("手机号码", "结果领取方式", "代理人姓名", "代理人证件号码", "与申请人关系"):
        assert words in page.text
    assert page.text.count("有 5 处需要修改") == 1
    assert "✓ 户口 本.png" in page.text
    assert 'href="#f-applicant_mobile"' in page.answer.text
    confirm = citizen.send(page.form(FORM), answers(citizen.person))
    assert "户口 本.png" in confirm.text


def test_a_missing_material_is_named(citizen):
    page = citizen.open(FORM)
    told = answers(citizen.person, apply_kind="expired")
    page = citizen.send(page.form(FORM), told, expect=422)
    assert "请上传“原居民身份证（换领）”" in page.text


def test_a_file_of_a_wrong_kind_is_explained_and_the_others_stay(citizen):
    page = citizen.open(FORM)
    sent = {"file.old_id": ("x.exe", b"MZ" + b"\0" * 99)} | photo()
    page = citizen.send(page.form(FORM), answers(citizen.person), sent, expect=422)
    assert "“x.exe”没有传上" in page.text
    assert "✓ 户口簿.png" in page.text


def test_files_can_be_sent_ahead_and_taken_away_again(citizen):
    page = citizen.open(FORM)
    told = {"draft.do": "upload", "applicant_address": "幸福路2号"}
    page = citizen.send(page.form(FORM), told, photo("一.png"))
    assert "✓ 一.png" in page.text
    assert fields(page.form(FORM))["applicant_address"] == "幸福路2号"
    drop = next(value for _, value in page.form(FORM).fields if value.startswith("drop:"))
    page = citizen.send(page.form(FORM), {"draft.do": drop})
    assert "一.png" not in page.text


def test_a_table_gets_one_more_row_and_keeps_what_was_written(citizen):
    path = "/h5/services/real_estate_transfer/apply"
    page = citizen.open(path)
    told = {"draft.do": "more:counterparty", "counterparty.0.name": "李四"}
    page = citizen.send(page.form(path), told)
    held = fields(page.form(path))
    assert held["counterparty.0.name"] == "李四"
    assert "counterparty.1.name" in held
    assert "counterparty.2.name" not in held


def test_a_fault_in_a_row_is_said_at_its_cell(citizen):
    path = "/h5/services/real_estate_transfer/apply"
    page = citizen.open(path)
    page = citizen.send(page.form(path), {"counterparty.0.name": "李四"}, expect=422)
    assert 'href="#f-counterparty-0-document"' in page.answer.text
    assert 'id="f-counterparty-0-document-fault"' in page.answer.text


def test_what_was_written_can_be_changed_after_the_last_look(citizen):
    confirm = citizen.apply(applicant_address="幸福路3号")
    page = citizen.send(confirm.form(FORM), {"draft.do": "change"})
    held = fields(page.form(FORM))
    assert held["applicant_address"] == "幸福路3号"
    assert not held["applicant_name"]
    assert "✓ 户口簿.png" in page.text
    again = citizen.send(page.form(FORM), answers(citizen.person, applicant_address="4号"))
    assert "4号" in again.text


def test_two_taps_are_one_case(town, citizen):
    confirm = citizen.apply()
    first, second = (citizen.send(confirm.form(FORM), {"draft.do": "file"}).url for _ in range(2))
    assert first == second
    assert len(cases.of(town.db, me(town, citizen))) == 1


def test_a_file_that_was_swept_meanwhile_is_asked_for_again(town, citizen):
    confirm = citizen.apply()
    owned = town.db["files.files"].find({"metadata.owner": me(town, citizen)})
    for row in list(owned):
        town.db["files.files"].delete_one({"_id": row["_id"]})
    page = citizen.send(confirm.form(FORM), {"draft.do": "file"}, expect=422)
    assert "没有找到这个文件" in page.text


def test_anothers_draft_is_a_dead_form(citizen, other):
    stolen = fields(citizen.apply().form(FORM))["draft.sealed"]
    page = other.open(FORM)
    told = {"draft.sealed": stolen, "draft.do": "file"}
    page = other.send(page.form(FORM), told, expect=400)
    assert "刷新后重新提交" in page.text


def test_a_form_without_its_token_is_refused(citizen):
    page = citizen.open(FORM)
    citizen.send(page.form(FORM), {"csrf_token": ""}, expect=400)


def test_a_form_of_a_dead_session_is_told_to_sign_in(town, citizen):
    page = citizen.open(FORM)
    town.control("POST", f"/people/{citizen.person['id']}/unfollow")
    account = {"_id": f"oa:{citizen.person['oa_openid']}"}
    town.eventually(lambda: town.db["accounts"].find_one(account) is None)
    page = citizen.send(page.form(FORM), answers(citizen.person), expect=401)
    assert "登录已过期" in page.text
    assert f"to={FORM}" in page.link("重新登录")


def test_a_body_beyond_all_measure_is_refused(town):
    try:
        answer = straight(town, FORM, method="POST", data=b"x" * 33 * 1024 * 1024)
    except requests.ConnectionError:  # the answer came and the line was cut, as HTTP allows
        return
    assert answer.status_code == 413


def test_a_file_beyond_measure_is_named(citizen):
    page = citizen.open(FORM)
    big = {"file.hukou_or_other": ("大.png", picture() + b"\0" * files.LARGEST_BYTES)}
    page = citizen.send(page.form(FORM), answers(citizen.person), big, expect=422)
    assert "超过 20 MB" in page.text


def test_every_form_can_be_opened_and_checked(town, citizen):
    for each in services.browse(town.db):
        path = f"/h5/services/{each.key}/apply"
        page = citizen.open(path)
        page = citizen.send(page.form(path), {}, expect=422)
        assert "需要修改" in page.text, each.key


def test_a_service_only_the_window_can_verify_says_so(town, citizen):
    guard = {"_id": SERVICE}
    town.db["services"].update_one(guard, {"$set": {"content.real_name_level": 3}})
    try:
        page = citizen.open(FORM, expect=403)
    finally:
        town.db["services"].update_one(guard, {"$set": {"content.real_name_level": 2}})
    assert "到窗口或刷脸核验本人" in page.text


def test_the_region_is_read_back_by_name(citizen):
    assert "郎溪县建平镇" in citizen.apply().text
    assert "不在本县" in citizen.apply(applicant_region="outside").text
