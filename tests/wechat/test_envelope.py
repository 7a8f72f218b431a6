"""The envelope opens what the platform seals, refuses everything else, and never breaks."""

import base64
import json
from datetime import UTC, datetime

import pytest

from app.wechat import body, envelope, frame
from app.wechat.envelope import Channel, Query
from handlers.exchange import Card, Message, Reply, Silence, Text, Transfer

TOKEN = "gov-test-token-01"
KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
SAFE = Channel("oa", APPID, TOKEN, KEY)
PLAIN = Channel("oa", APPID, TOKEN, KEY, mode="plain")
COMPATIBLE = Channel("oa", APPID, TOKEN, KEY, mode="compatible")
OFFICIAL = Channel("mp", "wxba5fad812f8e6fb9", "AAAAA", "A" * 43, format="json")
AT = datetime.fromtimestamp(1767225601, UTC)
ENCRYPTED = (
    "pxDvIKtJjb6ivztGO70jSuBzGgNI0QA6EnVV+mmxHz8wXv59GPNiSJXQQHUpUjmlYHrgnCUOrshRhxniF2/0/7Rj/q8LFz"
    "v/cPe0mBBvlDB/ZhNJzgjQm2HJXFuCbGhhxV/GEqAFiuEdlGTlst8r58ROJd4XJOAxafd2iwmJdFeVEccYvVbxIEi+z8QM"
    "jcIXE56jYrORrszMzr5aayiKDoXsO80XmYrd5aG0k6T+fsq5sWOhWs3QuMV1s2KWaX+peCmaVqVlk2GNb3M4Rz+E62H+UR"
    "RSEW48NVFJ+V27QrA9PuTzwHUQWyquhnC7IrcnxyNo8zvY9aX8CTXSKMPXYyaEiSVOHkJ5grfI9x2wNRrpCWfPC6l8UtdG"
    "fDWwfEsTrk17j3UyQMeHGHttjPfQdFcT+dIDFodyqiVFAKkJR8WklNkf/TgBd1nF73UVnGDcB37l63kEj9Ktj8UfuhsFlg"
    "=="
)
GENUINE = Query(
    "bada23f538ee663a9007ac46c39093184f544e54",
    "6406f09fa4b4d642bbdf3eb428c4a3bcfcc9d656",
    "1767225601",
    "1320562132",
)
OFFICIAL_BODY = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZq"
    "zDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pe"
    "de2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebu"
    "fAlr7F9mFUPAJGj04="
)
TEXT = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1767225600"
    "</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>9</MsgId></xml>"
)


def safe_body(encrypted: str, extra: str = "") -> bytes:
    inner = f"<ToUserName>gh_1</ToUserName><Encrypt>{encrypted}</Encrypt>{extra}"
    return f"<xml>{inner}</xml>".encode()


def sealed(channel: Channel, text: str, appid: str = APPID) -> tuple[Query, bytes]:
    encrypted = frame.encipher(text, channel.aes_key, appid)
    stamp, nonce = str(int(AT.timestamp())), "77"
    query = Query(
        frame.sign(channel.token, stamp, nonce),
        frame.sign(channel.token, stamp, nonce, encrypted),
        stamp,
        nonce,
    )
    return query, safe_body(encrypted)


def plainly(text: str, channel: Channel = PLAIN) -> Message:
    query = Query(frame.sign(TOKEN, GENUINE.timestamp, "1"), "", GENUINE.timestamp, "1")
    return envelope.read(channel, query, text.encode(), AT)


def xml(**fields: str) -> str:
    all_fields = {"FromUserName": "o1", "ToUserName": "gh_1", "CreateTime": "1767225600"} | fields
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in all_fields.items())
    return f"<xml>{inner}</xml>"


def test_the_published_safe_mode_push_opens():
    query = Query("", "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3", "1714112445", "415670741")
    raw = json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": OFFICIAL_BODY}).encode()

    found = envelope.read(OFFICIAL, query, raw, datetime.fromtimestamp(1714112445, UTC))

    assert (found.kind, found.event, found.text("debug_str")) == (
        "event",
        "debug_demo",
        "hello world",
    )


def test_a_key_with_spare_bits_opens_chinese_and_emoji():
    found = envelope.read(SAFE, GENUINE, safe_body(ENCRYPTED), AT)

    assert found.words == "你好，我想查询社保办理进度😀"
    assert found.text("MsgId") == "24501234567890123"


def test_the_published_address_check_is_answered_with_its_echo():
    query = Query("f464b24fc39322e44b38aa78f5edd27bd1441696", "", "1714036504", "1514711492")
    at = datetime.fromtimestamp(1714036504, UTC)

    assert envelope.greet(OFFICIAL, query, "4375120948345356249", at) == b"4375120948345356249"


def test_an_address_check_with_another_signature_is_refused():
    with pytest.raises(envelope.ForgedPush):
        envelope.greet(OFFICIAL, Query("00", "", "1714036504", "1"), "1", AT)


def test_the_plain_signature_does_not_open_safe_mode():
    query = Query(GENUINE.signature, GENUINE.signature, GENUINE.timestamp, GENUINE.nonce)
    with pytest.raises(envelope.ForgedPush):
        envelope.read(SAFE, query, safe_body(ENCRYPTED), AT)


def test_a_signature_that_is_not_ascii_is_refused():
    with pytest.raises(envelope.ForgedPush):
        envelope.read(PLAIN, Query("签", "", "\ud800", "1"), TEXT.encode(), AT)


def test_a_frame_for_another_appid_is_refused():
    query, raw = sealed(SAFE, TEXT, appid="wxffffffffffffffff")
    with pytest.raises(envelope.ForgedPush):
        envelope.read(SAFE, query, raw, AT)


@pytest.mark.parametrize(
    ("channel", "raw"),
    [
        (SAFE, TEXT.encode()),
        (SAFE, safe_body(ENCRYPTED, "<MsgType>text</MsgType>")),
        (PLAIN, safe_body(ENCRYPTED)),
        (COMPATIBLE, safe_body(ENCRYPTED)),
    ],
)
def test_a_push_in_another_mode_is_refused(channel, raw):
    with pytest.raises(envelope.WrongMode):
        envelope.read(channel, GENUINE, raw, AT)


def test_compatible_mode_reads_only_the_sealed_copy():
    query, raw = sealed(COMPATIBLE, TEXT)
    lie = b"<MsgType>text</MsgType><Content>lie</Content></xml>"

    found = envelope.read(COMPATIBLE, query, raw.replace(b"</xml>", lie), AT)

    assert found.words == "你好"


@pytest.mark.parametrize("seconds", [-901, 901, 10**9])
def test_a_push_outside_the_window_is_stale(seconds):
    at = datetime.fromtimestamp(AT.timestamp() + seconds, UTC)
    with pytest.raises(envelope.StalePush):
        envelope.read(SAFE, GENUINE, safe_body(ENCRYPTED), at)


def test_a_moment_that_is_no_number_is_stale():
    with pytest.raises(envelope.StalePush):
        envelope.read(
            PLAIN, Query(frame.sign(TOKEN, "now", "1"), "", "now", "1"), TEXT.encode(), AT
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "<xml/>",
        "<other><MsgType>text</MsgType></other>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        "<xml>" + "<a>" * 50 + "</a>" * 50 + "</xml>",
        xml(MsgType="text", CreateTime="soon"),
        xml(Content="no type"),
        xml(MsgType="text", FromUserName="o1</FromUserName><FromUserName>o2"),
        "<?xml version='1.0' encoding='nonsense'?><xml>",
    ],
)
def test_what_is_not_a_message_is_unreadable(text):
    with pytest.raises(envelope.UnreadablePush):
        plainly(text)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a": "\\ud800"}', "[]", "1e9999", '{"MsgType": ["text"]}', "\x00"]
)
def test_json_that_is_not_a_message_is_unreadable(text):
    with pytest.raises(envelope.UnreadablePush):
        plainly(text, Channel("mp", APPID, TOKEN, KEY, mode="plain", format="json"))


@pytest.mark.parametrize(
    "encrypted", ["!!!", "AAAA", "é", "", "A" * 44, "A" * 88, "A" * 43 + "B" * 128]
)
def test_a_frame_that_is_no_frame_is_refused(encrypted):
    signature = frame.sign(TOKEN, GENUINE.timestamp, "1", encrypted)
    query = Query("", signature, GENUINE.timestamp, "1")
    with pytest.raises(envelope.ForgedPush):
        envelope.read(SAFE, query, safe_body(encrypted), AT)


@pytest.mark.parametrize(
    ("length", "pad", "fault"), [(9999, 0, "length"), (1, 33, "padding"), (1, 1, "padding")]
)
def test_a_frame_whose_numbers_do_not_add_up_is_refused(length, pad, fault):
    forged = b"r" * 16 + length.to_bytes(4, "big") + b"x" + APPID.encode()
    right = 32 - len(forged) % 32
    padding = bytes([right]) * right if not pad else bytes([0] * (right - 1) + [pad + right])
    raw = frame._cipher(KEY).encryptor().update(forged + padding)

    with pytest.raises(frame.BadFrame, match=fault):
        frame.decipher(base64.b64encode(raw).decode(), KEY, APPID)


def test_a_reply_of_another_kind_is_a_bug():
    with pytest.raises(TypeError):
        envelope.render(Reply(), plainly(TEXT), "xml", AT)


def test_keys_are_stripped_and_numbers_become_text():
    raw = '{" OpenID": "o9", "MsgType": "event", "FromUserName": "o1", "CreateTime": 1767225600}'
    found = plainly(raw, Channel("mp", APPID, TOKEN, KEY, mode="plain", format="json"))

    assert (found.text("OpenID"), found.created, found.text("CreateTime")) == (
        "o9",
        1767225600,
        "1767225600",
    )


@pytest.mark.parametrize("entries", ["", "<List><T>1</T></List>", "<List/><List><T>2</T></List>"])
def test_a_list_of_none_one_or_many_is_a_list(entries):
    event = f"<SubscribeMsgPopupEvent>{entries or '<List/>'}</SubscribeMsgPopupEvent>"
    found = plainly(
        xml(MsgType="event", Event="subscribe_msg_popup_event").replace("</xml>", f"{event}</xml>")
    )

    assert isinstance(found.fields["List"], list)


def test_two_deliveries_of_one_push_are_the_same_and_two_pushes_are_not():
    scan = xml(MsgType="event", Event="SCAN", EventKey="7")
    view = xml(MsgType="event", Event="VIEW", EventKey="7")
    check = xml(MsgType="event", Event="wxa_media_check", trace_id="a")
    other = xml(MsgType="event", Event="wxa_media_check", trace_id="b")
    revoked = xml(MsgType="event", Event="user_authorization_revoke", OpenID="a", RevokeInfo="1")
    again = xml(MsgType="event", Event="user_authorization_revoke", OpenID="a", RevokeInfo="2")

    found = [plainly(each).identity for each in (scan, view, check, other, revoked, again, scan)]

    assert len(set(found)) == 6
    assert found[0] == found[-1]


def test_a_message_keeps_its_identity_whatever_else_changes():
    assert plainly(TEXT).identity == plainly(TEXT.replace("你好", "您好")).identity


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Text(words="一 ]]> <b>&"), "text"),
        (Card(title="题", words="说明", link="http://x/?a=1&b=2"), "news"),
        (Transfer(), "transfer_customer_service"),
    ],
)
def test_a_sealed_reply_opens_again(reply, kind):
    to = plainly(TEXT)
    rendered = envelope.render(reply, to, "xml", AT)
    outer = body.parse(envelope.seal(rendered, SAFE, "42", AT), "xml")
    query = Query("", outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])

    inner = envelope.read(SAFE, query, safe_body(outer["Encrypt"]), AT)

    assert (inner.kind, inner.recipient, inner.sender) == (kind, "o1", "gh_1")
    assert inner.text("Content") == getattr(reply, "words", "") or kind != "text"


def test_silence_is_success_and_never_enciphered():
    rendered = envelope.render(Silence(), plainly(TEXT), "xml", AT)

    assert envelope.seal(rendered, SAFE, "1", AT) == b"success"


def test_a_mini_program_is_answered_by_success_or_a_transfer():
    channel = Channel("mp", APPID, TOKEN, KEY, mode="plain", format="json")
    raw = '{"MsgType": "text", "FromUserName": "o1", "CreateTime": 1767225600, "MsgId": 5}'
    to = plainly(raw, channel)

    assert envelope.render(Text(words="好"), to, "json", AT) == "success"
    assert json.loads(envelope.render(Transfer(), to, "json", AT))["ToUserName"] == "o1"


def test_characters_xml_forbids_are_left_out_of_a_reply():
    assert body.cdata("a\x00b\x0b\ud800c]]>d") == "<![CDATA[abc]]]]><![CDATA[>d]]>"
