"""Mini-program sign-in and the phone number, by one-time codes."""

import hashlib
import hmac

LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


def login(town, code, **more):
    asked = {"appid": "wx_mp", "secret": "s", "js_code": code, "access_token": "ignored"}
    return town.get(LOGIN, **asked | {"grant_type": "authorization_code"} | more)


def code(town, person, kind="login-code", **told):
    return town.act(person, kind, **told)["code"]


def test_a_login_code_is_worth_one_session(town, follower):
    fresh = code(town, follower)
    told = login(town, fresh)
    assert (told["openid"], told["unionid"]) == (follower["mp_openid"], follower["unionid"])
    assert login(town, fresh)["errcode"] == 40163


def test_a_login_code_dies_after_five_minutes_and_is_for_its_purpose(town, follower):
    late = code(town, follower)
    assert login(town, code(town, follower, "phone-code"))["errcode"] == 40029
    assert login(town, late, grant_type="x")["errcode"] == 40002
    town.control("/clock", advance_seconds=301)
    assert login(town, late)["errcode"] == 40029
    town.control("/clock", advance_seconds=301)
    assert "openid" in login(town, code(town, follower))
    assert late not in town.world.part("wechat.codes")


def test_who_has_no_unionid_gets_none(town):
    assert "unionid" not in login(town, code(town, town.person(unionid=None)))


def test_the_session_key_is_checked_by_its_text(town, follower):
    key = login(town, code(town, follower))["session_key"]
    signed = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    asked = {"access_token": town.token("mp"), "openid": follower["mp_openid"]}
    asked["sig_method"] = "hmac_sha256"
    assert town.get("/wxa/checksession", signature=signed, **asked)["errcode"] == 0
    assert town.get("/wxa/checksession", signature="0" * 64, **asked)["errcode"] == 87009


def test_a_phone_code_is_worth_the_number_once(town, follower):
    fresh = code(town, follower, "phone-code")
    told = town.call("mp", PHONE, {"code": fresh})["phone_info"]
    assert told["purePhoneNumber"] == follower["phone"]
    assert (told["countryCode"], told["watermark"]["appid"]) == ("86", "wx_mp")
    assert town.call("mp", PHONE, {"code": fresh})["errcode"] == 40029
    assert town.call("oa", PHONE, {"code": fresh})["errcode"] == 40013
