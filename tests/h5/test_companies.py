"""Companies on the phone: applying in their name, letting others do so, and leaving."""

from datetime import timedelta

import pytest

from base import clock
from people import companies
from tests import firms
from tracking import cases

from .phone import TOWN, fields, picture

LIST = "/h5/companies"
SHOP = "/h5/services/food_business_license/apply"
RECORD = f"/h5/services/{firms.SERVICE}/apply"


@pytest.fixture
def later(town):
    """Move the clock of the town forward by days; it is put back afterwards."""
    yield lambda days: clock.move(town.db, days * 86_400)
    town.put_back()


@pytest.fixture
def company(town, citizen):
    """The code of a company the citizen represents."""
    return firms.registered(town, citizen.token)


def appointed(phone, code, agent, days=30, expect=200, **changed):
    told = {name: agent.person[name] for name in ("name", "id_number")}
    told |= {"until": (clock.today() + timedelta(days=days)).isoformat()} | changed
    return phone.send(phone.open(f"{LIST}/{code}").form("/agents"), told, expect=expect)


def shop(person, **more):
    """What a food licence asks of a company beside its name and code."""
    told = {
        "legal_person_name": person["name"],
        "legal_person_id_no": person["id_number"],
        "contact_mobile": person["phone"],
        "premises_region": TOWN,
        "premises_address": "中港路2号",
        "is_agent": "false",
        "result_delivery": "1",
        "business_form": "food_sales",
        "business_items": "bulk_food",
        "online_business": "false",
        "area_m2": "80",
        "safety_manager": "周全",
    }
    return told | more


def papers():
    return {f"file.{key}": ("a.png", picture()) for key in ("layout", "rules")}


def checked(phone, code, **more):
    """The last look at an application of a company for a food licence."""
    page = phone.open(f"{SHOP}?as={code}")
    return phone.send(page.form(SHOP), shop(phone.person, **more), papers())


def filed(phone, page):
    page = phone.send(page.form("/apply"), {"draft.do": "file"})
    return page, page.url.rpartition("/")[2].partition("?")[0]


def test_without_a_company_the_page_says_how_to_get_one(citizen):
    page = citizen.open(citizen.open("/h5/me").link("我能代表的单位"))
    assert "您现在没有可以代表的单位" in page.text
    assert "带营业执照和身份证到政务服务窗口" in page.text


def test_the_representative_lets_somebody_act_and_no_longer(town, citizen, other, company):
    page = appointed(citizen, company, other)
    assert f"{other.person['name'][0]}*" in page.text
    assert other.person["name"] not in page.answer.text
    hers = other.open(LIST)
    assert firms.NAME in hers.text
    assert "经办人，可以办到" in hers.text
    asked = citizen.open(page.link("取消"))
    assert "确定取消吗" in asked.text
    page = citizen.send(asked.form("/end"))
    assert "还没有经办人" in page.text
    assert "没有可以代表的单位" in other.open(LIST).text


def test_an_agent_sees_no_others_and_may_leave(town, citizen, other, company):
    appointed(citizen, company, other)
    page = other.open(f"{LIST}/{company}")
    assert "指定经办人" not in page.text
    asked = other.open(page.link("不再做经办人"))
    assert "没有可以代表的单位" in other.send(asked.form("/end")).text
    assert companies.get(town.db, company).agents == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"until": "2020-01-01"}, "今天或以后"),
        ({"until": "明天"}, "今天或以后"),
        ({"name": "王无名"}, "没有找到已实名认证的这位居民"),
        ({"id_number": "1"}, "没有找到已实名认证的这位居民"),
    ],
)
def test_a_fault_in_an_appointment_is_said_beside_it(citizen, other, company, changed, said):
    page = appointed(citizen, company, other, expect=422, **changed)
    assert "有 1 处需要修改" in page.text
    assert said in page.text


def test_who_is_appointed_sees_who_looked(citizen, other, company):
    appointed(citizen, company, other)
    looks = other.open("/h5/me/looks").text
    assert "另一位用户 按姓名和身份证号码找到了您的登记信息" in looks


def test_to_others_a_company_is_not_there(town, citizen, other, company):
    agent = firms.mine(town, citizen.token)
    form = citizen.open(f"{LIST}/{company}").form("/agents")
    token = {"csrf_token": fields(other.open("/h5/me").form("/sign-out"))["csrf_token"]}
    told = token | {"name": "王五", "id_number": "1", "until": "2030-01-01"}
    other.send(form, told, expect=404)
    for path in ("", f"/agents/{agent}/end"):
        assert "没有找到这家单位" in other.open(f"{LIST}/{company}{path}", expect=404).text
    other.open(f"{SHOP}?as={company}", expect=404)


def test_an_agent_ends_nobody_elses_standing(town, citizen, other, company):
    appointed(citizen, company, other)
    me = firms.mine(town, citizen.token)
    other.open(f"{LIST}/{company}/agents/{me}/end", expect=404)
    mine = other.open(f"{LIST}/{company}/agents/{firms.mine(town, other.token)}/end")
    form = mine.form("/end")
    form.action = form.action.replace(firms.mine(town, other.token), me)
    other.send(form, expect=403)


def test_first_of_all_one_chooses_in_whose_name(citizen, company):
    page = citizen.open(SHOP)
    assert "以谁的名义办理" in page.text
    own = citizen.open(page.link("我自己"))
    assert "以 我自己 的名义办理" in own.text
    assert "org_name" in fields(own.form(SHOP))
    theirs = citizen.open(page.link(firms.NAME))
    assert f"以 {firms.NAME} 的名义办理" in theirs.text
    assert "org_name" not in fields(theirs.form(SHOP))
    assert company in theirs.text
    assert "以谁的名义" not in citizen.open("/h5/services/senior_card/apply").text


def test_a_case_is_filed_in_the_companys_name(town, citizen, company):
    confirm = checked(citizen, company)
    assert f"以 {firms.NAME} 的名义办理" in confirm.text
    assert company in confirm.text
    page, number = filed(citizen, confirm)
    assert f"申请单位 {firms.NAME}（法定代表人" in page.text
    assert f"{firms.NAME}（法定代表人" in citizen.open(page.link("收件凭证")).text
    assert firms.NAME in citizen.open("/h5/cases").text
    assert cases.get(town.db, number).company.uscc == company
    said = cases.answers(town.db, number, "operator:a", "test")
    assert (said["org_name"], said["org_uscc"]) == (firms.NAME, company)


def test_a_company_stays_the_company_when_the_form_is_changed(town, citizen, company):
    confirm = checked(citizen, company)
    page = citizen.send(confirm.form(SHOP), {"draft.do": "change"})
    assert f"以 {firms.NAME} 的名义办理" in page.text
    form = page.form(SHOP)
    form.fields.append(("org_uscc", firms.fresh_code()))
    _, number = filed(citizen, citizen.send(form, shop(citizen.person, area_m2="90")))
    said = cases.answers(town.db, number, "operator:a", "test")
    assert (said["org_uscc"], said["area_m2"]) == (company, "90")


def test_a_company_stays_the_company_in_a_supplement(town, citizen, company):
    _, number = filed(citizen, checked(citizen, company))
    defects = [{"material": None, "words": "面积不对"}]
    cases.move(town.db, number, "ask_supplement", by=firms.CLERK, defects=defects)
    page = citizen.open(f"/h5/cases/{number}/supplement")
    assert "按单位登记信息填好" in page.text
    form = page.form("/supplement")
    form.fields.append(("org_name", "别家"))
    citizen.send(form, {"area_m2": "95"})
    said = cases.answers(town.db, number, "operator:a", "test")
    assert (said["org_name"], said["area_m2"]) == (firms.NAME, "95")


def test_an_agent_whose_time_is_over_files_nothing(town, citizen, other, company, later):
    appointed(citizen, company, other, days=1)
    later(2)
    other.sign_in()
    other.open(f"{SHOP}?as={company}", expect=403)
    other.open(f"{LIST}/{company}", expect=403)
    citizen.sign_in()
    assert "已过期" in citizen.open(f"{LIST}/{company}").text


def test_standing_that_ends_before_the_last_tap_files_nothing(town, citizen, other, company):
    appointed(citizen, company, other)
    confirm = checked(other, company)
    me = firms.mine(town, other.token)
    companies.dismiss(town.db, company, me, me)
    page = other.send(confirm.form(SHOP), {"draft.do": "file"}, expect=404)
    assert "没有找到这家单位" in page.text
    assert cases.of(town.db, me) == []


def test_a_service_for_companies_only_is_not_for_people(town, citizen):
    with firms.only_for_companies(town, "C2"):
        page = citizen.open(RECORD)
        assert "只能由法定代表人本人办" in page.text
        assert page.link("怎样登记单位").endswith(LIST)
        alone = citizen.open(f"{RECORD}?as=me", expect=422)
        guide = citizen.open(RECORD.removesuffix("/apply"))
    assert "请先选择您可以代表的单位" in alone.text
    assert "以单位名义办的，只能由法定代表人本人办" in guide.text


def test_an_agent_is_told_when_it_takes_the_representative(town, citizen, other, company):
    appointed(citizen, company, other)
    with firms.only_for_companies(town, "C2"):
        page = other.open(RECORD)
        other.open(f"{RECORD}?as={company}", expect=403)
        mine = citizen.open(RECORD)
    assert "您是经办人，这件事只能由法定代表人本人办" in page.text
    assert mine.link(firms.NAME)


def test_a_service_for_people_takes_no_company(citizen, company):
    page = citizen.open(f"/h5/services/senior_card/apply?as={company}", expect=422)
    assert "只办理个人的申请" in page.text
