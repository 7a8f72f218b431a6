"""The gateway asks what the platform's pages say, and reads its answers whatever they are."""

from datetime import UTC, datetime

import pytest

from app.wechat import gateway as gateways
from app.wechat import menu
from app.wechat.gateway import Follower
from app.wechat.verdicts import Garbled, Refused, classify
from base.errors import Unreachable

TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
LOGIN = "/sns/jscode2session"
OAUTH = "/sns/oauth2/access_token"
PHONE = "/wxa/business/getuserphonenumber"
MEDIA = "/cgi-bin/media/get"


def body(platform, path):
    return next(found for asked, _, found in reversed(platform.bodies) if asked == path)


def test_a_template_message_carries_its_idempotency_id(platform, gateway):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 3500000000000000001}

    sent = gateway.send_template("o1", "T1", {"thing1": {"value": "落户"}}, "https://x", "once")

    assert sent == "3500000000000000001"
    assert body(platform, TEMPLATE) == {
        "touser": "o1",
        "template_id": "T1",
        "data": {"thing1": {"value": "落户"}},
        "url": "https://x",
        "client_msg_id": "once",
    }


@pytest.mark.parametrize("page", ["pages/case?id=1", ""])
def test_a_subscription_message_needs_no_msgid(platform, gateway, page):
    platform.answers[SUBSCRIBE] = {"errcode": 0, "errmsg": "ok"}

    assert gateway.send_subscribed("m1", "T2", {"thing1": {"value": "落户"}}, page) == ""
    sent = body(platform, SUBSCRIBE)
    assert (sent.get("page", ""), sent["miniprogram_state"], sent["lang"]) == (
        page,
        "formal",
        "zh_CN",
    )


def test_a_login_code_becomes_a_visitor_without_any_token(platform, gateway):
    platform.answers[LOGIN] = {"openid": "m1", "session_key": "k", "unionid": "u1"}

    assert gateway.session_of("c1") == gateways.Visitor("m1", "u1")
    assert platform.asked["/cgi-bin/stable_token"] == 0
    assert platform.bodies[-1][1]["js_code"] == "c1"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (40163, gateways.LoginCodeStale),
        (40029, gateways.LoginCodeStale),
        (40226, gateways.LoginRefused),
        (45011, Refused),
        (-1, Refused),
    ],
)
def test_a_refused_login_says_what_to_do(platform, gateway, code, error):
    platform.answers[LOGIN] = {"errcode": code, "errmsg": "no rid: 0a0a0a0a-0a0a0a0a-0a0a0a0a"}
    with pytest.raises(error):
        gateway.session_of("c1")


@pytest.mark.parametrize(
    ("info", "phone"),
    [
        ({"purePhoneNumber": "13900000000", "countryCode": "86"}, "13900000000"),
        ({"purePhoneNumber": "13900000000", "countryCode": 86}, "13900000000"),
        ({"purePhoneNumber": "90000000", "countryCode": "852"}, "+85290000000"),
    ],
)
def test_a_phone_code_becomes_a_number(platform, gateway, info, phone):
    platform.answers[PHONE] = {"errcode": 0, "phone_info": info}

    assert gateway.phone_of("c1") == phone
    assert body(platform, PHONE) == {"code": "c1"}


def test_a_used_phone_code_asks_to_sign_in_again(platform, gateway):
    platform.answers[PHONE] = {"errcode": 40029}
    with pytest.raises(gateways.LoginCodeStale):
        gateway.phone_of("c1")


def test_an_answer_without_a_phone_is_garbled(platform, gateway):
    platform.answers[PHONE] = {"errcode": 0}
    with pytest.raises(Garbled):
        gateway.phone_of("c1")


def test_the_unionid_is_asked_for_with_the_visitors_own_token(platform, gateway):
    platform.answers[OAUTH] = {"access_token": "user", "openid": "o1"}
    platform.answers["/sns/userinfo"] = {"openid": "o1", "unionid": "u1"}

    assert gateway.visitor("c1", "snsapi_userinfo") == gateways.Visitor("o1", "u1")
    assert platform.bodies[-1][1]["access_token"] == "user"
    assert gateway.visitor("c2", "snsapi_base") == gateways.Visitor("o1", None)


def test_media_comes_as_bytes(platform, gateway):
    platform.answers[MEDIA] = b"\x89PNG picture"

    assert gateway.media("oa", "m1") == b"\x89PNG picture"
    assert platform.bodies[-1][1]["media_id"] == "m1"


@pytest.mark.parametrize("answer", [{"video_url": "x"}, b"<html>", (502, b"<html>")])
def test_media_that_is_no_file_is_garbled(platform, gateway, answer):
    platform.answers[MEDIA] = answer
    with pytest.raises(Garbled) as garbled:
        gateway.media("oa", "m1")

    assert garbled.value.retry


def test_media_that_is_gone_is_refused(platform, gateway):
    platform.answers[MEDIA] = {"errcode": 40007, "errmsg": "invalid media_id"}
    with pytest.raises(Refused) as refused:
        gateway.media("oa", "m1")

    assert not refused.value.retry


@pytest.mark.parametrize(
    ("seconds", "name"), [(None, "QR_LIMIT_STR_SCENE"), (2592000, "QR_STR_SCENE")]
)
def test_a_scene_code_can_be_drawn_and_shown(platform, gateway, seconds, name):
    platform.answers["/cgi-bin/qrcode/create"] = {"ticket": "a/b=", "url": "http://weixin.qq.com/q"}

    code = gateway.scene_code("counter-1", seconds)

    assert code.picture == "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=a%2Fb%3D"
    sent = body(platform, "/cgi-bin/qrcode/create")
    assert (sent["action_name"], sent.get("expire_seconds")) == (name, seconds)


def test_a_followers_unionid_may_be_missing(platform, gateway):
    since = {"subscribe": 1, "subscribe_time": 1767225600}
    platform.answers["/cgi-bin/user/info"] = since | {"unionid": "u1"}
    moment = datetime.fromtimestamp(1767225600, UTC)
    assert gateway.follower("o1") == Follower("u1", moment)
    platform.answers["/cgi-bin/user/info"] = since
    assert gateway.follower("o1") == Follower(None, moment)
    platform.answers["/cgi-bin/user/info"] = {"subscribe": 0}
    assert gateway.follower("o1") == Follower(None, None)


@pytest.mark.parametrize(
    "answer", [b"<html>", (502, b"busy"), b"[]", {"errcode": "x"}, {"errcode": []}, b"\x89PNG"]
)
def test_an_answer_that_is_none_may_be_asked_again(platform, gateway, answer):
    platform.answers[TEMPLATE] = answer
    with pytest.raises(Garbled) as garbled:
        gateway.send_template("o1", "T1", {}, "", "once")

    assert garbled.value.retry


def test_nobody_listening_is_unreachable(redis):
    line = gateways.Line("wx1", "s", "http://127.0.0.1:1", redis)
    with pytest.raises(Unreachable) as error:
        line.call(TEMPLATE, {})

    assert error.value.retry


def test_a_refusal_names_field_and_request_but_no_person(platform, gateway):
    platform.answers[TEMPLATE] = {
        "errcode": 47003,
        "errmsg": "argument invalid! data.character_string1.value i "
        "rid: 0a0a0a0a-0b0b0b0b-0c0c0c0c",
    }
    with pytest.raises(Refused) as refused:
        gateway.send_template("o1", "T1", {}, "", "once")

    assert not refused.value.retry
    reason = f"{TEMPLATE} 47003 bad_data character_string1 0a0a0a0a-0b0b0b0b-0c0c0c0c"
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("endpoint", "code", "kind"),
    [
        (SUBSCRIBE, 43101, "refused"),
        (NOTICE, 40003, "bad_data"),
        (NOTICE, 40037, "missing"),
        (NOTICE, 43101, "refused"),
        (NOTICE, 43107, "template"),
        (NOTICE, 43108, "person"),
        (NOTICE, 45103, "configuration"),
        (NOTICE, 45168, "bad_data"),
        (NOTICE, 47003, "bad_data"),
        (NOTICE, 48001, "configuration"),
        (TEMPLATE, 45009, "quota"),
        (TEMPLATE, 40001, "token"),
        (OAUTH, 40001, "configuration"),
        ("/wxa/msg_sec_check", 43104, "bad_data"),
        (TEMPLATE, 43104, "unknown"),
    ],
)
def test_codes_are_classed_by_endpoint(endpoint, code, kind):
    assert classify(endpoint, code) == kind


def test_wechatpy_may_only_call_what_we_know(gateway):
    with pytest.raises(ValueError, match="not a call we make"):
        gateway.oa.client.get("https://elsewhere.example/x")
    with pytest.raises(ValueError, match="files"):
        gateway.oa.client.media.upload("image", b"x")


def test_a_dry_run_shows_the_difference_and_changes_nothing(platform, gateway, settings):
    platform.answers["/cgi-bin/menu/get"] = {"errcode": 46003, "errmsg": "menu no exist"}

    told = menu.publish(gateway, settings, dry_run=True)

    assert '+{"name": "办事"}' in told
    assert platform.asked["/cgi-bin/menu/create"] == 0


def test_a_published_menu_is_not_published_again(platform, gateway, settings):
    kept = {}
    platform.answers["/cgi-bin/menu/create"] = lambda _, sent: kept.update(sent) or {"errcode": 0}
    platform.answers["/cgi-bin/menu/get"] = lambda *_: {
        "menu": {"button": [each | {"appid": ""} for each in kept.get("button", [])]}
    }

    assert menu.publish(gateway, settings, dry_run=False).startswith("Published")
    assert kept["button"][0]["sub_button"][0]["url"] == "http://127.0.0.1:1/h5/"
    assert "is what" in menu.publish(gateway, settings, dry_run=False)


def test_a_menu_answer_without_buttons_is_garbled(platform, gateway):
    platform.answers["/cgi-bin/menu/get"] = {"menu": {}}
    with pytest.raises(Garbled):
        gateway.menu()


def test_a_menu_that_may_not_be_read_is_refused(platform, gateway):
    platform.answers["/cgi-bin/menu/get"] = {"errcode": 48001}
    with pytest.raises(Refused):
        gateway.menu()


def test_a_menu_the_platform_would_refuse_is_not_sent_to_it():
    long = {"name": "很长很长很长的名字", "type": "view", "url": "https://x/" + "y" * 1024}
    many = {"name": "多", "sub_button": [{"name": "一", "type": "click", "key": "k"}] * 6}
    found = menu.faults([long, many, many, many])

    assert found[0] == "4 buttons, 1 to 3 are shown"
    assert found[1:3] == [
        "很长很长很长的名字: name has 27 bytes, 16 are taken",
        "很长很长很长的名字: url has 1034 bytes, 1024 are taken",
    ]
    assert found[3] == "多: 6 buttons below, 5 are shown"
    assert menu.faults(menu.wish("https://county.example")) == []


def test_the_menu_keeps_the_platforms_limits():
    buttons = menu.wish("https://county.example")

    assert 1 <= len(buttons) <= 3
    for button in buttons:
        assert len(button["name"].encode()) <= 16
        assert 1 <= len(button["sub_button"]) <= 5
        for each in button["sub_button"]:
            assert len(each["name"].encode()) <= 40
            assert ("key" in each) == (each["type"] == "click")
