"""Finding a service and reading its guide."""

import re

import pytest

from catalogue import services, store

from .phone import SERVICE, Phone, straight


@pytest.fixture
def stranger(town):
    return Phone(town, town.person())


def test_plain_words_find_a_service(stranger):
    page = stranger.open("/h5/services?words=身份证丢了怎么补")
    assert page.link("身份证换补领").endswith(f"/h5/services/{SERVICE}")


def test_words_that_find_nothing_are_helped(stranger):
    page = stranger.open("/h5/services?words=嘿嘿哈哈吼")
    assert "没有找到" in page.text
    assert page.link("去咨询").endswith("/h5/ask")


def test_a_theme_lists_its_services_and_an_unknown_one_is_missing(stranger):
    assert "身份证换补领" in stranger.open("/h5/services?theme=户籍").text
    stranger.open("/h5/services?theme=没有", expect=404)


def test_all_services_are_listed(town, stranger):
    text = stranger.open("/h5/services").text
    assert all(each.short_name in text for each in services.browse(town.db))


def test_a_guide_says_what_it_costs_and_what_nobody_has_confirmed(stranger):
    page = stranger.open("/h5/services/real_estate_transfer")
    assert "80元/件" in page.text
    assert "按“证书本数”计，前1个不收" in page.text
    assert "法律规定 30个工作日" in page.text
    assert "待核实" in page.text
    assert page.link("立即申请").endswith("/h5/services/real_estate_transfer/apply")


def test_what_is_confirmed_bears_no_mark(stranger):
    page = stranger.open(f"/h5/services/{SERVICE}").answer.text
    limits = re.search(r"我们承诺.*?</dd>", page, re.DOTALL).group()
    assert "待核实" not in limits


def test_every_service_can_be_read_and_its_form_has_its_rules(town):
    for each in services.browse(town.db):
        guide = straight(town, f"/h5/services/{each.key}")
        sheet = straight(town, f"/h5/services/{each.key}/form-{each.version}.css")
        assert (guide.status_code, sheet.status_code) == (200, 200), each.key
        assert sheet.text.startswith("@supports selector(:has(a))")


def test_a_condition_becomes_a_rule_that_hides(town):
    service = services.get(town.db, SERVICE)
    sheet = straight(town, f"/h5/services/{SERVICE}/form-{service.version}.css").text
    hidden = next(line for line in sheet.splitlines() if "#w-agent_name" in line)
    assert 'form:not(:has([name="is_agent"] option[value="true"]:checked' in hidden
    assert "#w-files-old_id" in sheet


def test_what_is_not_online_says_so(town, stranger):
    row = store.published(town.db, "senior_card")
    offline = {"$set": {"content.online.supported": False}}
    town.db["services"].update_one({"_id": "senior_card"}, offline)
    try:
        page = stranger.open("/h5/services/senior_card")
    finally:
        town.db["services"].replace_one({"_id": "senior_card"}, row)
    assert "需要到窗口办理" in page.text


@pytest.mark.parametrize("path", ["/h5/services/nonsense", "/h5/services/senior_card/form-999.css"])
def test_what_is_not_there_is_missing(stranger, path):
    page = stranger.open(path, expect=404)
    assert "没有找到" in page.text
    assert page.link("回到首页").endswith("/h5/")


def test_places_are_listed_for_the_county_and_for_a_town(stranger):
    county = stranger.open("/h5/places").text
    town = stranger.open("/h5/places?town=341821100000").text
    assert "郎溪县政务服务中心" in county
    assert "便民服务站" not in county
    assert "建平镇便民服务中心" in town
    assert "便民服务站" in town
    stranger.open("/h5/places?town=999999999999", expect=404)
