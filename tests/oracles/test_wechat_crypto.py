"""Both our ciphers, the service's and the simulator's, against npm's wechat-crypto."""

import secrets
from datetime import UTC, datetime

import pytest

from app.wechat import envelope, frame
from app.wechat.envelope import Channel, Query
from handlers.exchange import Text
from simulator.wechat import crypto
from simulator.wechat import envelope as theirs

from .asking import ask

# The platform's own published example (its page on message push): key, filler and result.
PUBLISHED = {
    "token": "AAAAA",
    "key": "A" * 43,
    "appid": "wxba5fad812f8e6fb9",
    "timestamp": "1713424427",
    "nonce": "415670741",
}
PUBLISHED_TEXT, FILLER = b'{"demo_resp":"good luck"}', b"707722b803182950"
PUBLISHED_SEAL = (
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
)
PUBLISHED_SIGNATURE = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
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


def test_the_published_example_is_that_of_both():
    parts = (PUBLISHED["token"], PUBLISHED["timestamp"], PUBLISHED["nonce"], PUBLISHED_SEAL)
    assert frame.sign(*parts) == crypto.signature(*parts) == PUBLISHED_SIGNATURE
    key, appid = PUBLISHED["key"], PUBLISHED["appid"]
    assert frame.decipher(PUBLISHED_SEAL, key, appid) == PUBLISHED_TEXT
    assert crypto.seal(PUBLISHED_TEXT, appid, key, FILLER) == PUBLISHED_SEAL


@pytest.mark.node
def test_the_published_example_is_that_of_the_oracle():
    [told] = ask([PUBLISHED | {"open": PUBLISHED_SEAL}])
    assert told["signature"] == PUBLISHED_SIGNATURE
    assert told["message"] == PUBLISHED_TEXT.decode()
