"""The menu, scene codes, media files, and what is known of followers."""

import base64
import io

import pytest
import requests
from PIL import Image

from tests.simulator.wechat.test_acts import BUTTONS

CREATE = "/cgi-bin/menu/create"
QRCODE = "/cgi-bin/qrcode/create"


def test_a_published_menu_is_shown_until_deleted(town):
    token = town.token("oa")
    assert town.get("/cgi-bin/menu/get", access_token=token)["errcode"] == 46003
    assert town.post(CREATE, {"button": BUTTONS}, access_token=token)["errcode"] == 0
    shown = town.get("/cgi-bin/menu/get", access_token=token)["menu"]["button"]
    assert shown[0] == BUTTONS[0] | {"sub_button": []}
    assert [one["name"] for one in shown[1]["sub_button"]] == ["办事指南", "附近", "小程序"]
    assert town.get("/control/v1/menu")["button"] == BUTTONS
    current = town.get("/cgi-bin/get_current_selfmenu_info", access_token=token)
    assert current["is_menu_open"] == 1
    assert town.get("/cgi-bin/menu/delete", access_token=token)["errcode"] == 0
    assert town.get("/control/v1/menu")["button"] == []


def click(**more):
    return {"type": "click", "name": "办件", "key": "cases"} | more


def over(*buttons):
    return [{"name": "更多", "sub_button": list(buttons)}]


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ([], 40016),
        ([click()] * 4, 40016),
        (["text"], 40016),
        ([click(type="dance")], 40017),
        ([click(name="长" * 6)], 40018),
        ([click(key="k" * 129)], 40019),
        ([click(type="view", url="javascript:1")], 40020),
        ([click(type="miniprogram", url="http://x")], 40017),
        (over(*[click()] * 6), 40023),
        (over(click(type="dance")), 40024),
        (over(click(name="")), 40025),
        (over(click(key="")), 40026),
        (over(click(type="view", url="")), 40027),
    ],
)
def test_a_wrong_menu_is_refused(town, buttons, expected):
    assert town.call("oa", CREATE, {"button": buttons})["errcode"] == expected


def test_a_menu_in_escapes_is_refused(town):
    told = town.call("oa", CREATE, b'{"button": [{"name": "\\u529e\\u4ef6"}]}')
    assert told["errcode"] == 40033


def scene(action, expire=None, **scene):
    told = {"action_name": action, "action_info": {"scene": scene}}
    return told | ({"expire_seconds": expire} if expire else {})


def test_a_scene_code_is_good_for_its_time(town):
    made = town.call("oa", QRCODE, scene("QR_STR_SCENE", 600, scene_str="hall"))
    assert made["expire_seconds"] == 600
    picture = requests.get(f"{town.url}/cgi-bin/showqrcode", {"ticket": made["ticket"]}, timeout=60)
    assert Image.open(io.BytesIO(picture.content)).size == (320, 320)
    assert town.get("/control/v1/menu")["scenes"] == ["hall"]
    town.control("/clock", advance_seconds=601)
    late = requests.get(f"{town.url}/cgi-bin/showqrcode", {"ticket": made["ticket"]}, timeout=60)
    assert late.status_code == 404


@pytest.mark.parametrize(
    "told",
    [
        scene("QR_STR_SCENE", scene_str=""),
        scene("QR_LIMIT_SCENE", scene_id=100_001),
        scene("QR_SCENE", scene_id="7"),
        scene("QR_DANCE", scene_id=7),
        {"action_name": "QR_SCENE"},
    ],
)
def test_a_wrong_scene_is_refused(town, told):
    assert town.call("oa", QRCODE, told)["errcode"] == 40053


def test_a_number_is_a_scene_too(town):
    made = town.call("oa", QRCODE, scene("QR_SCENE", scene_id=7))
    assert made["expire_seconds"] == 60


def test_a_photo_of_the_chat_can_be_fetched_by_both_ways(town, follower):
    photo = b"\xff\xd8\xff-a-photo"
    town.act(follower, "image", data=base64.b64encode(photo).decode())
    [told] = town.pushed(1)
    assert requests.get(told["PicUrl"], timeout=60).content == photo
    asked = {"access_token": town.token("oa"), "media_id": told["MediaId"]}
    answer = requests.get(f"{town.url}/cgi-bin/media/get", asked, timeout=60)
    assert answer.content == photo
    assert 'filename="media.jpg"' in answer.headers["Content-Disposition"]


def test_a_photo_is_gone_after_three_days(town, follower):
    town.act(follower, "image")
    [told] = town.pushed(1)
    town.control("/clock", advance_seconds=3 * 24 * 3600 + 1)
    assert requests.get(told["PicUrl"], timeout=60).status_code == 404
    query = {"access_token": town.token("oa"), "media_id": told["MediaId"]}
    assert town.get("/cgi-bin/media/get", **query)["errcode"] == 40007


def test_a_photo_of_one_accounts_chat_is_no_use_to_the_other(town, follower):
    for count, (account, other) in enumerate((("oa", "mp"), ("mp", "oa")), 1):
        town.act(follower, "image", account=account)
        told = town.pushed(count)[-1]
        query = {"access_token": town.token(other), "media_id": told["MediaId"]}
        assert town.get("/cgi-bin/media/get", **query)["errcode"] == 40007


def test_an_uploaded_file_gets_a_media_id(town):
    url, token = f"{town.url}/cgi-bin/media/upload", town.token("oa")
    files = {"media": ("a.png", b"png", "image/png")}
    query = {"access_token": token, "type": "image"}
    told = requests.post(url, params=query, files=files, timeout=60).json()
    assert (told["type"], len(told["media_id"])) == ("image", 64)
    wrong = requests.post(url, params=query | {"type": "film"}, files=files, timeout=60).json()
    assert wrong["errcode"] == 40004
    assert requests.post(url, params=query, timeout=60).json()["errcode"] == 41005


def test_followers_are_known_by_unionid_without_name(town, follower):
    token, stranger = town.token("oa"), town.person()
    told = town.get("/cgi-bin/user/info", access_token=token, openid=follower["oa_openid"])
    assert (told["subscribe"], told["unionid"]) == (1, follower["unionid"])
    assert "nickname" not in told
    other = town.get("/cgi-bin/user/info", access_token=token, openid=stranger["oa_openid"])
    assert other == {"subscribe": 0, "openid": stranger["oa_openid"]}
    assert town.get("/cgi-bin/user/info", access_token=token, openid="x")["errcode"] == 40003
    listed = town.get("/cgi-bin/user/get", access_token=token)
    assert listed["data"]["openid"] == [follower["oa_openid"]]
