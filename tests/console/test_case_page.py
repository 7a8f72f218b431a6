"""The page of a case: what is shown to whom, and that every look is written down."""

from datetime import date, timedelta

import pytest

from base import audit, privacy

from .people import filed, operator, raw, signed_in, token_of


def looks(town, number, act):
    return [
        row["facts"] for row in audit.of_subject(town.db, f"case:{number}") if row["act"] == act
    ]


def test_a_clerk_reads_the_answers_and_is_written_down(town, clerk, case):
    page = clerk.open(f"/console/cases/{case}")
    assert "幸福路1号" in page.text
    assert "郎溪县郎步街道中港社区" in page.text
    assert "入职" in page.text
    assert looks(town, case, "case.answers") == [{"why": "case page"}]


def test_identity_and_telephone_numbers_are_masked_until_asked_for(town, clerk):
    person, token = town.citizen()
    number = filed(town, who=(person, token))
    page = clerk.open(f"/console/cases/{number}")
    assert person["id_number"] not in page.answer.text
    assert person["phone"] not in page.answer.text
    forms = [form for form in page.forms if "reveal" in form.action]
    shown = clerk.send(forms[0])
    assert person["id_number"] in shown.answer.text
    assert person["phone"] not in shown.answer.text
    assert looks(town, number, "case.answers")[0] == {"why": "reveal:applicant_id_no"}


def test_with_script_only_the_number_comes_back(town, clerk):
    person, token = town.citizen()
    number = filed(town, who=(person, token))
    form = {"csrf_token": token_of(clerk.open("/console/me")), "field": "applicant_mobile"}
    where = f"{town.web}/console/cases/{number}/reveal"
    answer = clerk.session.post(where, data=form, headers={"HX-Request": "true"})
    assert answer.text.strip() == person["phone"]
    form["field"] = "no_such_field"
    assert clerk.session.post(where, data=form, headers={"HX-Request": "true"}).status_code == 404


def test_the_registered_identity_opens_for_an_approver_only(town, approver, clerk):
    person, token = town.citizen()
    number = filed(town, who=(person, token))
    page = approver.open(f"/console/cases/{number}")
    shown = approver.send(page.form("/person"))
    assert person["id_number"] in shown.answer.text
    assert not [f for f in clerk.open(f"/console/cases/{number}").forms if "/person" in f.action]
    form = {"csrf_token": token_of(page)}
    where = f"{town.web}/console/cases/{number}/person"
    part = approver.session.post(where, data=form, headers={"HX-Request": "true"}).text
    assert person["name"] in part
    assert "<html" not in part


def test_a_supervisor_sees_the_story_but_not_the_answers(supervisor, case):
    page = supervisor.open(f"/console/cases/{case}")
    assert "不能看申请内容和材料" in page.text
    assert "已提交申请" in page.text
    assert "幸福路1号" not in page.text
    assert not [form for form in page.forms if "/accept" in form.action]


def test_what_a_resident_writes_is_never_markup(town, clerk):
    number = filed(town, applicant_address="<script>alert(1)</script><img src=x onerror=alert(2)>")
    page = clerk.open(f"/console/cases/{number}")
    assert "<script>alert" not in page.answer.text
    assert "&lt;script&gt;alert(1)" in page.answer.text


def test_a_file_is_shown_safely_and_the_look_recorded(town, clerk, case):
    page = clerk.open(f"/console/cases/{case}")
    answer = clerk.session.get(next(url for url, _ in page.links if "/files/" in url))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"\x89PNG")
    assert len(looks(town, case, "case.file")) == 1


def test_another_cases_file_is_not_there(town, clerk, case):
    other = clerk.open(f"/console/cases/{filed(town)}")
    id = next(url for url, _ in other.links if "/files/" in url).rsplit("/", 1)[1]
    clerk.open(f"/console/cases/{case}/files/{id}", expect=404)


def test_another_agencys_case_does_not_exist(town, case):
    stranger = signed_in(town, operator(town, "clerk", "approver", agency="education"))
    for path in ("", "/receipt", "/accept", "/approve"):
        assert "没有找到" in stranger.open(f"/console/cases/{case}{path}", expect=404).text
    assert "没有找到" in stranger.open(f"/console/find?number={case}", expect=404).text
    ours = signed_in(town, operator(town, "clerk", agency="police"))
    ours.open(f"/console/cases/{case}")


def test_a_number_leads_to_its_case_however_it_is_typed(clerk, case):
    spoken = f"{case[:8]}-{case[8:14]}-{case[14:]}"
    assert clerk.open(f"/console/find?number={spoken}").url.endswith(f"/cases/{case}")
    clerk.open("/console/find?number=12345", expect=422)


def test_the_receipt_can_be_printed(clerk, case):
    page = clerk.open(f"/console/cases/{case}/receipt")
    assert "收件凭证" in page.text
    assert "无犯罪记录" in page.text
    assert "演示数据" in page.text


def test_the_applicants_other_cases_are_listed(town, clerk):
    who = town.citizen()
    first, second = filed(town, who=who), filed(town, who=who)
    assert any(url.endswith(first) for url, _ in clerk.open(f"/console/cases/{second}").links)


def test_the_desk_lists_what_awaits_me_by_deadline(clerk, approver, supervisor, case, later):
    spoken = f"{case[:8]}-{case[8:14]}-{case[14:]}"
    assert spoken in clerk.open("/console/?limit=500").text
    assert spoken not in approver.open("/console/?limit=500").text
    later(20 * 86400)
    assert clerk.open("/console/").url.endswith("sign-in?next=/console/")


def test_what_is_late_is_marked_in_words(town, case, later):
    later(20 * 86400)
    page = signed_in(town, "duban").open("/console/?view=overdue&limit=500")
    assert f"{case[:8]}-{case[8:14]}-{case[14:]}" in page.text
    assert "超期" in page.text


def test_the_desk_can_begin_at_a_later_day(clerk, case):
    assert case[8:14] not in clerk.open("/console/?view=submitted&from=2031-01-01").text
    assert "没有等待受理的办件" in clerk.open("/console/?view=submitted&from=2031-01-01").text
    clerk.open("/console/?view=submitted&from=yesterday&limit=many")
    clerk.open("/console/?view=nothing", expect=404)


def test_unchanged_counts_cost_nothing(town, clerk):
    def asked_again():
        first = clerk.session.get(f"{town.web}/console/live")
        assert "待受理" in first.text
        assert "no-store" not in first.headers["Cache-Control"]
        known = {"If-None-Match": first.headers["ETag"]}
        return clerk.session.get(f"{town.web}/console/live", headers=known)

    town.eventually(lambda: asked_again().status_code == 304)


def test_a_stranger_never_learns_whether_a_case_exists(town, case):
    real, made_up = (raw(town, "GET", f"/console/cases/{n}") for n in (case, "202611211234567"))
    assert real.status_code == made_up.status_code == 303


@pytest.fixture
def crowd(town, case):
    """Sixty more cases, of an agency that had none; `spread` says whether each has its own day."""
    row = town.db["cases"].find_one({"_id": case}) | {"agency": "education", "outbox": {}}
    row.pop("due", None)
    made = []

    def gather(spread, **more):
        for n in range(60):
            day = (date(2027, 1, 1) + timedelta(days=n * spread)).isoformat()
            fresh = row | more | {"_id": f"20270101{n:06d}0", "submission": f"crowd{n}"}
            fresh["deadline"] = row["deadline"] | {"due_day": day} if not more else None
            town.db["cases"].insert_one(fresh)
            made.append(fresh["_id"])

    yield gather
    for number in made:
        town.db["cases"].delete_one({"_id": number})


@pytest.mark.parametrize("spread", [0, 1])
def test_a_long_desk_is_turned_page_by_page(town, crowd, spread):
    crowd(spread)
    browser = signed_in(town, operator(town, "clerk", agency="education"))
    page = browser.open("/console/?view=submitted")
    seen = set(numbers(page))
    assert len(seen) == 50
    page = browser.open(page.link("后面的办件"))
    assert len(seen | set(numbers(page))) == 60
    assert not [words for _, words in page.links if "后面的办件" in words]


def numbers(page):
    return [url.rsplit("/", 1)[1] for url, _ in page.links if "/cases/2027" in url]


def test_finished_cases_are_turned_backwards(town, crowd):
    crowd(0, state="closed")
    browser = signed_in(town, operator(town, "clerk", agency="education"))
    page = browser.open("/console/?view=finished")
    assert len(numbers(page)) == 50
    assert len(numbers(browser.open(page.link("后面的办件")))) == 60
    assert not numbers(browser.open("/console/?view=finished&from=2020-01-01"))


def test_numbers_inside_tables_are_masked_too(town, clerk, case):
    rows = [{"name": "王小明", "id_number": "110101199003070134", "relation": "child"}]
    answers = {"applicant_id_no": "110101199003070134", "applicant_name": "王芳"}
    sealed = privacy.seal_json(answers | {"members": rows}, "case.answers")
    kept = {"answers": sealed, "service.key": "subsistence_allowance"}
    town.db["cases"].update_one({"_id": case}, {"$set": kept})
    page = clerk.open(f"/console/cases/{case}")
    assert "王小明" in page.text
    assert "110101199003070134" not in page.answer.text


def test_a_case_outlives_its_guide_and_its_applicant(town, clerk, case):
    gone = {"service.version": 99, "resident": "nobody"}
    town.db["cases"].update_one({"_id": case}, {"$set": gone})
    assert "没有填写内容" in clerk.open(f"/console/cases/{case}").text
    assert "请核对" in clerk.send(clerk.open(f"/console/cases/{case}/accept").form("/accept")).text
