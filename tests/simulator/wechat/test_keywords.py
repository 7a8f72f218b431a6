"""The value rules of message keywords."""

import pytest

from simulator.wechat import keywords

GOOD = [
    ("thing1", "市住房公积金管理中心办事大厅三楼"),
    ("thing1", "长" * 20),
    ("number2", "12.5"),
    ("letter3", "abcDEF"),
    ("symbol4", "★★"),
    ("character_string5", "20261121-483107-5"),
    ("time6", "09:30"),
    ("time6", "2026年11月21日 09:30~17:00"),
    ("date7", "2026年11月21日"),
    ("date7", "2026-11-21 09:30"),
    ("amount8", "¥80.00"),
    ("amount8", "80元"),
    ("phone_number9", "+86-0766-66888866"),
    ("car_number1", "皖P12345"),
    ("name1", "张三丰"),
    ("name1", "Zhang San"),
    ("phrase2", "已受理"),
    ("const3", "工作日"),
]
BAD = [
    ("thing1", "长" * 21),
    ("thing1", ""),
    ("thing1", "  "),
    ("thing1", "两\n行"),
    ("number2", "十二"),
    ("letter3", "abc1"),
    ("symbol4", "★★★★★★"),
    ("character_string5", "办件1"),
    ("time6", "24:00"),
    ("time6", "2026年11月21日"),
    ("date7", "11/21/2026x"),
    ("amount8", "八十元"),
    ("amount8", "12345678901"),
    ("phone_number9", "1" * 18),
    ("car_number1", "皖P1234567890"),
    ("name1", "一二三四五六七八九十甲"),
    ("name1", "张3"),
    ("phrase2", "已受理了吗呢"),
    ("phrase2", "OK"),
    ("colour1", "red"),
]


@pytest.mark.parametrize(("keyword", "value"), GOOD)
def test_these_values_fit(keyword, value):
    assert keywords.fits(keyword, value)


@pytest.mark.parametrize(("keyword", "value"), BAD)
def test_these_values_do_not_fit(keyword, value):
    assert not keywords.fits(keyword, value)


def test_a_complaint_about_a_long_name_is_cut_off():
    assert keywords.complaint("character_string1") == (
        "argument invalid! data.character_string1.value i"
    )


def test_a_choice_must_be_one_of_those_offered():
    keyword = {"key": "const3", "label": "方式", "choices": ["现场", "网上"]}
    assert keywords.fault([keyword], {"const3": {"value": "网上"}}) is None
    assert keywords.fault([keyword], {"const3": {"value": "邮寄"}}) == "const3"
