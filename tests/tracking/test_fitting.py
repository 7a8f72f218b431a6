"""Whatever is said, the platform takes it; what may not be bent is refused instead."""

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from base import money
from tracking import fitting

from .conftest import CONFIG
from .platform import takes, units

WORDS = ["thing2", "letter1", "symbol1", "character_string4", "phone_number1", "car_number1"]
WORDS += ["name3", "phrase5"]
EXACT = ["number1", "time4", "date4", "amount3"]
COUNTY = yaml.safe_load((CONFIG / "county" / "agencies.yaml").read_text("utf-8"))
NAMES = [each["name"] for each in COUNTY["agencies"]]
LONG = [
    "郎溪县住房和城乡建设局政务服务中心不动产登记与公共租赁住房保障综合服务窗口",
    "卫生健康局牵头，公安、医保、人社、疾控联办",
    "乡镇人民政府（街道办事处）受理，县级民政部门审批；小额由乡镇审批",
    "内蒙古自治区锡林郭勒盟东乌珠穆沁旗人力资源和社会保障局",
]


@pytest.mark.parametrize("key", WORDS)
@given(text=st.text(max_size=60))
def test_any_words_at_all_become_a_value_the_platform_takes(key, text):
    assert takes(key, fitting.fit(key, text))


@pytest.mark.parametrize("key", EXACT)
@given(text=st.text(alphabet="0123456789.-/:~年月日 ¥元", max_size=20) | st.text(max_size=12))
def test_a_time_a_sum_or_a_number_is_taken_as_it_is_or_refused(key, text):
    try:
        fitted = fitting.fit(key, text)
    except fitting.Unfit:
        return
    assert takes(key, fitted)


@pytest.mark.parametrize("name", NAMES + LONG)
def test_real_departments_fit_with_their_beginning_kept(name):
    fitted = fitting.fit("thing5", name)
    assert takes("thing5", fitted)
    assert fitted[:6] == name[:6]
    assert fitted == name or units(name) > 20


@pytest.mark.parametrize(
    ("key", "text", "fitted"),
    [
        ("thing1", "居民身份证换领、补领", "居民身份证换领、补领"),
        ("thing1", "不动产转移登记（房屋买卖、赠与、继承）及其他", "不动产转移登记及其他"),
        (
            "thing1",
            "一二三四五六七八九十一二三四五六七八九十一",
            "一二三四五六七八九十一二三四五六七八九…",
        ),
        ("thing1", "第一行\n第二行\t完", "第一行 第二行 完"),
        ("thing1", "好评👍🏻", "好评"),
        ("thing1", "𠮷野家" * 6, "𠮷野家𠮷野家𠮷野家𠮷野家𠮷野…"),
        ("thing1", " \u200b", "无"),
        ("thing1", "（" + "长" * 30 + "）", "（" + "长" * 18 + "…"),
        ("character_string2", "20261121-483107-5", "20261121-483107-5"),
        ("character_string2", "皖A12345", "A12345"),
        ("character_string2", "无", "-"),
        ("phrase3", "待补正", "待补正"),
        ("phrase3", "已批准（待缴费）", "已批准待缴"),
        ("phrase3", "OK", "无"),
        ("amount3", "80.00", "¥80.00"),
        ("amount3", "80.00元", "¥80.00"),
        ("time4", "2026-11-21 09:30", "2026-11-21 09:30"),
        ("time4", "09:30~11:00", "09:30~11:00"),
        ("date4", "2026年12月11日", "2026年12月11日"),
        ("name1", "阿卜杜拉·买买提江·艾合买提", "阿卜杜拉·买买提江·"),
        ("name1", "Wang Xiaohong", "Wang Xiaohong"),
        ("car_number1", "皖A·12345警", "皖A12345警"),
        ("phone_number1", "000-00000115", "000-00000115"),
        ("letter1", "a1b2", "ab"),
    ],
)
def test_fitting_by_example(key, text, fitted):
    assert fitting.fit(key, text) == fitted
    assert takes(key, fitted)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("time4", "明天上午"),
        ("time4", "25:00"),
        ("date4", "2026年13月40日"),
        ("amount3", "-1.00"),
        ("amount3", "123456789.00"),
        ("number1", "很多"),
        ("shape1", "圆"),
        ("const1", "没有登记可选值"),
    ],
)
def test_what_nobody_may_bend_is_refused(key, text):
    with pytest.raises(fitting.Unfit):
        fitting.fit(key, text)


@given(st.integers(0, 9_999_999_999))
def test_every_sum_we_can_ask_for_fits(fen):
    assert takes("amount1", fitting.fit("amount1", money.yuan(fen)))


@given(st.text(max_size=10))
def test_a_registered_choice_is_one_of_the_choices(text):
    choices = ("待受理", "办理中", "其他")
    assert fitting.fit("const3", text, choices) in choices
    assert fitting.fit("enum3", "办理中", choices) == "办理中"


@given(st.text(max_size=40))
def test_fitting_twice_changes_nothing_more(text):
    once = fitting.fit("thing1", text)
    assume(once)
    assert fitting.fit("thing1", once) == once
