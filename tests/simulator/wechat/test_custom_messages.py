"""Customer-service messages and the windows a person's acts open for them."""

import pytest

from tests.simulator.wechat.test_acts import BUTTONS

SEND = "/cgi-bin/message/custom/send"
TEXT = {"msgtype": "text", "text": {"content": "您好，有什么可以帮您？"}}


def send(town, person, kind="oa", **told):
    return town.call(kind, SEND, {"touser": person[f"{kind}_openid"]} | (told or TEXT))["errcode"]


def sent(town, person, times, kind="oa"):
    return [send(town, person, kind) for _ in range(times)]


def test_a_message_opens_five_for_two_days(town, follower):
    town.control("/clock", advance_seconds=61)
    assert send(town, follower) == 45015
    town.act(follower, "text", content="人工")
    assert sent(town, follower, 6) == [0, 0, 0, 0, 0, 45047]
    town.act(follower, "text", content="还在吗")
    assert send(town, follower) == 0
    town.control("/clock", advance_seconds=48 * 3600)
    assert send(town, follower) == 45015


def test_following_and_tapping_open_three_for_a_minute(town, follower):
    assert sent(town, follower, 4) == [0, 0, 0, 45047]
    town.call("oa", "/cgi-bin/menu/create", {"button": BUTTONS})
    town.act(follower, "menu", key="cases")
    assert sent(town, follower, 4) == [0, 0, 0, 45047]
    town.control("/clock", advance_seconds=61)
    town.act(follower, "menu", url="http://127.0.0.1/h5/")
    assert send(town, follower) == 45015


def test_who_left_cannot_be_written_to(town, follower):
    town.act(follower, "unfollow")
    assert send(town, follower) == 45015


def test_entering_the_program_opens_two(town, follower):
    town.act(follower, "enter")
    assert sent(town, follower, 3, "mp") == [0, 0, 45047]


NEWS = {"title": "指南", "description": "", "url": "http://x", "picurl": ""}
CHOICES = {"head_content": "请选择", "list": [{"id": "1", "content": "办件"}], "tail_content": ""}
LINK = {"title": "指南", "description": "说明", "url": "http://x", "thumb_url": ""}
PAGE = {"title": "办件", "appid": "wx_mp", "pagepath": "pages/case", "thumb_media_id": "m"}


@pytest.mark.parametrize(
    ("kind", "msgtype", "body", "shown"),
    [
        ("oa", "image", {"media_id": "m"}, "image"),
        ("oa", "voice", {"media_id": "m"}, "voice"),
        ("oa", "news", {"articles": [NEWS]}, "news"),
        ("oa", "msgmenu", CHOICES, "menu"),
        ("oa", "miniprogrampage", PAGE, "miniprogram"),
        ("mp", "link", LINK, "news"),
    ],
)
def test_every_kind_has_its_line(town, follower, kind, msgtype, body, shown):
    town.act(follower, "text", content="在吗", account=kind)
    assert send(town, follower, kind, msgtype=msgtype, **{msgtype: body}) == 0
    assert town.chat(follower)[-1]["kind"] == shown


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"msgtype": "text", "text": {"content": ""}}, 40097),
        ({"msgtype": "text"}, 40097),
        ({"msgtype": "text", "text": {"content": "长" * 683}}, 45002),
        ({"msgtype": "text", "text": {"content": "长" * 682}}, 0),
        ({"msgtype": "news", "news": {"articles": [NEWS, NEWS]}}, 45008),
        ({"msgtype": "wxcard"}, 40008),
        ({"touser": "o_nobody", **TEXT}, 40003),
    ],
)
def test_a_wrong_message_is_refused_and_a_right_one_is_not(town, follower, told, expected):
    assert send(town, follower, **told) == expected


def test_a_tapped_choice_counts_as_a_tap(town, follower):
    town.control("/clock", advance_seconds=61)
    town.act(follower, "text", content="办件", bizmsgmenuid="1")
    assert town.pushed(1)[0]["bizmsgmenuid"] == "1"
    assert sent(town, follower, 4) == [0, 0, 0, 45047]


def test_typing_is_taken(town, follower):
    told = {"touser": follower["oa_openid"], "command": "Typing"}
    assert town.call("oa", "/cgi-bin/message/custom/typing", told)["errcode"] == 0
