"""Template and subscription messages: who may get one, what may stand in it, what comes back."""

import pytest

from tests.simulator.wechat.town import DATA

TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
BIZSEND = "/cgi-bin/message/subscribe/bizsend"


def template(town, person, **more):
    told = {"touser": person["oa_openid"], "template_id": "T_OA", "data": DATA} | more
    return town.call("oa", TEMPLATE, told)


def subscribe(town, person, **more):
    told = {"touser": person["mp_openid"], "template_id": "T_MP", "data": DATA} | more
    return town.call("mp", SUBSCRIBE, told)


def test_a_template_message_is_a_card_and_its_end_is_told(town, follower):
    answer = template(town, follower, url="http://127.0.0.1/h5/cases/1")
    card = town.chat(follower)[-1]
    assert (card["kind"], card["title"], card["url"]) == (
        "template", "办件进度通知", "http://127.0.0.1/h5/cases/1")  # fmt: skip
    assert card["fields"][0] == {"key": "thing1", "label": "事项名称", "value": "就业创业证办理"}
    [told] = town.pushed(1)
    assert (told["Event"], told["Status"]) == ("TEMPLATESENDJOBFINISH", "success")
    assert told["MsgID"] == str(answer["msgid"]) == card["msgid"]


def test_a_card_may_open_the_linked_program_only(town, follower):
    template(town, follower, miniprogram={"appid": "wx_mp", "pagepath": "pages/case"})
    assert town.chat(follower)[-1]["miniprogram"]["pagepath"] == "pages/case"
    assert template(town, follower, miniprogram={"appid": "wx_x"})["errcode"] == 40013


def test_the_same_client_id_is_sent_once_within_ten_minutes(town, follower):
    first = template(town, follower, client_msg_id="case-1")
    again = template(town, follower, client_msg_id="case-1")
    assert again["msgid"] == first["msgid"]
    assert [line["kind"] for line in town.chat(follower)].count("template") == 1
    town.control("/clock", advance_seconds=601)
    assert template(town, follower, client_msg_id="case-1")["msgid"] != first["msgid"]


def test_who_blocks_the_account_gets_nothing_and_that_is_told(town):
    person = town.person(follow=True, blocked=True)
    assert template(town, person)["errcode"] == 0
    assert town.pushed(2)[1]["Status"] == "failed:user block"
    assert town.chat(person)[-1]["kind"] == "note"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"touser": "o_nobody"}, 40003),
        ({"template_id": "T_MP"}, 40037),
        ({"template_id": "T_NEWS"}, 40037),
        ({"template_id": None}, 40037),
        ({"data": None}, 47003),
        ({"data": {"thing1": DATA["thing1"]}}, 47003),
        ({"data": DATA | {"thing9": {"value": "x"}}}, 47003),
        ({"data": DATA | {"thing1": {"value": "长" * 21}}}, 47003),
        ({"data": DATA | {"thing1": {"value": True}}}, 47003),
        ({"data": DATA | {"first": {"value": "您好"}}}, 0),
    ],
)
def test_a_wrong_template_message_is_refused(town, follower, more, expected):
    assert template(town, follower, **more)["errcode"] == expected


def test_who_does_not_follow_gets_no_template_message(town):
    assert template(town, town.person())["errcode"] == 43004


def test_the_wrong_keyword_is_named(town, follower):
    told = template(town, follower, data=DATA | {"time2": {"value": "明天"}})
    assert told["errmsg"].startswith("argument invalid! data.time2.value invalid rid: ")


def test_one_accept_is_one_message(town, follower):
    assert subscribe(town, follower)["errcode"] == 43101
    town.act(follower, "subscribe", template_ids=["T_MP"])
    assert subscribe(town, follower, page="pages/case?n=1")["errcode"] == 0
    assert subscribe(town, follower)["errcode"] == 43101
    card = town.chat(follower)[-1]
    assert (card["kind"], card["miniprogram"]["pagepath"]) == ("subscription", "pages/case?n=1")
    _, sent = town.pushed(2)
    assert (sent["Event"], sent["List"]["ErrorStatus"]) == ("subscribe_msg_sent_event", "success")


def test_accepts_add_up_and_a_reject_clears_them(town, follower):
    town.act(follower, "subscribe", template_ids=["T_MP"])
    town.act(follower, "subscribe", template_ids=["T_MP"])
    assert [subscribe(town, follower)["errcode"] for _ in range(3)] == [0, 0, 43101]
    town.act(follower, "subscribe", template_ids=["T_MP"])
    town.act(follower, "subscribe", template_ids=["T_MP"], accept=False)
    assert subscribe(town, follower)["errcode"] == 43101


def test_a_long_term_consent_is_not_used_up_until_withdrawn(town, follower):
    town.act(follower, "subscribe", template_ids=["T_LONG"])
    sent = [subscribe(town, follower, template_id="T_LONG")["errcode"] for _ in range(3)]
    assert sent == [0, 0, 0]
    town.act(follower, "withdraw", template_ids=["T_LONG"])
    assert subscribe(town, follower, template_id="T_LONG")["errcode"] == 43101


def test_the_account_sends_subscriptions_too(town, follower):
    town.act(follower, "subscribe", template_ids=["T_NEWS"])
    told = {
        "touser": follower["oa_openid"],
        "template_id": "T_NEWS",
        "data": DATA,
        "page": "http://x",
    }
    assert town.call("oa", BIZSEND, told)["errcode"] == 0
    assert town.chat(follower)[-1]["url"] == "http://x"
    consent, sent = town.pushed(2)
    assert consent["SubscribeMsgPopupEvent"]["List"]["PopupScene"] == "0"
    assert sent["SubscribeMsgSentEvent"]["List"]["ErrorCode"] == "0"


def test_each_account_has_its_own_endpoint(town, follower):
    assert town.call("mp", TEMPLATE, {})["errcode"] == 48001
    assert town.call("oa", SUBSCRIBE, {})["errcode"] == 48001
    assert town.call("mp", BIZSEND, {})["errcode"] == 45103
    assert subscribe(town, follower, miniprogram_state="beta")["errcode"] == 40097


@pytest.mark.parametrize("field", ["page", "miniprogram"])
def test_a_switch_has_bizsend_refuse_a_field(town, follower, field):
    told = {"touser": follower["oa_openid"], "template_id": "T_NEWS", "data": DATA}
    told |= {"page": "http://x/1", "miniprogram": {"appid": "wx_mp"}}
    town.act(follower, "subscribe", template_ids=["T_NEWS"])
    assert town.call("oa", BIZSEND, told)["errcode"] == 0
    town.turn(bizsend_refused=[field])
    assert town.call("oa", BIZSEND, told)["errcode"] == 40097
    del told[field]
    assert town.call("oa", BIZSEND, told)["errcode"] == 43101
