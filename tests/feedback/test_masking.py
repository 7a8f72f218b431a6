"""What is hidden before a text is public, and whose words it is made of."""

import pytest

from feedback import masking


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("车牌皖P12345", "车牌皖P*****"),
        ("建平镇示例路12号3栋501室", "建平镇示例路*号*栋*室"),
        ("卡号6222021234567890123", "卡号6222********0123"),
        ("电话0563-7012345", "电话0563-*******"),
        ("写信到 a.b@c.com 吧", "写信到 *** 吧"),
        ("要交80元，5个工作日", "要交80元，5个工作日"),
    ],
)
def test_what_may_stand_in_no_public_answer_is_hidden(written, shown):
    assert masking.question(written) == shown


def test_an_office_may_say_where_it_is_and_how_to_call_it():
    words = "请到示例大道1号，电话0563-7012345，带上342522198507243872"

    assert masking.answer(words) == words.replace("19850724", "********")


@pytest.mark.parametrize(
    ("text", "original", "found"),
    [
        ("居住证几天能拿到", "居住证，几天能拿到？！", True),
        ("请问居住证几天能拿到？", "居住证几天能拿到？", True),
        ("几天？", "居住证几天能拿到？", False),
        ("几天能办好？", "几天？", False),
        ("几点？", "几点", True),
        ("居住证多少天能拿到？", "居住证几天能拿到？", False),
    ],
)
def test_what_is_somebodys_own_words_is_seen(text, original, found):
    assert masking.repeats(text, original) is found
