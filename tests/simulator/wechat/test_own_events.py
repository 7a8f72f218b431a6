"""Events of the platform itself, and menu buttons that bear more than a key."""

from tests.simulator.wechat.test_acts import BUTTONS

REVOKED = "user_authorization_revoke"


def test_a_withdrawn_permission_is_told_by_the_platform_not_the_person(town, follower):
    other = town.person(unionid=None)
    town.act(follower, "event", name=REVOKED, fields={"RevokeInfo": "13"}, account="mp")
    town.act(other, "event", name=REVOKED, account="mp")
    first, second = town.pushed(2)
    assert first["FromUserName"] == second["FromUserName"] != follower["mp_openid"]
    assert (first["OpenID"], first["UnionID"]) == (follower["mp_openid"], follower["unionid"])
    assert (first["AppID"], first["RevokeInfo"]) == ("wx_mp", "13")
    assert "UnionID" not in second


def test_a_lapsed_certification_concerns_nobody(town):
    told = town.control("/events", name="verify_expired", fields={"ExpiredTime": 1795000002})
    assert told["message"]["ExpiredTime"] == 1795000002
    assert town.pushed(1)[0]["Event"] == "verify_expired"
    assert town.control("/events", name="no_such_event")["error"] == "bad_act"
    assert "annual_renew" in town.get("/control/v1/events")["events"]


def test_a_scanning_button_tells_what_was_scanned(town, follower):
    scan = {"type": "scancode_waitmsg", "name": "扫一扫", "key": "scan-here"}
    town.call("oa", "/cgi-bin/menu/create", {"button": [*BUTTONS, scan]})
    town.act(follower, "menu", key="scan-here")
    [told] = town.pushed(1)
    assert (told["EventKey"], told["ScanCodeInfo"]["ScanType"]) == ("scan-here", "qrcode")


def test_menu_names_may_be_longer_and_escapes_allowed(town):
    create, button = "/cgi-bin/menu/create", {"type": "click", "name": "长" * 6, "key": "k"}
    town.turn(menu_top_bytes=18, menu_escapes_refused=False)
    assert town.call("oa", create, {"button": [button]})["errcode"] == 0
    escaped = rb'{"button":[{"type":"click","name":"\u529e","key":"k"}]}'
    assert town.call("oa", create, escaped)["errcode"] == 0
    town.turn(menu_escapes_refused=True)
    assert town.call("oa", create, escaped)["errcode"] == 40033


def test_a_window_can_be_opened_as_a_payment_would(town, follower):
    send = "/cgi-bin/message/custom/send"
    told = {"touser": follower["oa_openid"], "msgtype": "text", "text": {"content": "您好"}}
    town.control("/clock", advance_seconds=61)
    town.act(follower, "window", trigger="payment")
    assert [town.call("oa", send, told)["errcode"] for _ in range(7)] == [0] * 7
    assert town.act(follower, "window", trigger="rain")["error"] == "bad_act"
    town.patch(f"/people/{follower['id']}", blocked=True)
    assert town.call("oa", send, told)["errcode"] == 48002
