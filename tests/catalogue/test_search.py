"""Residents' own words, old names and typing habits lead to the service they mean."""

import pytest

from base.store import Database
from catalogue import search, services

FIRST = {
    "准生证": "birth_registration_service",
    "暂住证": "residence_permit",
    "廉租房": "public_rental_housing",
    "新农保": "resident_pension_enrolment",
    "食品流通许可": "food_business_license",
    "卫生许可证": "public_place_hygiene_permit",
    "房本": "real_estate_transfer",
    "医保卡": "social_security_card",
    "wo身份证掉了怎么办": "id_card_renewal",
    "身份證丟了": "id_card_renewal",
    "ＳＦＺ": "id_card_renewal",
    "老人80岁有补贴吗": "senior_allowance",
    "我要去香港玩办什么证": "hk_macau_permit",
    "孩子要上小学怎么报名": "compulsory_education_enrolment",
    "公积金怎么取出来": "housing_fund_withdrawal",
    "失业了能领多少钱": "unemployment_benefit",
    "开个奶茶店要办什么": "food_business_license",
    "驾照到期了": "driving_license_renewal",
    "小孩上户口": "household_birth_registration",
    "老家盖房子": "rural_homestead",
    "外地看病能报销吗": "medical_offsite_filing",
    "吃低保要什么条件": "subsistence_allowance",
    "家里着火了有没有补助": "temporary_relief",
    "卖烟要办证吗": "tobacco_retail_license",
    "二手房过户多少钱": "real_estate_transfer",
}


@pytest.mark.parametrize(("words", "key"), FIRST.items())
def test_plain_words_find_the_service_first(shipped: Database, words: str, key: str) -> None:
    assert search.find(shipped, words)[0].key == key


@pytest.mark.parametrize("words", ["今天天气怎么样", "", "？？？", "怎么办理", "😀", "$where"])
def test_words_about_nothing_of_ours_find_nothing(shipped: Database, words: str) -> None:
    assert search.find(shipped, words) == []


def test_every_service_is_found_by_each_of_its_names(shipped: Database) -> None:
    for each in services.browse(shipped):
        for name in (each.name, each.short_name, *each.aliases):
            assert each.key in [found.key for found in search.find(shipped, name)], name


def test_an_exact_alias_comes_before_a_name_that_contains_it(shipped: Database) -> None:
    assert search.find(shipped, "老年优待证")[0].key == "senior_card"
    assert search.find(shipped, "护照")[0].key == "passport_issue"


def test_no_more_is_answered_than_was_asked_for(shipped: Database) -> None:
    assert len(search.find(shipped, "许可证", limit=2)) == 2


def test_a_novel_is_searched_like_its_beginning(shipped: Database) -> None:
    assert search.find(shipped, "护照到期换新" + "很长" * 5000)[0].key == "passport_issue"


def test_every_old_name_points_to_a_service_that_exists(shipped: Database) -> None:
    keys = {each.key for each in services.browse(shipped)}

    assert {key for named in search.synonyms().names.values() for key in named} <= keys
