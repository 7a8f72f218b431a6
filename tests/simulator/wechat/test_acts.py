"""What people do in WeChat, and the events it causes."""

import pytest

BUTTONS = [
    {"type": "click", "name": "我的办件", "key": "cases"},
    {
        "name": "办事大厅",
        "sub_button": [
            {"type": "view", "name": "办事指南", "url": "http://127.0.0.1/h5/"},
            {"type": "location_select", "name": "附近", "key": "near"},
            {
                "type": "miniprogram",
                "name": "小程序",
                "url": "http://127.0.0.1/h5/",
                "appid": "wx_mp",
                "pagepath": "pages/home",
            },
        ],
    },
]


def test_following_by_a_code_names_the_scene(town):
    person = town.person()
    town.act(person, "follow", scene="hall-3")
    [told] = town.pushed(1)
    assert (told["Event"], told["EventKey"]) == ("subscribe", "qrscene_hall-3")
    assert told["Ticket"]
    assert town.get(f"/control/v1/people/{person['id']}")["following"] is True


def test_following_plainly_has_an_empty_key(town):
    town.person(follow=True)
    [told] = town.pushed(1)
    assert (told["Event"], told["EventKey"]) == ("subscribe", None)


def test_unfollowing_is_told(town, follower):
    town.act(follower, "unfollow")
    assert town.pushed(1)[0]["Event"] == "unsubscribe"
    assert town.act(follower, "text", content="还在吗")["error"] == "bad_act"
    assert town.act(follower, "menu", key="cases")["error"] == "bad_act"


def test_a_follower_who_scans_sends_the_bare_scene(town, follower):
    made = town.call(
        "oa",
        "/cgi-bin/qrcode/create",
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "desk-1"}}},
    )
    town.act(follower, "scan", ticket=made["ticket"])
    [told] = town.pushed(1)
    assert (told["Event"], told["EventKey"], told["Ticket"]) == ("SCAN", "desk-1", made["ticket"])
    assert town.act(follower, "scan", ticket="no such")["error"] == "bad_act"


def test_a_stranger_who_scans_follows(town):
    town.act(town.person(), "scan", scene="hall")
    assert town.pushed(1)[0]["EventKey"] == "qrscene_hall"


def test_menu_taps_cause_the_event_of_their_button(town, follower):
    town.call("oa", "/cgi-bin/menu/create", {"button": BUTTONS})
    town.act(follower, "menu", key="cases")
    town.act(follower, "menu", url="http://127.0.0.1/h5/")
    town.act(follower, "menu", name="小程序")
    town.act(follower, "menu", key="near")
    told = [(one["Event"], one["EventKey"]) for one in town.pushed(4)]
    assert told == [
        ("CLICK", "cases"),
        ("VIEW", "http://127.0.0.1/h5/"),
        ("view_miniprogram", "pages/home"),
        ("location_select", "near"),
    ]
    assert town.act(follower, "menu", key="none")["error"] == "bad_act"


def test_a_failed_tap_is_excused_but_a_failed_event_is_not(town, follower):
    town.call("oa", "/cgi-bin/menu/create", {"button": BUTTONS})
    town.reply = lambda path, body: ("", 500)
    town.act(follower, "scan", scene="x", push={"deliveries": 1})
    assert "扫描" in town.chat(follower)[-1]["text"]
    town.act(follower, "menu", key="cases", push={"deliveries": 1})
    assert "暂时无法提供服务" in town.chat(follower)[-1]["text"]


def test_a_place_is_sent_or_reported(town, follower):
    where = {"latitude": 31.13, "longitude": 119.18}
    town.act(follower, "location", label="建平镇", **where)
    town.act(follower, "location", report=True, **where)
    sent, reported = town.pushed(2)
    assert (sent["MsgType"], sent["Location_X"], sent["Label"]) == ("location", "31.13", "建平镇")
    assert (reported["Event"], reported["Longitude"]) == ("LOCATION", "119.18")


def test_a_voice_may_be_understood(town, follower):
    town.act(follower, "voice", recognition="我要交费")
    town.act(follower, "voice")
    clear, unclear = town.pushed(2)
    assert clear["Recognition"] == "我要交费"
    assert "Recognition" not in unclear


def test_a_message_to_the_program_is_json_with_numbers(town, follower):
    town.act(follower, "text", account="mp", content="你好")
    town.act(follower, "enter", session_from="help")
    text, entered = town.pushed(2)
    assert (text["Content"], type(text["MsgId"]), type(text["CreateTime"])) == ("你好", int, int)
    assert (entered["Event"], entered["SessionFrom"]) == ("user_enter_tempsession", "help")
    assert [line["account"] for line in town.chat(follower)][-2:] == ["mp", "mp"]


def test_any_event_can_be_pushed(town, follower):
    event = {"Event": "user_authorization_revoke", "OpenID": "o1", "RevokeInfo": "8"}
    told = town.act(follower, "raw_event", message=event, account="mp")
    assert told["message"]["FromUserName"] == follower["mp_openid"]
    assert town.pushed(1)[0]["RevokeInfo"] == "8"


@pytest.mark.parametrize("act", ["text", "location", "subscribe", "raw_event"])
def test_an_act_without_its_words_is_refused(town, follower, act):
    assert town.act(follower, act)["error"] == "missing_key"


def test_an_act_that_makes_no_sense_is_refused(town, follower):
    assert town.act(follower, "image", data="?")["error"] == "bad_act"
    assert town.act(follower, "text", content="x", push={"colour": "red"})["error"] == "bad_act"
    assert town.control("/people/p_nobody/follow")["error"] == "no_such_person"


def test_consent_is_told_one_alone_or_several_in_a_list(town, follower):
    town.act(follower, "subscribe", template_ids=["T_MP"])
    town.act(follower, "subscribe", template_ids=["T_MP", "T_LONG"], accept=False)
    town.act(follower, "withdraw", template_ids=["T_OA"])
    alone, several, withdrawn = town.pushed(3)
    assert alone["List"]["SubscribeStatusString"] == "accept"
    assert [one["SubscribeStatusString"] for one in several["List"]] == ["reject", "reject"]
    inside = withdrawn["SubscribeMsgChangeEvent"]["List"]
    assert inside == {"TemplateId": "T_OA", "SubscribeStatusString": "reject"}
    assert town.act(follower, "subscribe", template_ids=["T_NONE"])["key"] == "T_NONE"
