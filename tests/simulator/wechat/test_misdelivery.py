"""Pushes as no healthy service hopes for them: late, early, at once, twice, and oddly written."""

import json
import threading

import pytest
from flask import request

from simulator.wechat import crypto, envelope
from simulator.wechat.samples import SAMPLES
from tests.simulator.wechat.test_pushes import write


def test_a_switch_makes_it_four_deliveries(town, follower):
    town.turn(deliveries=4)
    town.reply = lambda path, body: ("", 500)
    assert len(write(town, follower)) == 4
    assert len(write(town, follower, deliveries=1)) == 1


def test_retries_may_be_signed_anew(town, follower):
    town.turn(retry_signature="fresh")
    town.reply = lambda path, body: ("", 500)
    write(town, follower)
    assert len({query["nonce"] for _, query, _ in town.pushes}) == 3
    assert len({body for _, _, body in town.pushes}) == 3
    assert len({told["MsgId"] for told in town.pushed(3)}) == 1
    write(town, follower, retry_signature="same")
    assert len({query["nonce"] for _, query, _ in town.pushes}) == 4


def test_held_pushes_are_released_in_any_order(town, follower):
    held = [write(town, follower, str(n), hold=True)[0] for n in range(3)]
    assert {one["outcome"] for one in held} == {"held"}
    assert town.pushes == []
    town.reply = lambda path, body: town.sealed_reply(follower, Content="收到")
    numbers = [one["push"] for one in reversed(held)]
    done = town.control("/pushes/release", numbers=numbers)["deliveries"]
    assert [one["outcome"] for one in done] == ["replied"] * 3
    assert [one["Content"] for one in town.pushed(3)] == ["2", "1", "0"]
    assert town.chat(follower)[-1]["text"] == "收到"
    assert town.control("/pushes/release", numbers=[999])["error"] == "missing_key"


def test_held_pushes_are_released_all_at_once(town, follower):
    town.meeting = threading.Barrier(3)
    town.reply = lambda path, body: "success" if town.meeting.wait(60) >= 0 else ""
    held = [write(town, follower, str(n), hold=True)[0]["push"] for n in range(3)]
    together = {"parallel": True, "push": {"timeout_seconds": 60}}
    done = town.control("/pushes/release", numbers=held, **together)["deliveries"]
    assert [one["outcome"] for one in done] == ["accepted"] * 3


def test_events_may_fall_into_one_second(town, follower):
    for _ in range(2):
        town.act(follower, "scan", scene="hall", push={"create_time": 1795000000})
    assert [one["CreateTime"] for one in town.pushed(2)] == ["1795000000"] * 2


def test_a_push_may_be_signed_long_ago(town, follower):
    write(town, follower, age_seconds=3600)
    _, query, body = town.pushes[0]
    assert 3590 < town.world.clock.seconds() - int(query["timestamp"]) < 3700
    sealed = envelope.read(body, "xml")["Encrypt"]
    parts = ("tok-oa", query["timestamp"], query["nonce"], sealed)
    assert query["msg_signature"] == crypto.signature(*parts)


def test_a_push_may_come_in_the_open_though_the_account_is_safe(town, follower):
    write(town, follower, forge="plain")
    assert "Encrypt" not in envelope.read(town.pushes[0][2], "xml")


def json_of(town):
    path, _, body = town.pushes[-1]
    account = town.world.account(path.removeprefix("/wechat/"))
    return json.loads(crypto.unseal(json.loads(body)["Encrypt"], account.aes_key)[0])


def consent(town, person, **push):
    town.act(person, "subscribe", template_ids=["T_MP"], push=push)
    return json_of(town)


def test_a_list_of_one_is_an_object_or_a_list(town, follower):
    assert isinstance(consent(town, follower)["List"], dict)
    assert isinstance(consent(town, follower, lists="array")["List"], list)
    town.turn(push_lists="array")
    assert isinstance(consent(town, follower)["List"], list)


def test_numbers_are_text_or_text_is_numbers(town, follower):
    assert isinstance(consent(town, follower, numbers="text")["CreateTime"], str)
    told = consent(town, follower, numbers="number", lists="array")
    assert told["List"][0]["PopupScene"] == 0
    town.turn(push_numbers="text")
    assert isinstance(consent(town, follower)["CreateTime"], str)


def test_keys_may_begin_with_a_space(town, follower):
    push = {"spaced": True}
    town.act(follower, "event", name="user_authorization_revoke", account="mp", push=push)
    told = json_of(town)
    assert told[" OpenID"] == follower["mp_openid"]
    assert told["Event"] == "user_authorization_revoke"


@pytest.mark.parametrize(
    ("shows", "sides"),
    [
        (False, ["resident", "resident", "note"]),
        (True, ["resident", "account", "resident", "note"]),
    ],
)
def test_a_program_shows_no_reply_but_the_handing_over_unless_a_switch_says_so(
    town, follower, shows, sides
):
    town.turn(program_shows_replies=shows)
    replies = iter(["text", "transfer_customer_service"])

    def reply(path, body):
        return json.dumps(
            {"ToUserName": follower["mp_openid"], "FromUserName": "gh_mp", "CreateTime": 1}
            | {"MsgType": next(replies), "Content": "您好"}
        )

    town.reply = reply
    for _ in range(2):
        push = {"mode": "plain"}
        town.act(follower, "text", account="mp", content="在吗", push=push)
    assert [line["side"] for line in town.chat(follower)][-len(sides) :] == sides


def test_the_address_does_not_answer_in_time(town, follower):
    town.world.config["public_url"] = "http://127.0.0.1:1"
    assert write(town, follower, deliveries=1)[0]["status"] is None


def test_content_types_are_switches(town, follower):
    seen = []
    town.reply = lambda path, body: seen.append(request.content_type) or "success"
    town.turn(push_content_type_xml="application/xml")
    write(town, follower)
    consent(town, follower)
    assert seen == ["application/xml", "application/json"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_of_the_papers_can_be_caused(town, follower, name):
    told = town.act(follower, "event", name=name)
    assert told["deliveries"][0]["outcome"] == "accepted"
    assert town.pushed(1)[0]["Event"] == name
