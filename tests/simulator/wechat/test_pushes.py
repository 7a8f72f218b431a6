"""Pushes: signed, encrypted, repeated, forged; and what the chat shows of their answers."""

import time

import pytest

from simulator.wechat import crypto, envelope
from tests.simulator.wechat import town as towns

UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"


def write(town, person, content="我的办件", **push):
    return town.act(person, "text", content=content, push=push)["deliveries"]


def test_a_text_arrives_signed_and_encrypted(town, follower):
    [delivery] = write(town, follower)
    assert (delivery["status"], delivery["outcome"]) == (200, "accepted")
    [(path, query, body)] = town.pushes
    sealed = envelope.read(body, "xml")
    assert (path, query["encrypt_type"], sorted(sealed)) == (
        "/wechat/oa", "aes", ["Encrypt", "ToUserName"])  # fmt: skip
    parts = ("tok-oa", query["timestamp"], query["nonce"])
    assert query["signature"] == crypto.signature(*parts)
    assert query["msg_signature"] == crypto.signature(*parts, sealed["Encrypt"])
    [told] = town.pushed(1)
    assert (told["MsgType"], told["Content"]) == ("text", "我的办件")
    assert told["FromUserName"] == follower["oa_openid"] == query["openid"]
    assert len(told["MsgId"]) == 17


def test_text_that_would_end_cdata_arrives_whole(town, follower):
    write(town, follower, "a]]>b<xml>&")
    assert town.pushed(1)[0]["Content"] == "a]]>b<xml>&"


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_the_other_modes_bear_the_text_in_the_open(town, follower, mode):
    write(town, follower, mode=mode)
    [(_, query, body)] = town.pushes
    told = envelope.read(body, "xml")
    assert told["Content"] == "我的办件"
    assert ("Encrypt" in told, "msg_signature" in query) == (mode == "compatible",) * 2


def test_an_encrypted_reply_is_shown(town, follower):
    town.reply = lambda path, body: town.sealed_reply(follower, Content="您有 1 件办件")
    [delivery] = write(town, follower)
    assert delivery["outcome"] == "replied"
    assert delivery["message"]["Content"] == "您有 1 件办件"
    last = town.chat(follower)[-1]
    assert (last["side"], last["kind"], last["text"]) == ("account", "text", "您有 1 件办件")


def test_a_news_card_is_shown_with_its_link(town, follower):
    item = {"Title": "就业创业证", "Description": "免费", "PicUrl": "", "Url": "http://x/1"}
    told = {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": item}}
    town.reply = lambda path, body: town.sealed_reply(follower, **told)
    write(town, follower)
    [card] = town.chat(follower)[-1]["articles"]
    assert (card["title"], card["url"]) == ("就业创业证", "http://x/1")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"MsgType": "image", "Image": {"MediaId": "m1"}}, "image"),
        ({"MsgType": "voice", "Voice": {"MediaId": "m1"}}, "voice"),
        ({"MsgType": "video", "Video": {"MediaId": "m1", "Title": "办事指南"}}, "text"),
        ({"MsgType": "transfer_customer_service"}, "note"),
        ({"MsgType": "text"}, "note"),
    ],
)
def test_every_kind_of_reply_has_its_line(town, follower, told, kind):
    town.reply = lambda path, body: town.sealed_reply(follower, **told)
    write(town, follower)
    assert town.chat(follower)[-1]["kind"] == kind


def test_a_malformed_reply_is_not_asked_for_again_and_the_user_is_told(town, follower):
    town.reply = lambda path, body: {"error": "json"}
    [delivery] = write(town, follower)
    assert delivery["outcome"] == "malformed"
    assert town.chat(follower)[-1]["text"] == UNAVAILABLE


def wrong_replies(town, person):
    plain = {"ToUserName": person["oa_openid"], "FromUserName": "gh_oa", "MsgType": "text"}
    plain |= {"CreateTime": 1, "Content": "明文"}
    good = town.sealed_reply(person, Content="好").decode()
    yield envelope.write(plain, "xml")
    yield town.sealed_reply(person, nonce="123456789", Content="好")
    yield good.replace("<MsgSignature><![CDATA[", "<MsgSignature><![CDATA[00").encode()
    yield town.sealed_reply(person, ToUserName="someone else", Content="好")
    yield town.sealed_reply(person, MsgType="card")
    yield town.sealed_reply(person, CreateTime="soon", Content="好")
    yield town.sealed_reply(person, CreateTime="", Content="好")
    yield b"<xml>"
    yield b"<html><body>502</body></html>"


def test_no_wrongly_sealed_reply_is_taken(town, follower):
    write(town, follower)
    for number in range(len(list(wrong_replies(town, follower)))):
        town.reply = lambda path, body, number=number: list(wrong_replies(town, follower))[number]
        assert [one["outcome"] for one in write(town, follower)] == ["malformed"]


def test_a_reply_for_another_account_or_of_noise_is_not_taken(town, follower):
    def sealed(text, appid):
        query = town.pushes[-1][1]
        parts = (
            "tok-oa",
            "1",
            query["nonce"],
            text or crypto.seal(b"<xml/>", appid, towns.AES_KEY),
        )
        told = {"Encrypt": parts[3], "MsgSignature": crypto.signature(*parts), "TimeStamp": 1}
        return envelope.write(told | {"Nonce": query["nonce"]}, "xml")

    for text, appid, why in (("", "wx_other", "another appid"), ("AAAA", "", "length")):
        town.reply = lambda path, body, text=text, appid=appid: sealed(text, appid)
        assert why in write(town, follower)[0]["why"]


def test_a_failing_service_is_tried_three_times(town, follower):
    town.reply = lambda path, body: ("trouble", 500)
    assert [one["status"] for one in write(town, follower)] == [500, 500, 500]
    assert len({body for _, _, body in town.pushes}) == 1
    assert town.chat(follower)[-1]["text"] == UNAVAILABLE


def test_a_repeat_that_is_answered_in_time_shows_the_answer(town, follower):
    answers = iter([("", 502), "success"])
    town.reply = lambda path, body: next(answers)
    assert [one["outcome"] for one in write(town, follower)] == ["failed", "accepted"]
    assert town.chat(follower)[-1]["side"] == "resident"


def test_a_slow_service_is_given_up_and_tried_again(town, follower):
    town.reply = lambda path, body: time.sleep(0.4) or "success"
    tries = write(town, follower, deliveries=2, timeout_seconds=0.1)
    assert [(one["status"], one["outcome"]) for one in tries] == [(None, "failed")] * 2


def test_copies_come_at_once_or_afterwards(town, follower):
    assert len(write(town, follower, parallel=2, duplicates=1)) == 4
    assert len({told["MsgId"] for told in town.pushed(4)}) == 1


def test_forged_pushes_are_wrong_in_the_way_asked_for(town, follower):
    for forge in ("signature", "missing", "body", "appid", "garbage"):
        write(town, follower, forge=forge, deliveries=1)
    wrong, missing, body, appid, garbage = town.pushes
    assert wrong[1]["msg_signature"] == wrong[1]["signature"] == "0" * 40
    assert "signature" not in missing[1]
    assert "msg_signature" not in missing[1]
    sealed = envelope.read(body[2], "xml")["Encrypt"]
    signed = crypto.signature("tok-oa", body[1]["timestamp"], body[1]["nonce"], sealed)
    assert signed != body[1]["msg_signature"]
    assert crypto.unseal(envelope.read(appid[2], "xml")["Encrypt"], towns.AES_KEY)[1] != "wx_oa"
    assert garbage[2] == b"<xml>"


def test_an_earlier_push_can_be_replayed_to_the_letter(town, follower):
    [first] = write(town, follower)
    again = town.control(f"/pushes/{first['push']}/replay")["deliveries"]
    assert [one["outcome"] for one in again] == ["accepted"]
    assert town.pushes[0] == town.pushes[1]
    assert town.control("/pushes/999999/replay")["error"] == "missing_key"


def test_the_address_is_verified_by_echo(town):
    assert town.control("/verify/oa")["verified"] is True
    assert town.control("/verify/mp")["verified"] is False


def test_the_wire_log_shows_pushes_and_calls(town, follower):
    write(town, follower)
    town.token("oa")
    lines = town.get("/control/v1/log")["lines"]
    assert [line["way"] for line in lines][-2:] == ["out", "in"]
    assert lines[-2]["path"].endswith("/wechat/oa")
    assert lines[-1]["path"] == "/cgi-bin/stable_token"
    assert town.get("/control/v1/log", since=lines[-1]["n"])["lines"] == []


def test_a_token_out_of_bounds_proves_no_address(town):
    town.turn(push_token="[0-9A-Za-z]{3,32}")
    assert town.control("/verify/oa")["verified"] is False
    town.turn(push_token="[0-9A-Za-z-]{3,32}")
    assert town.control("/verify/oa")["verified"] is True
