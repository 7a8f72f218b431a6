"""Mini-program sign-in and the phone number, by one-time codes."""

import hashlib
import hmac

LOGIN = "/sns/jscode2session"
CHECK = "/wxa/checksession"
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


def proof(town, person, key, **more):
    """Return the query that proves a session_key."""
    signed = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    told = {"openid": person["mp_openid"], "signature": signed, "sig_method": "hmac_sha256"}
    return told | {"access_token": town.token("mp")} | more


def test_the_session_key_is_checked_by_its_text_in_query_or_body(town, follower):
    key = login(town, code(town, follower))["session_key"]
    told = proof(town, follower, key)
    assert town.get(CHECK, **told)["errcode"] == 0
    token = told.pop("access_token")
    assert town.post(CHECK, told, access_token=token)["errcode"] == 0
    assert town.get(CHECK, **proof(town, follower, key, signature="0" * 64))["errcode"] == 87009
    assert town.get(CHECK, **proof(town, follower, key, sig_method="md5"))["errcode"] == 87008
    assert town.get(CHECK, **proof(town, follower, key, openid=""))["errcode"] == 40097
    assert town.get(CHECK, **proof(town, town.person(), key))["errcode"] == 87007


def test_a_session_key_is_renewed_by_who_knows_it_or_by_a_login(town, follower):
    first = login(town, code(town, follower))["session_key"]
    second = town.get("/wxa/resetusersessionkey", **proof(town, follower, first))["session_key"]
    assert town.get(CHECK, **proof(town, follower, first))["errcode"] == 87009
    assert town.get(CHECK, **proof(town, follower, second))["errcode"] == 0
    login(town, code(town, follower))
    assert town.get(CHECK, **proof(town, follower, second))["errcode"] == 87009


def test_a_phone_code_is_worth_the_number_once(town, follower):
    fresh = code(town, follower, "phone-code")
    told = town.call("mp", PHONE, {"code": fresh})["phone_info"]
    assert told["purePhoneNumber"] == follower["phone"]
    assert (told["countryCode"], told["watermark"]["appid"]) == ("86", "wx_mp")
    assert town.call("mp", PHONE, {"code": fresh})["errcode"] == 40029
    assert town.call("oa", PHONE, {"code": fresh})["errcode"] == 40013
