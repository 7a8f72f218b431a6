"""Both our ciphers, the service's and the simulator's, against npm's wechat-crypto and vectors."""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.wechat import envelope, frame
from app.wechat.envelope import Channel, Query
from handlers.exchange import Text
from simulator.wechat import crypto
from simulator.wechat import envelope as theirs

from .asking import ask

KNOWN = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["vectors"]
SIGNED = [one for one in KNOWN if one["kind"] == "sha1_signature"]
SEALED = [one for one in KNOWN if one["kind"].startswith("wxbizmsgcrypt")]
TEXTS = ["", "a", "办事通", "😀" * 7, "]]>&<xml>", *["长" * n for n in range(9, 13)], "x" * 5000]
AT = datetime.fromtimestamp(1795000000, UTC)


def keys():
    """Invent keys: a few whose last character has spare bits set, as most have."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return ["".join(secrets.choice(letters) for _ in range(43)) for _ in range(4)] + ["A" * 43]


def questions():
    """Ask about every text with every key."""
    common = {"token": "tok", "appid": "wx0123456789abcdef", "timestamp": "1795000000"}
    return [
        common | {"key": key, "nonce": str(number), "seal": text}
        for number, key in enumerate(keys())
        for text in TEXTS
    ]


@pytest.mark.node
def test_what_the_oracle_seals_and_signs_both_of_ours_open_and_accept():
    asked = questions()
    for one, told in zip(asked, ask(asked), strict=True):
        parts = (one["token"], one["timestamp"], one["nonce"], told["encrypted"])
        assert frame.signed(told["signature"], *parts)
        assert crypto.signature(*parts) == told["signature"]
        assert frame.decipher(told["encrypted"], one["key"], one["appid"]) == one["seal"].encode()
        opened = crypto.unseal(told["encrypted"], one["key"])
        assert opened == (one["seal"].encode(), one["appid"])


def by_service(one):
    return frame.encipher(one["seal"], one["key"], one["appid"])


def by_simulator(one):
    return crypto.seal(one["seal"].encode(), one["appid"], one["key"])


@pytest.mark.node
@pytest.mark.parametrize("seal", [by_service, by_simulator])
def test_what_either_of_ours_seals_the_oracle_opens(seal):
    asked = [one | {"open": seal(one)} for one in questions()]
    for one, told in zip(asked, ask(asked), strict=True):
        assert (told["message"], told["appid"]) == (one["seal"], one["appid"])
        parts = (one["token"], one["timestamp"], one["nonce"], one["open"])
        assert frame.sign(*parts) == crypto.signature(*parts) == told["signature"]


@pytest.mark.node
def test_a_whole_answer_of_the_service_opens_at_the_oracle():
    channel = Channel("oa", "wx0123456789abcdef", "tok", keys()[0])
    fields = {"MsgType": "text", "FromUserName": "o1", "CreateTime": "1", "ToUserName": "gh"}
    to = envelope.message("oa", channel.appid, fields)
    said = envelope.render(Text(words="您有 1 件办件 ]]> 待补正"), to, "xml", AT)
    outer = theirs.read(envelope.seal(said, channel, "42", AT), "xml")
    common = {"token": channel.token, "key": channel.aes_key, "appid": channel.appid}
    asked = {"open": outer["Encrypt"], "timestamp": outer["TimeStamp"], "nonce": outer["Nonce"]}
    [told] = ask([common | asked])
    assert (told["message"], told["appid"]) == (said, channel.appid)
    assert told["signature"] == outer["MsgSignature"]


@pytest.mark.node
def test_a_whole_push_the_oracle_wrote_is_read_by_the_service():
    channel = Channel("oa", "wx0123456789abcdef", "tok", keys()[0])
    message = {"ToUserName": "gh", "FromUserName": "o1", "CreateTime": 1795000000}
    message |= {"MsgType": "text", "Content": "社保 ]]> 怎么办", "MsgId": 7}
    common = {"token": channel.token, "key": channel.aes_key, "appid": channel.appid}
    text = theirs.write(message, "xml").decode()
    [told] = ask([common | {"seal": text, "timestamp": "1795000000", "nonce": "42"}])
    body = theirs.write({"ToUserName": "gh", "Encrypt": told["encrypted"]}, "xml")
    query = Query("", told["signature"], "1795000000", "42")
    assert envelope.read(channel, query, body, AT).words == message["Content"]


@pytest.mark.parametrize("one", SIGNED, ids=lambda one: one["name"])
def test_known_signatures_are_those_of_both(one):
    parts = (one["token"], one["timestamp"], one["nonce"])
    assert frame.sign(*parts) == crypto.signature(*parts) == one["expect"]["signature"]


def sealed(one):
    """Return the ciphertext and msg_signature of a vector, and what lies inside."""
    told = one.get("body", {}) | one["expect"]
    encrypted = told.get("Encrypt") or told["encrypt"]
    return encrypted, told["msg_signature"], told.get("message") or one["message"]


@pytest.mark.parametrize("one", SEALED, ids=lambda one: one["name"])
def test_known_ciphertexts_are_opened_by_both(one):
    encrypted, signature, message = sealed(one)
    parts = (one["token"], one["timestamp"], one["nonce"], encrypted)
    assert frame.sign(*parts) == crypto.signature(*parts) == signature
    opened = frame.decipher(encrypted, one["encoding_aes_key"], one["appid"])
    assert crypto.unseal(encrypted, one["encoding_aes_key"]) == (opened, one["appid"])
    assert opened.decode() == message
    if "random16" in one:
        filler = one["random16"].encode()
        again = crypto.seal(opened, one["appid"], one["encoding_aes_key"], filler)
        assert again == encrypted


@pytest.mark.node
def test_known_ciphertexts_are_opened_by_the_oracle():
    asked = [
        {"token": one["token"], "key": one["encoding_aes_key"], "appid": one["appid"]}
        | {"timestamp": one["timestamp"], "nonce": one["nonce"], "open": sealed(one)[0]}
        for one in SEALED
    ]
    for one, told in zip(SEALED, ask(asked), strict=True):
        assert (told["signature"], told["message"]) == sealed(one)[1:]
